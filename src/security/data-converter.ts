/**
 * The converters of both sides of the workflow sandbox, found by Temporal's bundler under these two names. The payload
 * converter is the SDK's JSON converter behind a gate: what `assertPayload` refuses is never encoded. Decoding does not
 * refuse: what arrives is in a history already, and refusing it would only stop the request.
 */
import { defaultPayloadConverter, type PayloadConverter } from '@temporalio/common';
import { assertPayload } from './payload.ts';

export { failureConverter } from './failure-converter.ts';

export const payloadConverter: PayloadConverter = {
  toPayload(value, context) {
    assertPayload(value);
    return defaultPayloadConverter.toPayload(value, context);
  },
  fromPayload(payload, context) {
    return defaultPayloadConverter.fromPayload(payload, context);
  },
};
