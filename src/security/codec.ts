/**
 * The second gate, on the main thread: checks every payload that leaves this process for Temporal (arguments, results,
 * signals, heartbeats, memos, workflow metadata) against the configured slugs. It changes nothing, so that histories
 * stay readable in Temporal's own tools. Refuses with `payload-refused`, also for encodings that are not JSON.
 */
import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import { decode } from '@temporalio/common/lib/encoding.js';
import { HabeasError } from '../errors.ts';
import { fromRoot } from '../root.ts';
import { failureConverter, payloadConverter } from './data-converter.ts';
import { isWorkflowMetadata } from './metadata.ts';
import { assertPayload } from './payload.ts';

/** Throws `payload-refused` unless the payload carries nothing but what may pass. */
export function assertEncoded(payload: Payload, slugs: ReadonlySet<string>): void {
  const encoding = payload.metadata?.encoding ? decode(payload.metadata.encoding) : '';
  if (encoding === 'binary/null') return;
  if (encoding !== 'json/plain' || !payload.data) throw new HabeasError('payload-refused', { where: 'encoding' });
  const value: unknown = parse(decode(payload.data));
  if (!isWorkflowMetadata(value, slugs)) assertPayload(value, slugs);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would repeat what was to be sent.
    throw new HabeasError('payload-refused', { where: 'json' });
  }
}

export function refusingCodec(slugs: ReadonlySet<string>): PayloadCodec {
  return {
    encode: async (payloads) => {
      for (const payload of payloads) assertEncoded(payload, slugs);
      return payloads;
    },
    decode: async (payloads) => payloads,
  };
}

/** For every client and worker of this process. `slugs`: every configured id, identifier kind and the queue prefix. */
export function dataConverter(slugs: ReadonlySet<string>): DataConverter {
  Object.assign(globalThis, { [Symbol.for('habeas.converters')]: { payloadConverter, failureConverter } });
  const path = fromRoot('src', 'security', 'loaded-converters.cjs');
  return { payloadConverterPath: path, failureConverterPath: path, payloadCodecs: [refusingCodec(slugs)] };
}
