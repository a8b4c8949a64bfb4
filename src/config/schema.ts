/**
 * The shape of `habeas.yaml`: one TypeBox schema, validated by ajv, published as docs/habeas.schema.json for editors.
 * Secrets are `{env: NAME}` or `{file: PATH}`, never inline where they open something; unknown keys are errors. What the
 * schema cannot say (ids used twice, roles nobody has, places without a calendar) is in cross-checks.ts. `description`s
 * become the remedy of a mistake, so they say what to write.
 */
import { type Static, Type } from 'typebox';
import { slugPattern } from '../id-patterns.ts';
import { periodPattern } from '../policy/retention/clocks.ts';

/** Used where the file is silent; the published schema shows the same values. What has no entry here has no default. */
export const defaults = {
  retry: { initialMs: 1_000, maxMs: 60_000, attempts: 8 },
  activeRequests: 20,
  anchorSeconds: 60,
  breaker: { requests: 3 },
  internalTargetDays: 28,
  linkHours: 72,
  coolingOffHours: 24,
  peopleNeeded: 1,
} as const;

const closed = { additionalProperties: false } as const;
const slug = (description: string) => Type.String({ pattern: '^[a-z][a-z0-9_-]{0,39}$', description });

export const Secret = Type.Union(
  [
    Type.Object({ env: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }) }, closed),
    Type.Object({ file: Type.String({ minLength: 1 }) }, closed),
  ],
  {
    description:
      'A secret is written as `{env: NAME}`, an environment variable, or `{file: PATH}`, a file (relative to this one).',
  },
);
export type Secret = Static<typeof Secret>;

/** A URL as text where it opens nothing; one with a password is a secret and comes from outside the file. */
const SecretUrl = Type.Union([Type.String({ minLength: 1 }), Secret], {
  description: 'A URL without a password, or `{env: NAME}` or `{file: PATH}` naming where the whole URL is read from.',
});
const bucket = (description: string) =>
  Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$', description: `${description} A bucket name of S3.` });
