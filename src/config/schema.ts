/**
 * The shape of `habeas.yaml`: one TypeBox schema, validated by ajv, published as docs/habeas.schema.json for editors.
 * Secrets are `{env: NAME}` or `{file: PATH}`, never inline where they open something; unknown keys are errors.
 */
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const slug = (description: string) => Type.String({ pattern: '^[a-z][a-z0-9_-]{0,39}$', description });

export const Secret = Type.Union(
  [
    Type.Object({ env: Type.String({ minLength: 1 }) }, closed),
    Type.Object({ file: Type.String({ minLength: 1 }) }, closed),
  ],
  { description: 'Where the secret is read from: an environment variable or a file (relative to this file).' },
);
export type Secret = Static<typeof Secret>;

/** A URL whose password may come from a secret of its own. */
const SecretUrl = Type.Union([Type.String({ minLength: 1 }), Secret]);

export const ConfigSchema = Type.Object(
  {
    version: Type.Literal(1),
    controller: Type.Object(
      {
        name: Type.String({ minLength: 1 }),
        country: Type.String({
          pattern: '^[A-Z]{2}(-[A-Z0-9]{1,3})?$',
          description: 'Member State of establishment, with region where holidays differ.',
        }),
        timeZone: Type.String({ minLength: 1, description: 'IANA name.' }),
        authority: Type.Object({ name: Type.String({ minLength: 1 }), url: Type.String({ format: 'uri' }) }, closed),
        contact: Type.Optional(Type.String({ minLength: 3, description: 'Where people write to about their data.' })),
        financialYears: Type.Optional(
          Type.Array(
            Type.Object({ from: Type.String({ format: 'date' }), to: Type.String({ format: 'date' }) }, closed),
          ),
        ),
      },
      closed,
    ),
    ledger: Type.Object({ url: SecretUrl }, closed),
    keys: Type.Object(
      {
        store: Type.Object({ kind: Type.Literal('files'), path: Type.String({ minLength: 1 }) }, closed),
        master: Secret,
        workingKeyDays: Type.Integer({
          minimum: 1,
          description: 'Days after completion until the working key is destroyed.',
        }),
      },
      closed,
    ),
    temporal: Type.Object(
      {
        address: Type.String({ minLength: 3, description: 'host:port' }),
        namespace: Type.String({ minLength: 1 }),
        tls: Type.Optional(
          Type.Union([
            Type.Boolean(),
            Type.Object(
              {
                serverName: Type.Optional(Type.String()),
                ca: Type.Optional(Secret),
                cert: Type.Optional(Secret),
                key: Type.Optional(Secret),
              },
              closed,
            ),
          ]),
        ),
        apiKey: Type.Optional(Secret),
        queuePrefix: Type.Optional(
          slug('Put before every task queue name; for several installations in one namespace.'),
        ),
      },
      closed,
    ),
    mail: Type.Optional(
      Type.Object(
        { url: SecretUrl, from: Type.String({ minLength: 3 }), replyTo: Type.Optional(Type.String({ minLength: 3 })) },
        closed,
      ),
    ),
    people: Type.Array(
      Type.Object(
        {
          id: slug('Immutable.'),
          name: Type.String({ minLength: 1 }),
          roles: Type.Array(Type.Union(['agent', 'officer', 'engineer'].map((r) => Type.Literal(r))), { minItems: 1 }),
          publicKey: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$', description: 'Ed25519, 32 bytes in base 64.' }),
        },
        closed,
      ),
    ),
    s3: Type.Object(
      {
        endpoint: Type.Optional(Type.String({ format: 'uri' })),
        region: Type.String({ minLength: 1 }),
        forcePathStyle: Type.Optional(Type.Boolean()),
        accessKeyId: Type.Optional(Secret),
        secretAccessKey: Type.Optional(Secret),
        stagingBucket: Type.String({ minLength: 3 }),
        packageBucket: Type.String({ minLength: 3 }),
        anchorBucket: Type.Optional(
          Type.String({
            minLength: 3,
            description: 'Bucket with Object Lock for audit anchors; the package bucket without it.',
          }),
        ),
        anchorRetentionDays: Type.Optional(Type.Integer({ minimum: 1 })),
        serverSideEncryption: Type.Optional(Type.Union([Type.Literal('AES256'), Type.Literal('aws:kms')])),
      },
      closed,
    ),
    worker: Type.Optional(
      Type.Object(
        {
          retry: Type.Optional(
            Type.Object(
              {
                initialMs: Type.Integer({ minimum: 10, description: 'First wait between tries of a stage.' }),
                maxMs: Type.Integer({ minimum: 10 }),
                attempts: Type.Integer({ minimum: 1, maximum: 100, description: 'Tries until a lane parks.' }),
              },
              closed,
            ),
          ),
          activeRequests: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
          anchorSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
        },
        closed,
      ),
    ),
    policy: Type.Object(
      {
        profile: Type.Literal('eu'),
        internalTargetDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 31 })),
        countPauses: Type.Optional(
          Type.Array(Type.Union([Type.Literal('identity'), Type.Literal('scope')]), {
            description: 'Off unless listed.',
          }),
        ),
        packageDays: Type.Integer({
          minimum: 1,
          description: 'Days after delivery until a package is deleted. No default.',
        }),
        linkHours: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 168, description: 'Life of a download link; at most 7 days (S3).' }),
        ),
        approvals: Type.Optional(
          Type.Record(
            Type.Union(['candidate', 'blast-radius', 'identity'].map((k) => Type.Literal(k))),
            Type.Integer({ minimum: 1, maximum: 2 }),
            {
              description:
                'How many different people must give the same answer to a task of this kind. One unless listed.',
            },
          ),
        ),
      },
      closed,
    ),
    systems: Type.Array(
      Type.Object(
        {
          id: slug('Immutable; names task queues and staging folders.'),
          name: Type.String({ minLength: 1 }),
          connector: slug('Kind of connector.'),
          dataMap: Type.Optional(Type.String({ minLength: 1, description: 'Path, relative to this file.' })),
          settings: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
          rate: Type.Optional(Type.Object({ rowsPerSecond: Type.Optional(Type.Integer({ minimum: 1 })) }, closed)),
          concurrency: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
        },
        closed,
      ),
      { minItems: 1 },
    ),
  },
  { ...closed, $id: 'https://habeas.invalid/schema/habeas.json', title: 'habeas.yaml' },
);
/** The file as written, before secrets are resolved. */
export type ConfigFile = Static<typeof ConfigSchema>;
