/**
 * What the receipt of a batch of the retention sweep states: versioned, one TypeBox schema, published as
 * docs/sweep-receipt.schema.json. A batch has records of many people and outlives their case files, so that it names no request and no
 * record: classes, counts, laws, days, codes, and the staff who decided. Pure.
 */
import { type Static, type TSchema, Type } from 'typebox';
import { ControllerSchema, Count, Day, Id, Instant, RecipientSchema, Sha256, Slug } from './receipt-schema.ts';

const closed = { additionalProperties: false } as const;
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
/** Law and section, or what was published: made of configuration and law. */
const Sentence = Type.String({ maxLength: 2_000 });

/** So many entries of the register, and the records in them. */
const sized = { recordClass: Slug, entries: Count, records: Type.Integer({ minimum: 1 }) };
/** What the register said of them: what kept them, until which day; null where no date ended it. */
const registered = { keptBy: nullable(Sentence), until: nullable(Day) };

export const SweepReceiptSchema = Type.Object(
  {
    v: Type.Literal(1),
    kind: Type.Literal('habeas-sweep-receipt'),
    ledger: Type.String({ pattern: '^[0-9a-z]{26}$' }),
    batch: Id,
    /** From 1; each states everything that the one before did, as it is now. */
    no: Type.Integer({ minimum: 1 }),
    /** Hash of the receipt before it. */
    previous: nullable(Sha256),
    issuedAt: Instant,
    controller: ControllerSchema,
    system: Slug,
    /** `read-back`: nothing was erased, only looked whether it is gone. `replay`: erased again after a restore. */
    does: Type.Enum(['erase', 'read-back', 'replay']),
    /** Of a replay: when the copy was made that was restored. */
    since: nullable(Instant),
    /** The day whose rules and holds decided. */
    asOf: Day,
    state: Slug,
    madeAt: Instant,
    endedAt: nullable(Instant),
    /** Why nobody was asked, or `people`: `class` (swept without asking), `plan` (approved with its request), `none` (nothing is erased). */
    approvedBy: Type.Enum(['people', 'class', 'plan', 'none']),
    /** How many different people had to approve. */
    peopleNeeded: Count,
    /** Hash of what was to be done, as people signed it. */
    about: nullable(Sha256),
    /** What people decided of it, also of what it was before. */
    people: Type.Array(
      Type.Object(
        { person: Slug, answer: Type.Enum(['approve', 'reject']), about: nullable(Sha256), at: Instant },
        closed,
      ),
    ),
    /** What it was made of. */
    claimed: Type.Object({ entries: Count, records: Count }, closed),
    /** Erased or anonymised, or gone already; all of it read back. */
    done: Type.Array(
      Type.Object(
        {
          ...{ ...sized, ...registered, erased: Count, anonymised: Count },
          /** Of the anonymised: gone from the records, while a history of the system still tells what was there. */
          historyRemains: Count,
          absent: Count,
          /** Of the absent: another person's by the time their turn came, and left alone. */
          changedHands: Count,
          evidence: Type.Literal('read-back'),
        },
        closed,
      ),
    ),
    /** Kept for longer: the day that was, and the one that is; why. */
    extended: Type.Array(Type.Object({ ...sized, was: nullable(Day), ...registered }, closed)),
    /** Could not be dealt with, and why; looked at again. */
    left: Type.Array(Type.Object({ ...sized, ...registered, code: nullable(Slug) }, closed)),
    /** In another batch, because people had to be asked; or copies in backups that lapsed before anybody approved. */
    elsewhere: Type.Array(Type.Object({ ...sized, to: nullable(Id) }, closed)),
    /** Records that are still to be dealt with. */
    open: Count,
    /** Who was told that it is gone (Art. 19). Missing where nobody was to be told. */
    recipients: Type.Optional(Type.Array(RecipientSchema, { minItems: 1 })),
    /** The head of the batch's audit chain when it was made. */
    audit: Type.Object({ seq: Type.Integer({ minimum: 1 }), hash: Sha256 }, closed),
  },
  {
    ...closed,
    $id: 'https://habeas.invalid/sweep-receipt-v1.schema.json',
    title: 'Habeas receipt of a batch of the retention sweep, version 1',
  },
);
export type SweepReceipt = Static<typeof SweepReceiptSchema>;
