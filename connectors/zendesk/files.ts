/**
 * The files of comments, streamed: a file that is longer than a record may be takes several records that follow each other, each with its
 * part (`more` where another comes). Holds one part. A file that is gone, was redacted or carries malware is told without its
 * content; one that cannot be had is counted as unreadable.
 */
import { HabeasError } from '../../src/errors.ts';
import { keyOf } from './keys.ts';
import { Missing } from './map-error.ts';
import { idOf } from './objects.ts';
import type { Reading, ToWrite } from './read.ts';
import { isTaken, pick, wholeOf } from './records.ts';
import type { Writer } from './writer.ts';

/** Encoded, and with the rest of its record, it fits into a chunk (8 MiB). */
export const partBytes = 4 * 1024 * 1024;

export async function writeFile(reading: Reading, writer: Writer, file: Omit<ToWrite, 'place'>): Promise<void> {
  const { object, around, at } = file;
  const { stream, grant } = writer;
  if (!writer.wants({ ...at, part: Number.MAX_SAFE_INTEGER })) return;
  const place = (part: number) => ({
    ticket_id: around.ticket === undefined ? '' : idOf(around.ticket),
    comment_id: around.comment === undefined ? '' : idOf(around.comment),
    id: idOf(object),
    part: String(part),
  });
  const put = async (part: number, told: object): Promise<void> => {
    const position = { ...at, part };
    if (!writer.wants(position)) return;
    const isUnseen = stream.description.unseen === true && grant.want === 'content';
    const people = isUnseen ? await reading.people.of(object, around) : undefined;
    await writer.write(position, keyOf(stream.name, place(part)), told, file.chain, people);
  };
  if (grant.want === 'facts') {
    const { facts } = reading;
    return put(0, facts.factsOf(stream.name, stream.collection, object, around.ticket));
  }
  const whole = wholeOf(stream.name, reading.map, object, around);
  const record = (part: number, content?: object) => pick({ ...whole, part, content }, grant.fields);
  if (isTaken(object) || !grant.fields.includes('content')) return put(0, record(0));
  const [name, type] = [String(object.file_name ?? ''), String(object.content_type ?? '')];
  const content = (bytes: Buffer, more: boolean) => ({
    ...{ name, type, base64: bytes.toString('base64') },
    ...(more ? { more: true } : {}),
  });
  let part = 0;
  try {
    for await (const { bytes, more } of partsOf(reading, String(object.content_url ?? ''))) {
      await put(part, record(part, content(bytes, more)));
      part += 1;
    }
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    // Between two parts nobody can say what the rest was.
    if (part > 0) throw new HabeasError('system-unreachable', { where: `${stream.name}.content` });
    writer.unread += 1;
    const objects = reading.opened.reduce((sum, { unread }) => sum + unread, 0);
    reading.input.sink.unreadable({ records: 0, objects });
    await put(0, record(0));
  }
}

/** A file in parts; at least one. The bytes are overwritten by the next part. */
async function* partsOf(
  { client, context }: Reading,
  address: string,
): AsyncGenerator<{ readonly bytes: Buffer; readonly more: boolean }> {
  let buffer = Buffer.allocUnsafe(64 * 1024);
  let used = 0;
  for await (const piece of client.file(context, address, 'attachments.content'))
    for (let from = 0; from < piece.length; ) {
      if (used === partBytes) {
        yield { bytes: buffer.subarray(0, used), more: true };
        used = 0;
      }
      const taken = Math.min(piece.length - from, partBytes - used);
      if (used + taken > buffer.length) {
        const bigger = Buffer.allocUnsafe(Math.min(partBytes, Math.max(used + taken, buffer.length * 4)));
        buffer.copy(bigger, 0, 0, used);
        buffer = bigger;
      }
      buffer.set(piece.subarray(from, from + taken), used);
      used += taken;
      from += taken;
    }
  yield { bytes: buffer.subarray(0, used), more: false };
}
