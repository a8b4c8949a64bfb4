/**
 * What an evidence pack holds, and the one form in which it is a file: readable JSON, canonical order, signed over its
 * canonical form (RFC 8785, detached JWS). Request, identity outcome, dates with their rule, plans, signed decisions of people,
 * books, grounds, the whole audit chain with its anchors, the batches of the sweep that its records were in, and the receipts. No identifier of the person, no contact, no
 * content: staff by their ids. Published as docs/evidence.schema.json. Pure.
 */
import { type Static, type TSchema, Type } from 'typebox';
import { canonicalJson } from '../security/canonical.ts';
import {
  ControllerSchema,
  Count,
  Day,
  Id,
  Instant,
  PlanSchema,
  RightSchema,
  Sha256,
  Slug,
  SystemSchema,
} from './receipt-schema.ts';

const closed = { additionalProperties: false } as const;
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Text = Type.String({ maxLength: 4_000 });

const RequestSchema = Type.Object(
  {
    id: Id,
    state: Slug,
    channel: Slug,
    rights: Type.Array(RightSchema),
    receivedOn: Day,
    createdAt: Instant,
    createdBy: nullable(Slug),
    completedAt: nullable(Instant),
    configSha256: Sha256,
  },
  closed,
);

/** Method and moment; never the contact point. */
const IdentitySchema = Type.Object(
  {
    state: Slug,
    method: nullable(Slug),
    by: nullable(Slug),
    at: nullable(Instant),
    contactKind: nullable(Slug),
  },
  closed,
);

const ClockSchema = Type.Object(
  {
    rule: Text,
    /** Law, section and confidence behind the due date. */
    source: Text,
    calendar: Text,
    country: Text,
    /** An earlier receipt of the same right by the same person, from which it runs. */
    from: nullable(Day),
    dueOn: Day,
    workToOn: Day,
    unpausedDueOn: Day,
    internalTargetOn: Day,
    extendedDueOn: nullable(Day),
    extension: nullable(Type.Object({ ground: Slug, at: nullable(Instant) }, closed)),
    pauses: Type.Array(Type.Object({ kind: Slug, from: Day, to: nullable(Day), counted: Type.Boolean() }, closed)),
  },
  closed,
);

const DecisionSchema = Type.Object(
  {
    id: Id,
    number: nullable(Count),
    kind: Slug,
    answer: Slug,
    task: nullable(Id),
    system: nullable(Slug),
    person: Slug,
    /** The key that verifies it, where it is still that person's. */
    publicKey: nullable(Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' })),
    /** Exactly what was signed. */
    statement: Type.String(),
    signature: Type.String({ maxLength: 200 }),
  },
  closed,
);

const GroundSchema = Type.Object(
  {
    system: Slug,
    round: Count,
    no: Count,
    collection: Type.String({ maxLength: 200 }),
    recordClass: Slug,
    action: Slug,
    disposition: Slug,
    reason: Text,
    /** Art. 17(1). */
    ground: nullable(Text),
    /** Art. 17(3). */
    exception: nullable(Text),
    refusal: nullable(Text),
    keptBy: nullable(Text),
    until: nullable(Day),
    /** Records that were planned under it. */
    count: Count,
  },
  closed,
);

const PackageSchema = Type.Object(
  {
    part: Count,
    sha256: Sha256,
    sizeBytes: Count,
    draft: Type.Boolean(),
    createdAt: Instant,
    deliveredAt: nullable(Instant),
    deliveredBy: nullable(Slug),
    deletedAt: nullable(Instant),
  },
  closed,
);

const HoldSchema = Type.Object({ id: Id, kind: Slug, placedOn: Day, reviewOn: Day, releasedOn: nullable(Day) }, closed);

const AuditSchema = Type.Object(
  {
    rows: Type.Array(
      Type.Object({ seq: Count, at: Instant, kind: Slug, body: Type.String(), prev: Sha256, hash: Sha256 }, closed),
      { minItems: 1 },
    ),
    /** Those that link this chain; the same text lies under Object Lock. Heads of other chains are ids and hashes. */
    anchors: Type.Array(
      Type.Object({ no: Count, at: Instant, heads: Type.String(), prev: Sha256, hash: Sha256 }, closed),
    ),
  },
  closed,
);

/** A batch of the retention sweep that erased records of the request; it may have held records of others, who are not named. */
const SweepSchema = Type.Object(
  {
    claim: Id,
    /** Every approval of a person, also of what the batch was before. */
    approvals: Type.Array(
      Type.Object(
        {
          id: Id,
          person: Slug,
          at: Instant,
          publicKey: nullable(Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' })),
          /** Exactly what was signed: the batch, and the hash of what was to be done to it. */
          statement: Type.String(),
          signature: Type.String({ maxLength: 200 }),
        },
        closed,
      ),
    ),
    /** The batch's own chain: how it was made, what it asked for, approvals, end. */
    audit: AuditSchema,
  },
  closed,
);

const JwkSchema = Type.Object(
  {
    kty: Type.Literal('OKP'),
    crv: Type.Literal('Ed25519'),
    x: Type.String(),
    kid: Type.String(),
    use: Type.Literal('sig'),
    alg: Type.Literal('EdDSA'),
  },
  closed,
);

const ContentSchema = Type.Object(
  {
    v: Type.Literal(1),
    kind: Type.Literal('habeas-evidence'),
    ledger: Type.String({ pattern: '^[0-9a-z]{26}$' }),
    madeAt: Instant,
    controller: ControllerSchema,
    request: RequestSchema,
    identity: IdentitySchema,
    clock: ClockSchema,
    plans: Type.Array(PlanSchema),
    decisions: Type.Array(DecisionSchema),
    systems: Type.Array(SystemSchema),
    grounds: Type.Array(GroundSchema),
    packages: Type.Array(PackageSchema),
    holds: Type.Array(HoldSchema),
    audit: AuditSchema,
    sweeps: Type.Optional(Type.Array(SweepSchema)),
    /** Null: the case file has ended, and with it the receipts that lay in it. */
    receipts: nullable(Type.Array(Type.Object({ no: Count, jws: Type.String() }, closed))),
    /** Every public key that ever signed a receipt; compare them with those that the company publishes. */
    keys: Type.Object({ keys: Type.Array(JwkSchema) }, closed),
  },
  closed,
);
export type Evidence = Static<typeof ContentSchema>;

export const EvidenceSchema = Type.Object(
  {
    evidence: ContentSchema,
    /** Detached JWS (RFC 7515 Appendix F) over the canonical form of `evidence`. */
    signature: Type.String({ pattern: '^[A-Za-z0-9_-]+\\.\\.[A-Za-z0-9_-]+$' }),
  },
  { ...closed, $id: 'https://habeas.invalid/evidence-v1.schema.json', title: 'Habeas evidence pack, version 1' },
);
export type EvidenceFile = Static<typeof EvidenceSchema>;

/** The bytes of the file: there is no other form of the same evidence. */
export function evidenceText(file: EvidenceFile): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(file)), null, 2)}\n`;
}

/** `header..signature` of a compact JWS, and the compact one of it with its payload. */
export function detached(jws: string): string {
  const [header, , signature] = jws.split('.');
  return `${header}..${signature}`;
}
export function attached(signature: string, evidence: Evidence): string {
  return signature.replace('..', `.${Buffer.from(canonicalJson(evidence)).toString('base64url')}.`);
}
