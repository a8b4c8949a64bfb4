/** What people attach: a PDF, a picture, and twenty megabytes that are made while they are sent. */
import { textPdf } from '../stand-in/pdf.ts';
import type { FixtureAttachment } from '../zendesk/fixtures.ts';

export function pdf(file_name: string, lines: readonly string[]): FixtureAttachment {
  return { file_name, content_type: 'application/pdf', base64: textPdf(lines).toString('base64') };
}

/** A picture of one grey dot. */
const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';

export function picture(file_name: string): FixtureAttachment {
  return { file_name, content_type: 'image/png', base64: dot, width: 1, height: 1, inline: true };
}

/** Begins as WAVE files do. */
export function recording(file_name: string): FixtureAttachment {
  return {
    file_name,
    content_type: 'audio/wav',
    filler: { head: 'RIFF\u0000\u0000\u0000\u0000WAVEfmt ', sizeBytes: 20_000_000 },
  };
}
