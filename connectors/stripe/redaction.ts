/**
 * Stripe's redaction jobs, as far as one round of erasing needs them: for each object whose fields nobody can change, a job is found
 * or made, run when it is ready and never before, and looked at again; what Stripe refuses is told with the day on which that ends.
 * Nothing is remembered between calls: jobs are found again at Stripe by the objects in them, so that an interrupted attempt goes on.
 * Jobs only ever validate with `error`: with `fix` Stripe would void, cancel and detach what nobody planned.
 * Sources: docs.stripe.com/api/privacy/redaction-job, /privacy/redaction, /privacy/deletion-requests (public preview, November 2026).
 */
import type { CallContext, WaitingRecord } from '../contract.ts';
import { idIn, type StripeClient, type StripeObject } from './client.ts';
import { valueAt } from './data-map.ts';
import { type Reach, type RedactionRoot, reachOf } from './redaction-reach.ts';

/** Redaction jobs are in no other version of the API. */
export const previewVersion = '2026-10-28.preview';
export const jobsPath = '/v1/privacy/redaction_jobs';

/** "We have a limit of 10 object identifiers to redact in each new job." */
const idsAtMost = 10;
/** "Transactions don't support deletion and can only be redacted after 90 days." */
const transactionSeconds = 90 * 86_400;
/** Jobs older than this are nobody's any more; Stripe has said that one takes up to seven days. */
const jobSeconds = 60 * 86_400;

/** States of a job that has its objects for itself. */
const unfinished = ['created', 'validating', 'ready', 'failed', 'redacting'];

/** `running`: to be asked about again. Else it waits, as the contract says it. */
export type Verdict = 'running' | Pick<WaitingRecord, 'from' | 'code'>;

interface Job {
  readonly id: string;
  readonly status: string;
  readonly ids: readonly string[];
}

export interface RedactorDependencies {
  /** Of the key that reads, in the version that everything else is read in. */
  readonly client: StripeClient;
  /** Of the key that may order redactions, in the preview version. */
  readonly redactor: StripeClient;
  readonly context: CallContext;
  /** Names the effect to Stripe. */
  readonly effectKey: string | undefined;
  /** Ids of everything that is planned to go: a job that would take more is not made and not run. */
  readonly going: ReadonlySet<string>;
  /** Whether an object has been redacted already: it takes nothing more along. */
  readonly isRedacted: (kind: RedactionRoot['kind'], object: StripeObject) => boolean;
  /** The day of an instant (Unix seconds), where the company counts its days. */
  readonly day: (unix: number) => string;
}

export class Redactor {
  readonly #deps: RedactorDependencies;
  /** Roots that may be in no job that is run. */
  readonly #excluded = new Set<string>();

  constructor(deps: RedactorDependencies) {
    this.#deps = deps;
  }

  /** One step forward for these objects: what it led to, by the root's id. */
  async advance(roots: readonly RedactionRoot[]): Promise<ReadonlyMap<string, Verdict>> {
    const verdicts = new Map<string, Verdict>();
    const reaches = new Map<string, Reach>();
    const { jobs, now } = await this.#jobs();
    for (const root of new Map(roots.map((one) => [one.id, one])).values()) {
      const reach = await reachOf(this.#deps, root);
      const against = this.#against(reach, now);
      if (against === undefined) reaches.set(root.id, reach);
      else {
        this.#excluded.add(root.id);
        verdicts.set(root.id, against);
      }
    }
    const loose: Reach[] = [];
    const known = new Map<Job, Reach[]>();
    for (const reach of reaches.values()) {
      const job = jobs.find(({ ids }) => ids.includes(reach.root.id));
      if (job === undefined) loose.push(reach);
      else known.set(job, [...(known.get(job) ?? []), reach]);
    }
    for (const [job, of] of known) for (const [id, verdict] of await this.#move(job, of)) verdicts.set(id, verdict);
    await this.#createSome(loose, jobs);
    for (const { root } of loose) verdicts.set(root.id, 'running');
    return verdicts;
  }

  /** An object can be in one job at a time, and what is bound to it counts as in it: those wait until that job has ended. */
  async #createSome(loose: readonly Reach[], jobs: readonly Job[]): Promise<void> {
    const taken = new Set(jobs.flatMap(({ ids }) => ids));
    let batch: Reach[] = [];
    const flush = async () => {
      if (batch.length > 0) await this.#create(batch.map(({ root }) => root));
      for (const { root } of batch) taken.add(root.id);
      batch = [];
    };
    for (const reach of loose) {
      if (batch.length === idsAtMost) await flush();
      if (![...reach.ids].some((id) => taken.has(id))) batch.push(reach);
    }
    await flush();
  }

  /**
   * What stands against an order before Stripe is asked: something of it is too young, or it reaches further than planned. The age comes first,
   * because nothing helps before it: so what is bound together comes back together.
   */
  #against({ isPlanned, paid }: Reach, now: number): Verdict | undefined {
    const ripe = Math.max(0, ...paid.values()) + transactionSeconds;
    if (ripe > now) return this.#notYet(ripe);
    return isPlanned ? undefined : { from: null, code: 'vendor-reaches-more' };
  }

