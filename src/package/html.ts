/**
 * HTML that cannot be escaped from: the `html` tag escapes every value put into it, and only what another `html` made goes
 * in as it is. The page frame forbids everything by its Content-Security-Policy but its own style, named by hash: no
 * script, image, font, frame or request, whatever a record contains. Pages open from a folder, offline.
 */
import { createHash } from 'node:crypto';

/** Markup made by {@link html}. */
export interface Html {
  readonly markup: string;
}

type Value = string | number | Html | readonly Html[] | undefined;

export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  let markup = strings[0] ?? '';
  values.forEach((value, at) => {
    markup += render(value) + (strings[at + 1] ?? '');
  });
  return { markup };
}

function render(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return 'markup' in value ? value.markup : value.map((one) => one.markup).join('');
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  // NUL and other controls have no place in HTML and show as nothing; a reader should see that something was there.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are meant
  const visible = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '\ufffd');
  return visible.replace(/[&<>"']/g, (character) => escapes[character] ?? '');
}

const style = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--line:#d7dde5;--paper:#fff;--wash:#f4f6f9;--mark:#9a3412;--markwash:#fff4ec;--link:#0b5cad}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--line:#364152;--paper:#141a22;--wash:#1d2530;--mark:#fdba8c;--markwash:#3a2216;--link:#7db8f5}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:.2em 0 .6em}
h2{font-size:1.35rem;margin:2.2em 0 .5em;padding-top:1.1em;border-top:1px solid var(--line)}
h3{font-size:1.1rem;margin:0 0 .5em}
p{margin:.5em 0}
a{color:var(--link)}
.stamp{border:2px solid var(--mark);background:var(--markwash);border-radius:.5rem;padding:.8rem 1rem;margin:1rem 0 1.5rem}
.stamp strong{color:var(--mark);letter-spacing:.04em;display:block}
.soft{color:var(--soft)}
.small{font-size:.875rem}
.card{border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.1rem;margin:1rem 0;break-inside:avoid}
dl{display:grid;grid-template-columns:minmax(9rem,14rem) 1fr;gap:.3rem 1rem;margin:.5rem 0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:.925rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
thead th{background:var(--wash);font-weight:600}
.wide{overflow-x:auto}
.wide table{width:max-content;min-width:100%}
.wide td{max-width:24rem;white-space:pre-wrap}
.wide th{white-space:nowrap}
.actions a{display:inline-block;margin:.2rem .9rem .2rem 0}
ul{padding-left:1.2rem}
@media (max-width:40rem){
dl{grid-template-columns:1fr;gap:0}
dd{margin-bottom:.5rem}
.wide table,.wide tbody,.wide tr,.wide td{display:block;width:auto;max-width:none}
.wide thead{display:none}
.wide tr{border:1px solid var(--line);border-radius:.5rem;margin:.8rem 0;padding:.3rem 0}
.wide td{border:0;padding:.25rem .8rem}
.wide td::before{content:attr(data-label);display:block;color:var(--soft);font-size:.8rem}
}
@media print{:root{--ink:#000;--soft:#444;--line:#999;--paper:#fff;--wash:#eee;--mark:#000;--markwash:#fff;--link:#000}body{font-size:10.5pt}main{max-width:none;padding:0}.wide{overflow:visible}.wide table{width:100%}.wide th{white-space:normal}h2{break-after:avoid}}
`;
const styleHash = createHash('sha256').update(style).digest('base64');

export const contentPolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;

/** A whole page. */
export function page(options: { readonly language: string; readonly title: string; readonly body: Html }): Buffer {
  const frame = html`<!doctype html>
<html lang="${options.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${options.title}</title>
<style>${{ markup: style }}</style>
</head>
<body>
<main>
${options.body}
</main>
</body>
</html>
`;
  return Buffer.from(frame.markup);
}
