/**
 * What a PostgreSQL system is configured with. Secrets have been read from the environment or a file before this is
 * validated; the URLs are never shown, logged or put into an error.
 */
import { type Static, Type } from 'typebox';

export const SettingsSchema = Type.Object(
  {
    url: Type.String({
      pattern: '^postgres(ql)?://',
      description: 'postgres://user:password@host:port/database; `?sslmode=verify-full` and `sslrootcert=` for TLS.',
    }),
    eraseUrl: Type.Optional(
      Type.String({
        pattern: '^postgres(ql)?://',
        description:
          'The login that erases, for the same database; `url` never writes. It may DELETE and UPDATE only what the data map erases.',
      }),
    ),
    statementTimeoutMs: Type.Optional(
      Type.Integer({
        minimum: 100,
        maximum: 86_400_000,
        description: 'Longest one statement may take; 5 minutes unless given.',
      }),
    ),
    lockTimeoutMs: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: 600_000,
        description: 'Longest wait for a lock (a migration holds one); 10 seconds unless given.',
      }),
    ),
    snapshotMinutes: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_440,
        description:
          'Longest one snapshot is kept open, which keeps vacuum from cleaning up; 30 unless given. Longer reads go on with a new one.',
      }),
    ),
    connectTimeoutMs: Type.Optional(
      Type.Integer({ minimum: 100, maximum: 120_000, description: '10 seconds unless given.' }),
    ),
    maxConnections: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        description: 'Connections of one worker; not below `concurrency`. One more than `concurrency` unless given.',
      }),
    ),
  },
  {
    additionalProperties: false,
    $id: 'https://habeas.invalid/schema/postgres-settings.json',
    title: 'postgres settings',
  },
);
export type Settings = Static<typeof SettingsSchema>;

/** Activity slots unless `concurrency` is configured. */
export const defaultConcurrency = 4;

export interface Limits {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly snapshotMs: number;
  readonly connectTimeoutMs: number;
  readonly maxConnections: number;
}

/** The settings with their defaults. */
export function limitsOf(settings: Settings, concurrency: number | undefined): Limits {
  return {
    statementTimeoutMs: settings.statementTimeoutMs ?? 300_000,
    lockTimeoutMs: settings.lockTimeoutMs ?? 10_000,
    snapshotMs: (settings.snapshotMinutes ?? 30) * 60_000,
    connectTimeoutMs: settings.connectTimeoutMs ?? 10_000,
    maxConnections: settings.maxConnections ?? (concurrency ?? defaultConcurrency) + 1,
  };
}
