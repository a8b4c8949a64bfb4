/**
 * The one logger: pino behind an allow-list. Only fields of a known name come through, and of those only numbers, dates
 * and texts shaped like an id, slug, code, hash or date; every other text becomes `[redacted]`, every other field is
 * dropped. Messages are events in slug form (`lane-parked`), never sentences with something in them; format arguments are
 * dropped. An error is logged as its catalogue code, its configured place and the lines of our source it passed, never
 * by its message. Lines go to standard error, so that standard output stays a command's answer.
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import { codeOf, HabeasError } from './errors.ts';
import { idPattern, slugPattern } from './id-patterns.ts';
import { packageRoot } from './root.ts';

export const redacted = '[redacted]';

/** What may be logged at all. Add a name only for what can never hold a subject's data, whatever the value. */
const names = new Set([
  ...['requestId', 'taskId', 'decisionId', 'packageId', 'keyId', 'incidentId', 'systemId', 'personId', 'correlationId'],
  ...['workflowId', 'workflowType', 'runId', 'activityId', 'activityType', 'taskQueue', 'namespace', 'scheduleId'],
  ...['event', 'kind', 'code', 'state', 'stage', 'from', 'to', 'right', 'role', 'outcome', 'answer', 'signal', 'level'],
  ...['round', 'stream', 'streamNo', 'chunk', 'chunkNo', 'seq', 'workflowSeq', 'no', 'part', 'attempt', 'attempts'],
  ...['count', 'found', 'exported', 'withheld', 'referred', 'members', 'keys', 'learnt', 'candidates', 'rows', 'open'],
  ...['bytes', 'sizeBytes', 'plainBytes', 'durationMs', 'waitMs', 'limit', 'pid', 'port', 'exitCode', 'status'],
  ...['at', 'on', 'due', 'since', 'until', 'asOf', 'sha256', 'hash', 'version', 'systems', 'codes', 'ok', 'object'],
]);
const texts: readonly RegExp[] = [
  idPattern,
  slugPattern,
  /^[a-z]{1,20}(?:[A-Z][a-z]{1,20}){1,4}$/, // activity and workflow type names
  /^[0-9a-f]{40,64}$/,
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z)?$/,
  /^\d{1,4}\.\d{1,4}\.\d{1,4}(?:-[a-z0-9.]{1,20})?$/,
];
/** Our own object names: folder, request, system slug, stage, numbers and random base 32. */
const objectName =
  /^(?:staging|packages|anchors|check)\/(?:[a-z]{3}_)?[0-9a-hjkmnp-tv-z]{26}(?:\/[a-z][a-z0-9_-]{0,39}|\/\d{1,7}|\/(?:\d{1,7}-)?[0-9a-hjkmnp-tv-z]{26}){0,6}$/;
/** A configured place, as HabeasError carries it by contract: file, line, table, column, flag. */
const place = /^(?!.*\d{6})[\w./:\\-]{1,300}$/;

function safeValue(value: unknown, name: string): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? redacted : value.toISOString();
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string')
    return texts.some((shape) => shape.test(value)) || (name === 'object' && objectName.test(value)) ? value : redacted;
  if (Array.isArray(value) && value.length <= 100)
    return value.map((item: unknown) => (Array.isArray(item) ? redacted : safeValue(item, name)));
  return redacted;
}

/** `file:line` of our own sources in a stack: where, without any of the message. */
function passed(error: Error): readonly string[] {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const places = frames.map((frame) => /(?:file:\/\/)?(\/[^()]+?):(\d+):\d+\)?$/.exec(frame));
  return places
    .flatMap((found) => (found?.[1] === undefined ? [] : [`${relative(packageRoot, asPath(found[1]))}:${found[2]}`]))
    .filter((frame) => /^(?:dist\/)?(?:src|workflows|activities|connectors)\/[\w./-]+:\d+$/.test(frame))
    .slice(0, 8);
}

function asPath(text: string): string {
  return text.startsWith('file:') ? fileURLToPath(text) : text;
}

/** What of an error may be told: code, place, our frames. */
export function errorFields(error: unknown): Record<string, unknown> {
  const fields: Record<string, unknown> = { code: codeOf(error) };
  if (error instanceof HabeasError && error.where !== undefined)
    fields.where = place.test(error.where) ? error.where : redacted;
  if (types.isNativeError(error) && fields.code === 'internal') fields.passed = passed(error);
  return fields;
}

/** The fields of one line that may leave the process. */
export function allowed(fields: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (name === 'err' || name === 'error') Object.assign(out, errorFields(value));
    else if (names.has(name)) out[name === 'level' ? 'logLevel' : name] = safeValue(value, name);
  }
  return out;
}

export interface LogOptions {
  /** pino's level names; `info` unless given. */
  readonly level?: string;
  /** Standard error unless given. */
  readonly to?: DestinationStream;
}

/** A logger to hand around. `log.warn({ requestId, systemId, code }, 'lane-parked')`; errors as `{ err }`. */
export function createLogger(options: LogOptions = {}): Logger {
  const log: Logger = pino<never, boolean>(
    {
      level: options.level ?? 'info',
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), bindings: allowed, log: allowed },
      serializers: {},
      hooks: {
        logMethod(args, method) {
          const given: readonly unknown[] = args;
          const [first, second] = given;
          const fields = types.isNativeError(first) ? { err: first } : first;
          const text = typeof first === 'string' ? first : second;
          const event = typeof text === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(text) ? text : undefined;
          const message = event ?? (text === undefined ? 'unnamed' : redacted);
          method.call(this, typeof fields === 'object' && fields !== null ? fields : {}, message);
        },
      },
    },
    options.to ?? destination({ dest: 2, sync: true }),
  );
  // pino gives a child's bindings to no formatter, and lets a child bring serializers of its own.
  const { child, setBindings } = log;
  Object.defineProperty(log, 'child', {
    value(this: Logger, bindings: Record<string, unknown>): Logger {
      const made: Logger = Reflect.apply(child, this, [allowed(bindings)]);
      return made;
    },
  });
  Object.defineProperty(log, 'setBindings', {
    value(this: Logger, bindings: Record<string, unknown>): void {
      setBindings.call(this, allowed(bindings));
    },
  });
  return log;
}
