/**
 * What a receipt states: versioned, one TypeBox schema, published as docs/receipt.schema.json. Ids, configured words, counts,
 * laws, dates, codes and hashes only: no identifier of the person and no content has a place in it. Pure.
 */
import { type Static, type TSchema, Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
export const Instant = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' });
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
export const Slug = Type.String({ pattern: '^[a-z][a-z0-9_-]{0,39}$' });
export const Id = Type.String({ pattern: '^[a-z]{3}_[0-9a-z]{26}$' });
const Word = Type.String({ pattern: '^[a-z0-9_().-]{1,60}$' });
/** A sentence made of configuration and law: what keeps a record, what a stream declares. */
const Sentence = Type.String({ maxLength: 2_000 });
export const Count = Type.Integer({ minimum: 0 });

const KeptSchema = Type.Object(
  {
    collection: Type.String({ maxLength: 200 }),
    recordClass: Slug,
    disposition: Type.Enum(['retained', 'expiring', 'refused', 'referred']),
    reason: Word,
    /** Ground of the law for not erasing. */
    refusal: nullable(Word),
    /** Law and section, or what is declared of its expiry. */
    keptBy: nullable(Sentence),
    /** Last day; null where no date ends it. */
    until: nullable(Day),
    /** How it is known: `attested` by a person, `hidden` and `pending` of what expires. Missing in receipts of earlier versions. */
    evidence: Type.Optional(Word),
    count: Count,
  },
  closed,
);

/** What was given, and why the rest was not. */
const GivenSchema = Type.Object(
  {
    ...{ found: nullable(Count), exported: Count, withheld: Count, referred: Count, pending: Count },
    /** Of the withheld: why, and on which ground of the law where it is one. */
    withheldOn: Type.Array(Type.Object({ reason: Word, refusal: nullable(Word), count: Count }, closed)),
  },
  closed,
);

export const SystemSchema = Type.Object(
  {
    id: Slug,
    state: Slug,
    /** Why it is left open. */
    code: nullable(Slug),
    access: nullable(
      Type.Object(
        { found: nullable(Count), exported: Count, withheld: Count, referred: Count, pending: Count },
        closed,
      ),
    ),
    /** Missing in receipts of requests that did not ask for it. */
    portability: Type.Optional(GivenSchema),
    /** Of a customer's instruction: what of its workspace it was given. */
    export: Type.Optional(GivenSchema),
    erasure: nullable(
      Type.Object(
        {
          found: nullable(Count),
          erased: Count,
          anonymised: Count,
          /** Of the anonymised. */
          detached: Count,
          retained: Count,
          expiring: Count,
          absent: Count,
          /** Of the absent: another person's by the time their turn came, and left alone. */
          changedHands: Count,
          refused: Count,
          referred: Count,
          pending: Count,
          /** Of erased, anonymised and absent: not read back. */
          unverified: Count,
          /** Of the anonymised: gone from the records, while a history of the system still tells what was there. */
          historyRemains: Type.Optional(Count),
          /** Came after the erasing began, and was left alone. */
          newRelationship: Count,
          kept: Type.Array(KeptSchema),
        },
        closed,
      ),
    ),
    /** Of a right that acts on records; not there where access or erasure was asked for. */
    right: Type.Optional(
      Type.Object(
        {
          found: nullable(Count),
          rectified: Count,
          restricted: Count,
          objected: Count,
          suppressed: Count,
          refused: Count,
          referred: Count,
          absent: Count,
          pending: Count,
          /** Why, by collection. */
          lines: Type.Array(
            Type.Object(
              {
                collection: Type.String({ maxLength: 200 }),
                disposition: Type.Enum([
                  ...(['rectified', 'restricted', 'objected', 'suppressed', 'refused', 'referred', 'absent'] as const),
                ]),
                reason: Word,
                count: Count,
              },
              closed,
            ),
          ),
        },
        closed,
      ),
    ),
    /** A named person answered for the system, with proof: its counts are theirs. The last one. */
    attested: nullable(Type.Object({ by: Slug, at: Instant, proofSha256: nullable(Sha256) }, closed)),
    /** Everybody who did, with the right they answered for; missing where nobody did. */
    attestations: Type.Optional(
      Type.Array(Type.Object({ right: Slug, by: Slug, at: Instant, proofSha256: nullable(Sha256) }, closed)),
    ),
    unreadable: Type.Object({ records: Count, objects: Count }, closed),
  },
  closed,
);
export type SystemFacts = Static<typeof SystemSchema>;

export const ControllerSchema = Type.Object(
  {
    name: Type.String(),
    country: Type.String(),
    authority: Type.Object({ name: Type.String(), url: Type.String() }, closed),
  },
  closed,
);

export const PlanSchema = Type.Object(
  { pass: Count, version: Count, sha256: Sha256, approvedAt: nullable(Instant), noReturnAt: nullable(Instant) },
  closed,
);

export const RightSchema = Type.Object(
  {
    right: Slug,
    /** When an answer with the mandatory parts reached the person; null: none has. */
    answeredAt: nullable(Instant),
    /** How it did; missing where none has. */
    answeredBy: Type.Optional(Type.Enum(['email', 'post', 'in-person'])),
  },
  closed,
);

export const RecipientSchema = Type.Object(
  {
    recipient: Slug,
    name: Type.String({ maxLength: 200 }),
    role: Type.Enum(['processor', 'controller', 'joint', 'unlisted']),
    right: Slug,
    outcome: Type.Enum(['open', 'sent', 'acknowledged', 'impossible', 'covered']),
    /** The day on which it was told. */
    toldOn: nullable(Day),
    /** Records that it was told of. */
    records: Count,
  },
  closed,
);
export type RecipientFacts = Static<typeof RecipientSchema>;

/** What a customer instructed, by which mandate, who opened it and who else reviewed the mandate, and the agreed dates. */
export const InstructionSchema = Type.Object(
  {
    act: Type.Enum(['export', 'erase']),
    mandate: Type.Object(
      {
        state: Type.Enum(['to-review', 'accepted', 'refused']),
        sha256: Sha256,
        openedBy: nullable(Slug),
        reviewedBy: nullable(Slug),
      },
      closed,
    ),
    noticeEndsOn: Day,
    /** Last day of the moving: the export was due by then. */
    transitionEndsOn: Day,
    /** Days in which the export could be retrieved, from then or from a later delivery. */
    retrievalDays: Count,
    /** The first day on which anything could be erased. */
    erasableFrom: nullable(Day),
  },
  closed,
);

export const ReceiptSchema = Type.Object(
  {
    v: Type.Literal(1),
    kind: Type.Literal('habeas-receipt'),
    ledger: Type.String({ pattern: '^[0-9a-z]{26}$' }),
    request: Id,
    /** From 1; each states everything that the one before did, as it is now. */
    no: Type.Integer({ minimum: 1 }),
    /** Hash of the receipt before it. */
    previous: nullable(Sha256),
    issuedAt: Instant,
    controller: ControllerSchema,
    state: Slug,
    rights: Type.Array(RightSchema, { minItems: 1 }),
    /** Of a customer's instruction; missing where a person asked. */
    instruction: Type.Optional(InstructionSchema),
    receivedOn: Day,
    completedAt: nullable(Instant),
    identity: Type.Object({ state: Slug, method: nullable(Slug) }, closed),
    configSha256: Sha256,
    /** The plans that were approved. */
    plans: Type.Array(PlanSchema),
    systems: Type.Array(SystemSchema, { minItems: 1 }),
    /** What goes or may go on a day, the earliest first: sums of what is kept. */
    ends: Type.Array(
      Type.Object(
        {
          system: Slug,
          recordClass: Slug,
          disposition: Type.Enum(['retained', 'expiring', 'refused']),
          until: Day,
          count: Count,
        },
        closed,
      ),
    ),
    /** What backups still hold of what was erased; `goneOn`: first day on which the last backup with it has lapsed. */
    copies: Type.Array(Type.Object({ system: Slug, heldBy: Sentence, records: Count, goneOn: nullable(Day) }, closed)),
    /** Processing restricted because of the request: since when, why, and when and why it ended. */
    restriction: Type.Optional(
      Type.Object(
        { ground: Word, setOn: Day, toldOn: nullable(Day), endedOn: nullable(Day), endedWhy: nullable(Word) },
        closed,
      ),
    ),
    /** Addresses of the person that are not written to any more, by purpose; kept as keyed hashes, exempt from erasure. */
    suppressions: Type.Optional(Type.Array(Type.Object({ purpose: Word, addresses: Count, since: Day }, closed))),
    /**
     * Who was told of what was changed (Art. 19). `sent` of a processor: instructed, not confirmed. What an independent
     * controller did with its own copy is not stated. Missing where nobody was to be told.
     */
    recipients: Type.Optional(Type.Array(RecipientSchema, { minItems: 1 })),
    /** Systems that have not answered. */
    open: Type.Array(Slug),
    /** After these days nothing that was found can be opened any more; copies of the key store lapse with its backups. */
    keys: Type.Object({ workingKeyEndsOn: nullable(Day) }, closed),
    /** The head of the request's audit chain when it was made. */
    audit: Type.Object({ seq: Type.Integer({ minimum: 1 }), hash: Sha256 }, closed),
  },
  { ...closed, $id: 'https://habeas.invalid/receipt-v1.schema.json', title: 'Habeas receipt, version 1' },
);
export type Receipt = Static<typeof ReceiptSchema>;
