/** Which stage may start next, for every situation a request can be in. */
import { describe, expect, it } from '@jest/globals';
import { decide, type Situation } from './decide.ts';
import { detailsOf } from './details.ts';
import { facts as factsOf, system } from './erasing-for-tests.ts';
import {
  acceptCandidate,
  countCandidates,
  endLocate,
  endRead,
  finishByHand,
  type Lane,
  laneOf,
  leave,
  nextSteps,
  park,
  startStage,
  stateOf,
  unpark,
} from './lanes.ts';
import type { DecisionFacts, LaneFacts, Located } from './stages.ts';

const facts = (systemId: string, needs: readonly string[], more: Partial<LaneFacts> = {}): LaneFacts =>
  factsOf(systemId, { needs, ...more });
const found: Located = {
  keys: 1,
  learnt: 0,
  kinds: [],
  dated: [],
  openCandidates: 0,
  seq: 1,
  changed: true,
  tooMany: false,
};
const ids = (lanes: readonly Lane[]) => lanes.map((lane) => lane.systemId);
const pair = (): [Lane, Lane] => [laneOf(facts('a', ['email', 'user_id'])), laneOf(facts('b', ['user_id']))];

function locate(lanes: readonly Lane[], lane: Lane, result: Partial<Located> = {}): void {
  startStage(lane, 'locate');
  endLocate(lanes, lane, { ...found, ...result });
}

describe('asking', () => {
  it('asks every look-up system first, and reads nothing before', () => {
    const [a, b] = pair();
    expect(nextSteps([a, b], 5)).toEqual({ locate: [a, b], read: [], overrun: false });
  });

  it('begins no new round while a system of this one has not answered', () => {
    const [a, b] = pair();
    startStage(a, 'locate');
    locate([a, b], b);
    expect(nextSteps([a, b], 5)).toEqual({ locate: [], read: [], overrun: false });
  });

  it('asks again exactly the other systems that search by what was learnt, then reads all at once', () => {
    const [a, b] = pair();
    locate([a, b], b);
    locate([a, b], a, { kinds: ['order_no'] });
    expect(ids(nextSteps([a, b], 5).read)).toEqual(['a', 'b']);
    locate([a, b], a, { kinds: ['user_id'] });
    expect(ids(nextSteps([a, b], 5).locate)).toEqual(['b']);
    locate([a, b], b);
    expect(ids(nextSteps([a, b], 5).read)).toEqual(['a', 'b']);
  });

  it('lets a person look when it does not come to an end after five rounds', () => {
    const [a, b] = pair();
    // Each teaches what the other searches by, again and again.
    for (let round = 0; round < 5; round++) {
      locate([a, b], a, { kinds: ['user_id'] });
      locate([a, b], b, { kinds: ['email'] });
    }
    expect(nextSteps([a, b], 5).overrun).toBe(true);
    expect(ids(nextSteps([a, b], 10).locate)).toEqual(['a']);
  });

  it('asks a scan system once, after the look-up systems and their candidates', () => {
    const [a] = pair();
    const logs = laneOf(facts('logs', ['user_id'], { locateCost: 'scan' }));
    expect(ids(nextSteps([a, logs], 5).locate)).toEqual(['a']);
    locate([a, logs], a, { openCandidates: 1 });
    expect(nextSteps([a, logs], 5)).toEqual({ locate: [], read: [], overrun: false });
    countCandidates(a, 0, 2);
    expect(nextSteps([a, logs], 5)).toEqual({ locate: [logs], read: [a], overrun: false });
  });
});

describe('candidates', () => {
  it('hold up reading of every system, and asking again follows when one is accepted', () => {
    const [a, b] = pair();
    locate([a, b], b);
    locate([a, b], a, { openCandidates: 2 });
    expect(nextSteps([a, b], 5)).toEqual({ locate: [], read: [], overrun: false });
    countCandidates(a, 1, 2);
    expect(nextSteps([a, b], 5).read).toEqual([]);
    acceptCandidate(a);
    countCandidates(a, 0, 3);
    expect(ids(nextSteps([a, b], 5).locate)).toEqual(['a']);
  });

  it('decided while the system answers are neither waited for again nor forgotten', () => {
    const [a, b] = pair();
    locate([a, b], b);
    startStage(a, 'locate');
    // Decision 2 answered the only candidate; the answer on its way counted it before.
    countCandidates(a, 0, 2);
    endLocate([a, b], a, { ...found, openCandidates: 1, seq: 1 });
    expect(ids(nextSteps([a, b], 5).read)).toEqual(['a', 'b']);
    startStage(a, 'locate');
    endLocate([a, b], a, { ...found, openCandidates: 2, seq: 2 });
    // Read before the answer was stored, heard after it.
    countCandidates(a, 0, 2);
    expect(nextSteps([a, b], 5).read).toEqual([]);
  });
});

