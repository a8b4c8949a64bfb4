/** A request whose steps a test takes one by one, as erasure.ts does. Not used by the program. */
import type { SystemId } from '../src/ids.ts';
import {
  endWork,
  erasingFrom,
  nextErasing,
  type Pass,
  passThrough,
  type RoundWork,
  reopen,
  roundOf,
  takeLate,
} from './erasing.ts';
import { endLocate, endRead, type Lane, nextSteps, park, rest, startStage } from './lanes.ts';
import type { LaneFacts, Located, Verified } from './stages.ts';

/** The edge where test slugs become ids. */
export const system = (slug: string) => slug as SystemId;
/** One system's lane as the ledger tells it at the start. */
export const facts = (systemId: string, more: Partial<LaneFacts> = {}): LaneFacts => ({
  systemId: system(systemId),
  configured: true,
  locateCost: 'lookup',
  needs: ['email'],
  state: 'waiting',
  stage: null,
  code: null,
  attempts: 0,
  round: 0,
  openCandidates: 0,
  byHand: false,
  acted: null,
  rank: 1,
  hasSubjectRow: false,
  erasures: [],
  ...more,
});
export const located: Located = {
  ...{ keys: 1, learnt: 0, kinds: [], dated: [], openCandidates: 0, seq: 1 },
  ...{ changed: true, tooMany: false },
};
export const readDone = { streams: 1, chunks: 1, found: 1, openCandidates: 0, seq: 1 };
export const nothingLate: Verified = { residue: 0, late: 0, lateRound: 0, undated: 0, newer: 0 };

/** Starts what may start, and takes the steps of the whole pass as the ledger would let it. */
export class Request {
  readonly lanes: Lane[];
  readonly pass: Pass;
  /** What was started, in order. */
  readonly log: string[] = [];

  /** What a system answers when it is asked; nothing new unless told. */
  readonly #answer: (lane: Lane) => Located;

  constructor(lanes: readonly LaneFacts[], answer: (lane: Lane) => Located = () => located) {
    const begun = erasingFrom(lanes, false);
    this.#answer = answer;
    this.lanes = begun.lanes;
    this.pass = begun.pass;
  }

  next() {
    reopen(this.lanes, this.pass);
    return nextErasing(this.lanes, this.pass);
  }

  lane(id: string): Lane {
    const found = this.lanes.find((lane) => lane.systemId === id);
    if (found === undefined) throw new Error(`no lane ${id}`);
    return found;
  }

  /** Everything that may start now, taken into its stage. */
  start(): { readonly lane: Lane; readonly end: (verified?: Verified) => void }[] {
    const next = this.next();
    const { lanes, pass } = this;
    const started: { lane: Lane; end: (verified?: Verified) => void }[] = [];
    const begin = (lane: Lane, stage: NonNullable<Lane['stage']>, end: (verified?: Verified) => void, part = '') => {
      startStage(lane, stage, pass.pass);
      this.log.push(`${lane.systemId} ${stage}${part}`);
      started.push({ lane, end });
    };
    const ofRound = (lane: Lane, flag: 'planned' | 'prepared') => () => {
      const round = roundOf(lane, pass.pass);
      if (round !== undefined) round[flag] = true;
      rest(lane);
    };
    const work = (one: RoundWork, stage: 'erase' | 'verify') => {
      const end = (verified = nothingLate) => {
        if (stage === 'verify' && one.rank === 'dependants') takeLate(one.lane, pass.pass + 1, verified);
        endWork(one, stage);
      };
      begin(one.lane, stage, end, one.rank === 'subject-row' ? ' row' : '');
    };
    for (const one of next.erase) work(one, 'erase');
    for (const one of next.verify) work(one, 'verify');
    for (const lane of next.plan) begin(lane, 'plan', ofRound(lane, 'planned'));
    for (const lane of next.prepare) begin(lane, 'prepare', ofRound(lane, 'prepared'));
    if (next.gather) {
      // A person has said that the search may go on, however often systems failed: it is not what is tried here.
      const found = nextSteps(lanes, Number.POSITIVE_INFINITY);
      for (const lane of found.locate) begin(lane, 'locate', () => endLocate(lanes, lane, this.#answer(lane)));
      for (const lane of found.read) begin(lane, 'read', () => endRead(lane, readDone));
    }
    return started;
  }

  /** The step of the whole pass, as the ledger would let it. */
  step(): void {
    const { step } = this.next();
    if (step === null || step === 'close') return;
    this.log.push(`${step} ${this.pass.pass + (step === 'next-pass' ? 1 : 0)}`);
    if (step === 'propose') this.pass.state = 'approved';
    if (step === 'cool-off') this.pass.state = 'cooled';
    if (step === 'no-return') passThrough(this.lanes, this.pass);
    if (step === 'next-pass') Object.assign(this.pass, { pass: this.pass.pass + 1, state: 'open' });
  }

  /** Goes on until nothing starts by itself; `fails` says which stage of which lane parks instead. */
  go(fails: (started: string) => boolean = () => false): void {
    for (let turn = 0; turn < 200; turn++) {
      const from = this.log.length;
      const started = this.start();
      const names = this.log.slice(from);
      for (const [no, { lane, end }] of started.entries()) {
        if (fails(names[no] ?? '')) park(lane, 'system-unreachable', 1);
        else end();
      }
      this.step();
      if (this.log.length === from) return;
    }
    throw new Error('it goes on and on');
  }
}
