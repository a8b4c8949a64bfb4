/** A real, small PDF of some lines of text: one page, Helvetica. For what stand-ins and samples hand out. */

/** Text of a PDF string in WinAnsi; what that encoding lacks becomes a question mark. */
function pdfText(line: string): string {
  const inWinAnsi = [...line].map((sign) => (sign.charCodeAt(0) < 256 && sign.length === 1 ? sign : '?')).join('');
  return inWinAnsi.replace(/[\\()]/g, (sign) => `\\${sign}`).replace(/[\r\n]/g, ' ');
}

/** The document's bytes; the same lines always give the same ones. */
export function textPdf(lines: readonly string[]): Buffer {
  const page = `BT /F1 11 Tf 50 780 Td 16 TL ${lines.map((line) => `(${pdfText(line)}) Tj T*`).join(' ')} ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${page.length} >>\nstream\n${page}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const end = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`;
  return Buffer.from(`${text}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}${end}`, 'latin1');
}