describe('a system that is scanned', () => {
  const scanned = () => laneOf(facts('logs', ['user_id', 'ip'], { locateCost: 'scan' }));
  const readWith = (openCandidates: number, seq = 1) => ({ streams: 1, chunks: 1, found: 1, openCandidates, seq });

  it('is asked after every look-up system, and once', () => {
    const [a] = pair();
    const logs = scanned();
    const lanes = [a, logs];
    expect(ids(nextSteps(lanes, 5).locate)).toEqual(['a']);
    locate(lanes, a, { kinds: ['user_id'], openCandidates: 1 });
    locate(lanes, a, { openCandidates: 1 });
    expect(nextSteps(lanes, 5)).toEqual({ locate: [], read: [], overrun: false });
    countCandidates(a, 0, 2);
    expect(ids(nextSteps(lanes, 5).locate)).toEqual(['logs']);
  });

  it('is done only when its own candidates are decided, and accepting one reads nothing anew', () => {
    const logs = scanned();
    locate([logs], logs);
    startStage(logs, 'read');
    endRead(logs, readWith(2));
    expect(stateOf([logs])).toBe('needs_decision');
    acceptCandidate(logs);
    countCandidates(logs, 1, 2);
    expect(nextSteps([logs], 5)).toEqual({ locate: [], read: [], overrun: false });
    acceptCandidate(logs);
    countCandidates(logs, 0, 3);
    expect(logs).toMatchObject({ state: 'done', round: 1 });
  });

  it('counts a candidate decided while the reading ended once', () => {
    const logs = scanned();
    locate([logs], logs);
    startStage(logs, 'read');
    countCandidates(logs, 0, 4);
    endRead(logs, readWith(1, 3));
    expect(logs.state).toBe('done');
  });

  it('is scanned anew when a window is learnt that it has not gone by; a look-up system is not asked for that', () => {
    const [a, b] = pair();
    const logs = scanned();
    const lanes = [a, b, logs];
    for (const lane of lanes) locate(lanes, lane);
    startStage(logs, 'read');
    endRead(logs, readWith(0));
    startStage(b, 'locate');
    endLocate(lanes, b, { ...found, dated: ['user_id'], changed: false });
    expect(ids(nextSteps(lanes, 5).locate)).toEqual(['logs']);
    locate(lanes, logs, { changed: true });
    expect(ids(nextSteps(lanes, 5).read)).toContain('logs');
    startStage(logs, 'read');
    expect(logs.round).toBe(2);
  });
});

describe('a lane that cannot finish', () => {
  const stuck = (): [Lane, Lane] => {
    const [a, b] = pair();
    locate([a, b], a);
    startStage(b, 'locate');
    park(b, 'system-unreachable', 3);
    return [a, b];
  };

  it('answered by hand is done, and is never asked again', () => {
    const [a, b] = stuck();
    expect(finishByHand(b)).toBe(true);
    expect(b).toMatchObject({ state: 'done', stage: 'read', code: null, round: 1 });
    locate([a, b], a, { kinds: ['user_id'] });
    expect(b).toMatchObject({ state: 'done', ask: false });
    expect(finishByHand(b)).toBe(false);
    acceptCandidate(b);
    expect(nextSteps([b], 5)).toEqual({ locate: [], read: [], overrun: false });
  });

  it('answered by hand stays so after a restart', () => {
    const lane = laneOf(facts('b', ['user_id'], { state: 'done', stage: 'read', round: 2, byHand: true }));
    expect(lane).toMatchObject({ state: 'done', ask: false, isRead: true });
    expect(nextSteps([lane], 5)).toEqual({ locate: [], read: [], overrun: false });
  });

  it('answered by hand is done after a restart, also where the ledger has only heard why it stopped', () => {
    const stopped = { state: 'parked', stage: 'locate', code: 'system-timeout', attempts: 3, round: 1 } as const;
    const lane = laneOf(facts('b', ['user_id'], { ...stopped, byHand: true }));
    expect(lane).toMatchObject({ state: 'done', stage: 'read', code: null, attempts: 0 });
  });

  it('left open keeps the request open, and can be taken up again', () => {
    const [a, b] = stuck();
    startStage(a, 'read');
    endRead(a, { streams: 0, chunks: 0, found: 0, openCandidates: 0, seq: 0 });
    expect(leave(b)).toBe(true);
    expect(stateOf([a, b])).toBe('needs_decision');
    expect(detailsOf('needs_decision', [b])).toBe('needs_decision\n- b: unresolved, locate, system-unreachable, 3');
    expect(unpark(b)).toBe(true);
    expect(ids(nextSteps([a, b], 5).locate)).toEqual(['b']);
    expect(leave(a)).toBe(false);
  });

  it('left open stays so after a restart', () => {
    const lane = laneOf(
      facts('b', ['user_id'], { state: 'unresolved', stage: 'read', code: 'system-timeout', round: 1 }),
    );
    expect(lane.state).toBe('unresolved');
    expect(nextSteps([lane], 5)).toEqual({ locate: [], read: [], overrun: false });
  });
});

