/**
 * The converters of both sides of the workflow sandbox, found by Temporal's bundler under these two names. The payload
 * converter is the SDK's JSON converter behind a gate: what `assertPayload` refuses is never encoded. Decoding does not
 * refuse: what arrives is in a history already, and refusing it would only stop the request.
 */
import { defaultPayloadConverter, type PayloadConverter, RawValue } from '@temporalio/common';
import { isWorkflowMetadata } from './metadata.ts';
import { assertPayload } from './payload.ts';

export { failureConverter } from './failure-converter.ts';

export const payloadConverter: PayloadConverter = {
  toPayload(value, context) {
    if (value instanceof RawValue) return builtIn(value);
    assertPayload(value);
    return defaultPayloadConverter.toPayload(value, context);
  },
  fromPayload(payload, context) {
    return defaultPayloadConverter.fromPayload(payload, context);
  },
};

/**
 * The SDK answers Temporal's own questions about a workflow as raw values. The one that shows the lanes passes; a stack
 * trace is answered with the code of the refusal, because a question that fails is asked again until its time is up.
 */
function builtIn(value: RawValue): ReturnType<PayloadConverter['toPayload']> {
  const { payload } = value;
  const shown: unknown = defaultPayloadConverter.fromPayload(payload);
  return isWorkflowMetadata(shown) ? payload : defaultPayloadConverter.toPayload('payload-refused');
}
