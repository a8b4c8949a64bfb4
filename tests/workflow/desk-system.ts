/**
 * A support desk in memory: what the person wrote in one stream, what they have not seen (internal notes, a lawyer's word, a hostile
 * ticket, a file) in another, with who takes part. For tests of masking.
 */
import type {
  CallContext,
  CollectionDescription,
  LocateResult,
  Manifest,
  Participant,
  ReadInput,
  StreamDescription,
  System,
} from '../../connectors/contract.ts';

export interface DeskNote {
  readonly id: string;
  readonly record: Readonly<Record<string, unknown>>;
  readonly people: readonly Participant[];
}

const comments: CollectionDescription = {
  collection: 'comments',
  owner: 'person',
  role: 'controller',
  recordClass: 'support',
  category: 'support',
  purpose: 'to help',
  legalBasis: 'contract',
  provenance: 'the conversation',
  recipients: [],
  fields: ['id', 'ticket', 'body', 'file'],
  files: ['file'],
};

const stream = (no: number): StreamDescription => ({
  no,
  collection: 'comments',
  provedIn: 'users',
  recordClass: 'support',
  owner: 'person',
  role: 'controller',
  fields: comments.fields,
  ownFields: [],
});

const user = 'user-7';

export class DeskSystem implements System {
  readonly collections = [comments];
  readonly manifest: Manifest = {
    kind: 'desk',
    stages: ['check', 'locate', 'read'],
    rights: ['access'],
    needs: [{ kind: 'email', unique: true, caseSensitive: true }],
    gives: [],
    locateCost: 'lookup',
    concurrency: 2,
    verifiedAgainst: [],
    verification: 'stand-in',
    canRefuse: [],
    weaknesses: [],
  };
  readonly #seen: readonly DeskNote[];
  readonly #unseen: readonly DeskNote[];

  constructor({ seen, unseen }: { readonly seen: readonly DeskNote[]; readonly unseen: readonly DeskNote[] }) {
    this.#seen = seen;
    this.#unseen = unseen;
  }

  async check() {
    return { ok: true, findings: [] };
  }

  async locate(_context: CallContext): Promise<LocateResult> {
    return { keys: [{ collection: 'users', key: [['id', user]], provedBy: 'email' }], learnt: [], candidates: [] };
  }

  async read(_context: CallContext, { sink }: ReadInput): Promise<void> {
    const streams = [
      { description: stream(0), notes: this.#seen },
      { description: { ...stream(1), unseen: true } as const, notes: this.#unseen },
    ];
    const cell = Buffer.from(user);
    for (const { description, notes } of streams) {
      const opened = await sink.open(description);
      if (opened === null) continue;
      for (const { id, record, people } of notes) {
        const said = 'unseen' in description ? { people } : {};
        const line = `${JSON.stringify({ key: [['id', id]], ...said, record: { id, ...record } })}\n`;
        await sink.entry(Buffer.from(line), [cell, cell], Buffer.from(id));
      }
      await sink.end('2026-11-23T08:00:00.000Z');
    }
  }

  async close() {}
}