describe('a parked lane', () => {
  it('holds up nobody', () => {
    const [a, b] = pair();
    startStage(b, 'locate');
    park(b, 'system-unreachable', 3);
    locate([a, b], a);
    expect(ids(nextSteps([a, b], 5).read)).toEqual(['a']);
  });

  it('goes on with the same reading when it is tried again', () => {
    const [a] = pair();
    locate([a], a);
    startStage(a, 'read');
    park(a, 'system-timeout', 3);
    expect(unpark(a)).toBe(true);
    expect(unpark(a)).toBe(false);
    expect(ids(nextSteps([a], 5).read)).toEqual(['a']);
    startStage(a, 'read');
    expect(a.round).toBe(1);
    endRead(a, { streams: 0, chunks: 0, found: 0, openCandidates: 0, seq: 0 });
    expect(a.state).toBe('done');
  });

  it.each(['stream-changed', 'record-too-large', 'system-schema-undeclared'])(
    'is read anew where another data map mends it: %s',
    (code) => {
      const [a] = pair();
      locate([a], a);
      startStage(a, 'read');
      park(a, code, 1);
      expect(unpark(a)).toBe(true);
      startStage(a, 'read');
      expect(a.round).toBe(2);
    },
  );

  it('that teaches something late has the others asked, and read anew where their keys change', () => {
    const [a, b] = pair();
    startStage(b, 'locate');
    park(b, 'system-unreachable', 3);
    locate([a, b], a);
    startStage(a, 'read');
    endRead(a, { streams: 0, chunks: 0, found: 0, openCandidates: 0, seq: 0 });
    expect(a.state).toBe('done');
    unpark(b);
    locate([a, b], b, { kinds: ['email'] });
    expect(ids(nextSteps([a, b], 5).locate)).toEqual(['a']);
    locate([a, b], a, { changed: true });
    expect(ids(nextSteps([a, b], 5).read)).toEqual(['a', 'b']);
    startStage(a, 'read');
    expect(a.round).toBe(2);
  });

  it('of the ledger stays parked after a restart', () => {
    const lane = laneOf(
      facts('a', ['email'], { state: 'parked', stage: 'read', code: 'system-credentials', round: 1 }),
    );
    expect(nextSteps([lane], 5)).toEqual({ locate: [], read: [], overrun: false });
    expect(stateOf([lane])).toBe('needs_decision');
    expect(detailsOf('needs_decision', [lane])).toBe('needs_decision\n- a: parked, read, system-credentials');
  });
});