  /** The day after: whatever the hour, it is old enough then. */
  #notYet(ripe: number): Verdict {
    return { from: this.#deps.day(ripe + 86_400), code: 'vendor-not-yet' };
  }

  /** Jobs that have not ended, the newest first, and Stripe's own clock. */
  async #jobs(): Promise<{ readonly jobs: readonly Job[]; readonly now: number }> {
    const { redactor, context } = this.#deps;
    const jobs: Job[] = [];
    let now = 0;
    const query = { expand: ['data.objects'] };
    for await (const { objects, asOf } of redactor.list(context, jobsPath, 'redaction_jobs', query)) {
      jobs.push(...objects.filter(({ status }) => unfinished.includes(String(status))).map(jobOf));
      now = Date.parse(asOf) / 1_000;
      if (Number(objects.at(-1)?.created) < now - jobSeconds) break;
    }
    return { jobs, now };
  }

  async #create(roots: readonly RedactionRoot[]): Promise<void> {
    const { redactor, context, effectKey } = this.#deps;
    const objects: Record<string, string[]> = {};
    for (const { kind, id } of roots) objects[kind] = [...(objects[kind] ?? []), id];
    const key = effectKey === undefined ? undefined : [effectKey, 'redaction', ...roots.map(({ id }) => id)];
    const params = { objects, validation_behavior: 'error' };
    await redactor.change(context, 'POST', jobsPath, 'redaction_jobs', params, key);
  }

  async #move(job: Job, reaches: readonly Reach[]): Promise<ReadonlyMap<string, Verdict>> {
    const all = (verdict: Verdict) => new Map(reaches.map(({ root }) => [root.id, verdict]));
    const isOurs = job.ids.every((id) => this.#deps.going.has(id));
    if (job.status === 'ready') {
      // Somebody ordered it elsewhere, with objects that nobody planned here.
      if (!isOurs) return all({ from: null, code: 'vendor-job-refused' });
      await this.#order(job, job.ids.some((id) => this.#excluded.has(id)) ? 'cancel' : 'run');
      return all('running');
    }
    if (job.status !== 'failed') return all('running');
    const verdicts = await this.#refused(job, reaches);
    if (!isOurs) return verdicts;
    // While it is there, its objects can be in no other job; the good ones go on in one without the others.
    await this.#order(job, 'cancel');
    await this.#createSome(
      reaches.filter(({ root }) => verdicts.get(root.id) === 'running'),
      [],
    );
    return verdicts;
  }

  async #order({ id }: Job, verb: 'run' | 'cancel'): Promise<void> {
    const { redactor, context } = this.#deps;
    await redactor.change(context, 'POST', `${jobsPath}/${idIn(id)}/${verb}`, 'redaction_jobs', {}, undefined);
  }

  /** Why a job failed, root by root; those without an error are put into another one. */
  async #refused(job: Job, reaches: readonly Reach[]): Promise<ReadonlyMap<string, Verdict>> {
    const { redactor, context } = this.#deps;
    const errors: { readonly id: string; readonly code: string }[] = [];
    let now = 0;
    const path = `${jobsPath}/${idIn(job.id)}/validation_errors`;
    for await (const { objects, asOf } of redactor.list(context, path, 'redaction_jobs', {})) {
      now = Date.parse(asOf) / 1_000;
      errors.push(
        ...objects.map((one) => ({ id: String(valueAt(one, 'erroring_object.id')), code: String(one.code) })),
      );
    }
    const hits = reaches.map((reach) => ({ reach, of: errors.filter(({ id }) => reach.ids.has(id)) }));
    // Which of them it is about Stripe does not say: then it is about all.
    const isVague = hits.every(({ of }) => of.length === 0);
    return new Map(
      hits.map(({ reach, of }): [string, Verdict] => {
        if (of.length === 0 && !isVague) return [reach.root.id, 'running'];
        return [reach.root.id, this.#whyNot(reach, of, now)];
      }),
    );
  }

  /** A transaction that is too young says by itself until when; anything else somebody has to look at. */
  #whyNot({ paid }: Reach, errors: readonly { readonly id: string; readonly code: string }[], now: number): Verdict {
    // The other job ends some day; then this is ordered anew.
    if (errors.some(({ code }) => code === 'locked_by_other_job')) return 'running';
    const own = errors.filter(({ code }) => code !== 'invalid_cascading_source');
    const ripe = own.map(({ id, code }) => {
      const at = paid.get(id);
      return code === 'invalid_state' && at !== undefined ? at + transactionSeconds : 0;
    });
    const isYoung = ripe.length > 0 && ripe.every((at) => at > now);
    return isYoung ? this.#notYet(Math.max(...ripe)) : { from: null, code: 'vendor-job-refused' };
  }
}

function jobOf(job: StripeObject): Job {
  const objects = job.objects;
  const lists: unknown[] = typeof objects === 'object' && objects !== null ? Object.values(objects) : [];
  const ids = lists.flatMap((list) => (Array.isArray(list) ? list.map(String) : []));
  return { id: job.id, status: String(job.status), ids };
}
