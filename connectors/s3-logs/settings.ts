/**
 * What logs in S3 are configured with. Secrets have been read from the environment or a file before this is validated;
 * they are never shown, logged or put into an error.
 */
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

export const SettingsSchema = Type.Object(
  {
    s3: Type.Object(
      {
        endpoint: Type.Optional(
          Type.String({ pattern: '^https?://', description: 'For S3 servers other than AWS: https://host[:port].' }),
        ),
        region: Type.String({ minLength: 1, description: 'Such as `eu-north-1`.' }),
        bucket: Type.String({ pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]{1,254}$', description: 'The bucket’s name.' }),
        accessKeyId: Type.Optional(
          Type.String({ minLength: 1, description: "Without keys the worker's own role is used (instance, pod)." }),
        ),
        secretAccessKey: Type.Optional(Type.String({ minLength: 1, description: 'Beside `accessKeyId`.' })),
        forcePathStyle: Type.Optional(Type.Boolean({ description: '`true` for most S3 servers other than AWS.' })),
      },
      closed,
    ),
    connectTimeoutMs: Type.Optional(
      Type.Integer({ minimum: 100, maximum: 120_000, description: '5 seconds unless given.' }),
    ),
    requestTimeoutMs: Type.Optional(
      Type.Integer({
        minimum: 100,
        maximum: 600_000,
        description: 'Longest wait for an answer to begin; 60 seconds unless given.',
      }),
    ),
    idleTimeoutMs: Type.Optional(
      Type.Integer({
        minimum: 100,
        maximum: 600_000,
        description: 'Longest silence in the middle of an object; 60 seconds unless given.',
      }),
    ),
    attempts: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10, description: 'Tries of one call, the first included; 3 unless given.' }),
    ),
    maxLineBytes: Type.Optional(
      Type.Integer({
        minimum: 1_024,
        maximum: 67_108_864,
        description: 'Longest line that is looked into; 1 MiB unless given. Longer ones count as unreadable.',
      }),
    ),
    bytesPerSecond: Type.Optional(
      Type.Integer({ minimum: 1_024, description: 'Cap of the read load over all lanes of one worker, as stored.' }),
    ),
    from: Type.Optional(
      Type.String({
        pattern: '^\\d{4}-\\d{2}-\\d{2}$',
        description:
          'Objects of earlier days are left out, where the data map says how to read the day. Only for days whose logs are known to hold nothing.',
      }),
    ),
  },
  { ...closed, $id: 'https://habeas.invalid/schema/s3-logs-settings.json', title: 's3-logs settings' },
);
export type Settings = Static<typeof SettingsSchema>;

/** Activity slots unless `concurrency` is configured: a scan keeps a processor busy. */
export const defaultConcurrency = 2;

export interface Limits {
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly attempts: number;
  readonly maxLineBytes: number;
}

/** The limits with their defaults. */
export function limitsOf(settings: Settings): Limits {
  return {
    connectTimeoutMs: settings.connectTimeoutMs ?? 5_000,
    requestTimeoutMs: settings.requestTimeoutMs ?? 60_000,
    idleTimeoutMs: settings.idleTimeoutMs ?? 60_000,
    attempts: settings.attempts ?? 3,
    maxLineBytes: settings.maxLineBytes ?? 2 ** 20,
  };
}