describe('decisions', () => {
  const situation = (lanes: readonly Lane[], more: Partial<Situation> = {}): Situation => ({
    identity: 'verified',
    lanes,
    phase: 'lanes',
    isHeld: false,
    isOverrun: false,
    rounds: 5,
    isStuck: false,
    isCancelled: false,
    undelivered: 0,
    handovers: 0,
    wantsPart: false,
    isDecided: false,
    isLifted: false,
    notices: 0,
    pass: null,
    noReturn: false,
    answers: 0,
    rejections: 0,
    anew: false,
    ...more,
  });
  const decision = (more: Partial<DecisionFacts>): DecisionFacts => ({
    seq: 2,
    kind: 'retry',
    answer: 'retry',
    taskId: null,
    taskKind: null,
    systemId: null,
    code: null,
    settled: true,
    ...more,
  });

  it('on a lane that runs again already no longer apply', () => {
    const [a, b] = pair();
    park(a, 'system-timeout', 2);
    const one = situation([a, b]);
    const retry = decision({ systemId: system('a') });
    expect(decide(one, retry)).toBe('applied');
    expect(decide(one, retry)).toBe('moot');
    expect(decide(one, decision({ systemId: system('unknown') }))).toBe('moot');
  });

  it('wait for a second person without an effect', () => {
    const one = situation([], { identity: 'unverified', phase: 'identity' });
    const verified = decision({ kind: 'answer', taskKind: 'identity', answer: 'verified' });
    expect(decide(one, { ...verified, settled: false })).toBe('applied');
    expect(one.identity).toBe('unverified');
    expect(decide(one, verified)).toBe('applied');
    expect(one.identity).toBe('verified');
  });

  it('after the end are told that they came too late', () => {
    const one = situation([], { phase: 'closing' });
    expect(decide(one, decision({ kind: 'cancel', answer: 'cancel' }))).toBe('moot');
    expect(one.isCancelled).toBe(false);
  });

  it('deliver by hand only when there is something to deliver', () => {
    const manual = decision({ kind: 'delivered', answer: 'post' });
    expect(decide(situation([]), manual)).toBe('moot');
    expect(decide(situation([], { phase: 'deliver', undelivered: 1 }), manual)).toBe('applied');
  });

  it('say that a letter reaches nobody, which is another end than to have it tried again', () => {
    const said = decision({ kind: 'answer', taskKind: 'unresolved', answer: 'not-reachable', code: 'mail-refused' });
    const one = situation([], { phase: 'deliver', undelivered: 1, isStuck: true });
    expect(decide(one, said)).toBe('applied');
    expect(one).toMatchObject({ handovers: 1, isStuck: true });
    expect(decide(situation([], { isStuck: true }), said)).toBe('moot');
  });

  it('send what is finished while something is, and not everything', () => {
    const [a, b] = pair();
    const part = decision({ kind: 'send-part', answer: 'send-part' });
    expect(decide(situation([a, b]), part)).toBe('moot');
    a.state = 'done';
    const one = situation([a, b]);
    const wait = decision({ kind: 'answer', taskKind: 'approval', answer: 'wait' });
    expect(decide(one, wait)).toBe('applied');
    expect(one.wantsPart).toBe(false);
    expect(decide(one, { ...wait, answer: 'send-part' })).toBe('applied');
    expect(one.wantsPart).toBe(true);
    expect(decide(situation([a, b], { phase: 'package' }), part)).toBe('moot');
    b.state = 'done';
    expect(decide(situation([a, b]), part)).toBe('moot');
  });

  it('answer by hand or leave open only a lane that stopped', () => {
    const [a, b] = pair();
    park(b, 'system-timeout', 1);
    const answered = (id: string, answer: string) =>
      decision({ kind: 'answer', taskKind: 'unresolved', answer, systemId: system(id) });
    expect(decide(situation([a, b]), answered('a', 'done-by-hand'))).toBe('moot');
    expect(decide(situation([a, b]), answered('a', 'leave-unresolved'))).toBe('moot');
    expect(decide(situation([a, b]), { ...answered('b', 'leave-unresolved'), settled: false })).toBe('applied');
    expect(b.state).toBe('parked');
    expect(decide(situation([a, b]), answered('b', 'leave-unresolved'))).toBe('applied');
    expect(b.state).toBe('unresolved');
    expect(decide(situation([a, b]), answered('b', 'done-by-hand'))).toBe('applied');
    // Heard again by a workflow that began anew, and knew of it from the ledger.
    expect(decide(situation([a, b]), answered('b', 'done-by-hand'))).toBe('applied');
    expect(b).toMatchObject({ state: 'done', byHand: true });
  });

  it('resume whatever lane the ledger says waited for the system, and leave one that goes on alone', () => {
    const [a, b] = pair();
    park(a, 'system-paused', 1);
    const resume = (id: string) => decision({ kind: 'resume', answer: 'resume', systemId: system(id) });
    expect(decide(situation([a, b]), resume('a'))).toBe('applied');
    expect(decide(situation([a, b]), resume('b'))).toBe('moot');
  });

  it('add as many rounds again when the blast radius is right', () => {
    const one = situation([], { isOverrun: true });
    expect(decide(one, decision({ kind: 'answer', taskKind: 'blast-radius', answer: 'proceed' }))).toBe('applied');
    expect(one).toMatchObject({ isOverrun: false, rounds: 10 });
  });
});
