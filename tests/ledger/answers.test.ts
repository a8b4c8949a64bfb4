/**
 * The letters that answer, on a real PostgreSQL: to the verified contact point and to nobody else, once, whatever dies; and what
 * nobody is told before.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { deliverAnswer, printAnswer } from '../../src/answers/index.ts';
import type { Deps } from '../../src/deps.ts';
import type { RequestId } from '../../src/ids.ts';
import type { Letter, MailSettings } from '../../src/mail.ts';
import { createRequest, decideIdentity, type NewRequest, showRequest } from '../../src/requests/index.ts';
import { newWorld, type World } from './world.ts';

const email = 'mari.tamm@example.ee';
const mail: MailSettings = {
  url: 'smtp://127.0.0.1:9',
  from: 'Näidisheli <privacy@controller.example>',
  replyTo: undefined,
};

describe('the letter that answers', () => {
  let world: World;
  let deps: World['deps'];
  const sent: Letter[] = [];
  beforeAll(async () => {
    world = await newWorld('answers');
    deps = { ...world.deps, config: { ...world.deps.config, mail } };
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    sent.length = 0;
    world.setNow('2026-11-23T09:00:00.000Z');
  });

  const ask = async (given: Partial<NewRequest> = {}): Promise<RequestId> =>
    (
      await createRequest(deps, {
        ...{ rights: ['consent-withdrawal'], channel: 'email', language: 'en', identifiers: { email: [email] } },
        ...{ identity: { method: 'known-in-person', contact: email }, by: world.people.agent },
        ...given,
      })
    ).requestId;
  const keep = async (_: MailSettings, letter: Letter) => {
    sent.push(letter);
  };
  const tell = (
    id: RequestId,
    send: typeof keep = keep,
    using: Pick<Deps, 'ledger' | 'keys' | 'config' | 'now'> = deps,
  ) => deliverAnswer(using, id, { send });
  const rightOf = async (id: RequestId) => (await showRequest(deps, id)).rights[0];
  const alarms = async (id: RequestId) => (await showRequest(deps, id)).clock.alarms.length;
  const chain = async (id: RequestId) => {
    const { rows } = await world.asOwner('select kind from audit where request_id = $1 order by seq', [id]);
    return rows.map(({ kind }) => kind).filter((kind: string) => kind.startsWith('answer-'));
  };

  it('goes to the verified address alone; then the right is answered, the alarm off, and nothing goes again', async () => {
    const id = await ask({ identity: { method: 'known-in-person', contact: 'mari@verified.example' } });
    expect(await alarms(id)).toBeGreaterThan(0);
    expect(await tell(id)).toEqual({ outcome: 'sent' });
    expect(sent.map(({ to }) => to)).toEqual(['mari@verified.example']);
    expect(await rightOf(id)).toMatchObject({
      answeredBy: 'email',
      outcome: 'answered',
      answeredAt: expect.any(String),
    });
    expect(await alarms(id)).toBe(0);
    expect(await tell(id)).toEqual({ outcome: 'none' });
    expect(sent).toHaveLength(1);
    expect(await chain(id)).toEqual(['answer-ready', 'answer-given']);
  });

  it('says nothing that a stranger who reads it could use', async () => {
    const id = await ask();
    await tell(id);
    const [letter] = sent;
    const text = [letter?.subject, letter?.text, letter?.html, letter?.messageId].join('\n');
    expect(text).not.toMatch(/mari|tamm@/i);
    expect(letter?.subject).not.toMatch(/consent|withdraw/i);
    expect(letter?.text).toContain(`Request: ${id}`);
  });

  it('killed after the letter and before its outcome, goes once more as the very same letter, never as none', async () => {
    const id = await ask();
    const dies = async (settings: MailSettings, letter: Letter) => {
      await keep(settings, letter);
      throw new Error('killed');
    };
    await expect(tell(id, dies)).rejects.toThrow('killed');
    expect(await rightOf(id)).toMatchObject({ answeredAt: null, answeredBy: null, outcome: null });
    expect(await tell(id)).toEqual({ outcome: 'sent' });
    expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(1);
    expect(new Set(sent.map(({ text }) => text)).size).toBe(1);
    expect(await chain(id)).toEqual(['answer-ready', 'answer-given']);
  });

  it('holds no lock of the ledger while the mail server thinks', async () => {
    const id = await ask();
    const meanwhile = async (settings: MailSettings, letter: Letter) => {
      // Another transaction gets the very rows at once.
      await world.asOwner('select from request_rights where request_id = $1 for update nowait', [id]);
      await world.asOwner('select from requests where id = $1 for update nowait', [id]);
      await keep(settings, letter);
    };
    expect(await tell(id, meanwhile)).toEqual({ outcome: 'sent' });
  });

  it('is for a person to hand over where there is no mail server, no e-mail address, or nobody was identified', async () => {
    const { mail: _, ...silent } = deps.config;
    expect(await tell(await ask(), keep, { ...deps, config: { ...silent, mail: undefined } })).toEqual({
      outcome: 'by-hand',
    });
    const byPost = await ask({ identity: { method: 'known-in-person', contact: 'Rüütli 1, 51007 Tartu' } });
    expect(await tell(byPost)).toEqual({ outcome: 'by-hand' });
    const stranger = await ask({ rights: ['access'], identity: undefined });
    await expect(tell(stranger)).resolves.toEqual({ outcome: 'none' });
    await decideIdentity(deps, {
      ...{ requestId: stranger, outcome: 'unverifiable', reason: 'Nobody knows them', signedBy: world.people.agent },
    });
    // No package comes of a refused request: the letter answers whatever was asked.
    expect(await tell(stranger)).toEqual({ outcome: 'by-hand' });
    expect((await printAnswer(deps, stranger)).text).toMatch(/Art\. 11\(2\)/);
    expect(sent).toEqual([]);
  });

  it('says of an address that was on the suppression list already since when it is, while the keys live', async () => {
    const own: Partial<NewRequest> = {
      identifiers: { email: ['once@example.ee'] },
      identity: { method: 'known-in-person', contact: email },
    };
    await ask({ ...own, rights: ['objection'], objectTo: 'marketing' });
    world.setNow('2026-11-25T09:00:00.000Z');
    const again = await ask({ ...own, rights: ['objection'], objectTo: 'marketing' });
    await tell(again);
    expect(sent[0]?.text).toMatch(/Nothing was found about you\.\n\nSince 23 November 2026 nobody writes to you/);
    // Nobody is told it of what they did not ask.
    await tell(await ask({ ...own, rights: ['rectification'], corrections: { name: 'Mari' } }));
    expect(sent[1]?.text).not.toContain('nobody writes to you');
    const { rows } = await world.asOwner('select working_key_id from requests where id = $1', [again]);
    await deps.keys.destroy(rows[0]?.working_key_id);
    expect((await printAnswer(deps, again)).text).not.toContain('nobody writes to you');
  });

  it('says nothing of a restriction where nothing was found that could be stored', async () => {
    const id = await ask({ rights: ['restriction'], restrictBecause: 'claims' });
    await tell(id);
    expect(sent[0]?.text).toContain('Nothing was found about you.');
    expect(sent[0]?.text).not.toMatch(/is stored and nothing else|Art\. 18\(/);
  });

  it('is none before the identity is decided, and none of access, which a package answers', async () => {
    const unverified = await ask({ identity: undefined });
    await expect(tell(unverified)).rejects.toMatchObject({ code: 'identity-unverified' });
    await expect(printAnswer(deps, unverified)).rejects.toMatchObject({ code: 'answer-not-ready' });
    const access = await ask({ rights: ['access'] });
    expect(await tell(access)).toEqual({ outcome: 'none' });
    expect(await alarms(access)).toBeGreaterThan(0);
    expect(sent).toEqual([]);
  });
});