const oneOrTwo = () => Type.Integer({ minimum: 1, maximum: 2, default: defaults.peopleNeeded });
const day = () => Type.String({ format: 'date', description: 'YYYY-MM-DD' });

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
          Type.Array(Type.Object({ from: day(), to: day() }, closed), {
            description: 'Accounting years as from–to days, without overlap; at most 18 months each.',
          }),
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
        caseFileMonths: Type.Integer({
          minimum: 1,
          description:
            'Calendar months after the end of a request until its case file (the request as received, decisions, letters, receipts) can no longer be opened or found; a hold on the request freezes it. No default; 36 is three years.',
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
          roles: Type.Array(Type.Enum(['agent', 'officer', 'engineer']), {
            minItems: 1,
            uniqueItems: true,
            description: 'agent: requests and identity; officer: decisions; engineer: stops and resumes systems.',
          }),
          email: Type.Optional(
            Type.String({
              pattern: '^[^@\\s<>,;"]+@[^@\\s<>,;"]+$',
              description:
                'An e-mail address, as name@example.org: for letters about tasks that are to be done by hand.',
            }),
          ),
          publicKey: Type.String({
            pattern: '^[A-Za-z0-9+/]{43}=$',
            description: 'The public key that `habeas people new ID` prints: Ed25519, 32 bytes in base 64.',
          }),
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
        stagingBucket: bucket('Sealed working copies.'),
        packageBucket: bucket('What people download.'),
        anchorBucket: Type.Optional(
          bucket('Audit anchors, with Object Lock; the package bucket where this is not set.'),
        ),
        anchorRetentionDays: Type.Optional(Type.Integer({ minimum: 1 })),
        serverSideEncryption: Type.Optional(Type.Enum(['AES256', 'aws:kms'])),
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
                maxMs: Type.Integer({ minimum: 10, description: 'Longest wait between tries.' }),
                attempts: Type.Integer({ minimum: 1, maximum: 100, description: 'Tries until a lane parks.' }),
              },
              { ...closed, default: defaults.retry },
            ),
          ),
          activeRequests: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 200,
              default: defaults.activeRequests,
              description: 'Requests in active stages at once.',
            }),
          ),
          breaker: Type.Optional(
            Type.Object(
              {
                requests: Type.Integer({
                  minimum: 0,
                  maximum: 1_000,
                  description:
                    'Requests that fail for good by the fault of a system, one after another, until Habeas stops calling it; 0: never.',
                }),
              },
              { ...closed, default: defaults.breaker },
            ),
          ),
          anchorSeconds: Type.Optional(
            Type.Integer({
              minimum: 1,
              default: defaults.anchorSeconds,
              description: 'Seconds between audit anchors.',
            }),
          ),
        },
        closed,
      ),
    ),
    policy: Type.Object(
      {
        profile: Type.Literal('eu'),
        internalTargetDays: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 31,
            default: defaults.internalTargetDays,
            description: 'Days after receipt by which we mean to answer.',
          }),
        ),
        countPauses: Type.Optional(
          Type.Array(Type.Enum(['identity', 'scope']), {
            uniqueItems: true,
            description: 'Off unless listed.',
          }),
        ),
        packageDays: Type.Integer({
          minimum: 1,
          description: 'Days after delivery until a package is deleted. No default.',
        }),
        linkHours: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 168,
            default: defaults.linkHours,
            description: 'Life of a download link; at most 7 days (S3).',
          }),
        ),
        retention: Type.Optional(
          Type.Object(
            {
              taxRegistrations: Type.Optional(
                Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), {
                  uniqueItems: true,
                  description: 'Other countries where the seller is registered for tax, as DE; their rules run beside.',
                }),
              ),
              switchOn: Type.Optional(
                Type.Array(Type.String(), {
                  uniqueItems: true,
                  description: 'Retention rules of confidence M that somebody checked and switched on, by id.',
                }),
              ),
              systemOfRecord: Type.Optional(
                Type.Record(
                  Type.String({ pattern: slugPattern.source }),
                  Type.String({ pattern: slugPattern.source, description: 'The id of a system.' }),
                  {
                    ...closed,
                    description:
                      'By class of documents that a law keeps: the system that has the originals. Needed where several systems have records of the class; what the others have are copies, which no law keeps.',
                  },
                ),
              ),
              periods: Type.Optional(
                Type.Record(
                  Type.String({ pattern: slugPattern.source }),
                  Type.Object(
                    {
                      period: Type.String({
                        pattern: periodPattern,
                        description: 'As `90 days`, `6 months`, `3 years`.',
                      }),
                      from: Type.Enum(['closure', 'creation'], {
                        description: 'closure: of the account, subscription or trial; creation: of the record.',
                      }),
                      source: Type.String({ minLength: 3, description: 'Where the period is published.' }),
                      onErasure: Type.Optional(
                        Type.Enum(['ends', 'runs'], {
                          description:
                            'Whether a person’s request for erasure ends the period (the data is no longer needed once the person leaves) or it runs to its end all the same. No default: while it runs, erasure is refused, naming this answer.',
                        }),
                      ),
                    },
                    closed,
                  ),
                  {
                    ...closed,
                    description:
                      'How long records of a class are kept that follow their own legal basis, by record class. No default.',
                  },
                ),
              ),
            },
            { ...closed, description: 'What only the company can answer about keeping; see docs/retention.md.' },
          ),
        ),
        chargebackDays: Type.Optional(
          Type.Record(Type.String({ pattern: slugPattern.source }), Type.Integer({ minimum: 0, maximum: 3_650 }), {
            ...closed,
            description: 'Days after a charge in which it may be taken back, by payment provider. No default.',
          }),
        ),
        coolingOffHours: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 720,
            default: defaults.coolingOffHours,
            description:
              'Hours between an approved and prepared erasure and its point of no return, in which it can be cancelled.',
          }),
        ),
        downloadDays: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 90,
            description:
              'Of access and erasure together: days the person has to download their copy before anything is erased. No default.',
          }),
        ),
        blastRadius: Type.Optional(
          Type.Object(
            {
              maxRecords: Type.Integer({
                minimum: 1,
                description: 'More records to erase in one collection than this wait for a person.',
              }),
              timesMedian: Type.Number({
                minimum: 1,
                description:
                  'More than so many times the median of the last 100 erasures in that collection wait for a person.',
              }),
            },
            { ...closed, description: 'When an erasure is larger than a person’s should be. No default.' },
          ),
        ),
        approvals: Type.Optional(
          Type.Object(
            {
              candidate: Type.Optional(oneOrTwo()),
              'blast-radius': Type.Optional(oneOrTwo()),
              identity: Type.Optional(oneOrTwo()),
              approval: Type.Optional(oneOrTwo()),
            },
            {
              ...closed,
              description:
                'How many different people must give the same answer to a task of this kind. One unless listed.',
            },
          ),
        ),
      },
      closed,
    ),
    backups: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: slug('Names the copies in the register and on receipts.'),
            name: Type.String({ minLength: 1, description: 'What the person is told, e.g. `Nightly copies`.' }),
            systems: Type.Array(slug('The id of a system.'), { minItems: 1, uniqueItems: true }),
            maxAgeDays: Type.Integer({
              minimum: 0,
              maximum: 3_650,
              description: 'After so many days the last copy of a record that was erased has gone. No default.',
            }),
          },
          closed,
        ),
        {
          description:
            'Every set of backups that holds copies of what is erased. `[]` says that there are none; without an answer nothing is erased.',
        },
      ),
    ),
    recipients: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: slug('Immutable; names it in the ledger and on receipts.'),
            name: Type.String({ minLength: 2, description: 'As the `recipients` of data maps name it.' }),
            kind: Type.Enum(['processor', 'controller', 'joint'], {
              description:
                'processor: is instructed and confirms; controller, joint: is notified, and never told as erased.',
            }),
            contact: Type.Optional(
              Type.String({ minLength: 3, description: 'How it is reached; shown to whoever tells it.' }),
            ),
            within: Type.Optional(
              Type.Array(slug('The id of a system.'), {
                minItems: 1,
                uniqueItems: true,
                description:
                  'Of a processor: systems of yours of which it holds what they hold and nothing else (hosting); what is erased there need not be told to it.',
              }),
            ),
          },
          closed,
        ),
        {
          description:
            'Who receives data (Art. 19): told of what was rectified, erased or restricted. Whoever only a data map names is notified too.',
        },
      ),
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
