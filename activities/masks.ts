/**
 * What of other people is proposed to be masked in a reading: once it is read to its end, every chunk of what the person had not seen is
 * opened, looked through record by record, and its proposals are sealed beside it. An attempt goes on after the last chunk with a row.
 * Then one `mask` task asks a person to review them; the lane waits for it, and nothing of the reading is packaged before. Texts pass
 * through memory only; numbers and hashes come out.
 */
import { setImmediate } from 'node:timers/promises';
import type { Participant, System } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { holdLane } from '../src/ledger/lanes.ts';
import { addMaskedChunk, chunksToMask, maskedChunks, masksHash, setReview } from '../src/ledger/masks.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import { taskTerms } from '../src/ledger/task-kinds.ts';
import { closeUnasked, dedupeOf, openTask, openTaskIds } from '../src/ledger/tasks.ts';
import { type KnownPeople, knownPeople } from '../src/masking/people.ts';
import { type Proposal, proposeFor } from '../src/masking/propose.ts';
import { openChunks } from '../src/package/staged.ts';
import { putProposals } from '../src/staging/masks.ts';
import { peopleIn } from '../src/staging/people.ts';
import { allIdentifiers, loadKnown } from './located.ts';
import { peopleNeeded } from './people-needed.ts';
import type { StageRun } from './stage.ts';

const breathBytes = 256 * 1024;

type MaskDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'now'>;

/** Proposals for every chunk that needs them and has none yet. */
export async function proposeMasks(
  deps: MaskDeps,
  run: StageRun,
  reading: { readonly key: RoundKey; readonly system: System; readonly workingKey: Buffer },
): Promise<void> {
  const { key, system, workingKey } = reading;
  const { db } = deps.ledger;
  const chunks = await chunksToMask(db, key);
  if (chunks.length === 0) return;
  const before = await maskedChunks(db, key);
  const left = chunks.slice(before.length);
  let firstRecord = chunks.slice(0, before.length).reduce((sum, { count }) => sum + count, 0);
  let firstMask = before.reduce((sum, { masks }) => sum + masks, 0);
  const whoIsWho = peopleOf(subjectIn(allIdentifiers(await loadKnown(deps, key.requestId))));
  const bucket = deps.config.s3.stagingBucket;
  const { requestId } = key;
  const { signal } = run;
  const store = { storage: deps.storage, bucket, workingKey, requestId, signal };
  const progress = () => run.progress();
  for await (const { chunk, bytes, offsets } of openChunks({ ...store, signal, progress }, left)) {
    const files = system.collections.find(({ collection }) => collection === chunk.collection)?.files ?? [];
    const masks: Proposal[] = [];
    const privileged: number[] = [];
    let looked = 0;
    for (let no = 0; no < chunk.count; no += 1) {
      const from = offsets[2 * no] ?? 0;
      const line = bytes.lastIndexOf(0x0a, from) + 1;
      const people = peopleIn(bytes, line, bytes.indexOf(0x0a, from), chunk.collection);
      const record = { no, bytes, from, to: offsets[2 * no + 1] ?? 0 };
      const proposed = proposeFor(record, { people, known: whoIsWho(people), files });
      masks.push(...proposed.masks);
      if (proposed.isPrivileged) privileged.push(no);
      looked += record.to - record.from;
      // A full chunk takes seconds: heartbeats and other lanes come in between.
      if (looked < breathBytes) continue;
      looked = 0;
      await setImmediate();
      signal.throwIfAborted();
    }
    const { objectName, tag } = await putProposals(store, chunk, { files, masks, privileged });
    const { system_id, round, stream_no, chunk_no } = chunk;
    const row = { system_id, round, stream_no, chunk_no, object_name: objectName, tag };
    const numbers = { first_record: firstRecord, first_mask: firstMask, masks: masks.length };
    await db.transaction().execute(async (trx) => {
      await holdLane(trx, run.fence);
      await addMaskedChunk(trx, requestId, { ...row, ...numbers });
    });
    firstRecord += chunk.count;
    firstMask += masks.length;
  }
}

/**
 * Opens the review of a reading, and closes one of an earlier reading that nobody needs any more. Returns how many are open; in the
 * caller's transaction, which holds the request's lock.
 */
export async function askForReview(
  deps: Pick<Deps, 'config'>,
  trx: LedgerTransaction,
  { key, workingKey, at }: { readonly key: RoundKey; readonly workingKey: Buffer | undefined; readonly at: Date },
): Promise<number> {
  const { requestId, systemId, round } = key;
  const about = { requestId, systemId, kind: 'mask' } as const;
  const isNeeded = workingKey !== undefined && (await maskedChunks(trx, key)).length > 0;
  if (!isNeeded) {
    await closeUnasked(trx, about, new Set(), at);
    return 0;
  }
  const { internal_target_on: dueOn } = await trx
    .selectFrom('requests')
    .select('internal_target_on')
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  const taskId = await openTask(trx, {
    ...about,
    ...taskTerms.mask,
    dueOn,
    code: 'masks-to-review',
    objectSealed: null,
    peopleNeeded: peopleNeeded(deps, 'mask'),
    at,
    dedupe: dedupeOf(workingKey, ['mask', systemId, round]),
    aboutSha256: await masksHash(trx, key),
  });
  await setReview(trx, key, taskId);
  await closeUnasked(trx, about, new Set([taskId]), at);
  return (await openTaskIds(trx, about)).length;
}

function subjectIn(identifiers: readonly { readonly kind: string; readonly value: string }[]): Participant {
  const isName = ({ kind }: { readonly kind: string }) => kind === 'name';
  return {
    who: 'subject',
    names: identifiers.filter(isName).map(({ value }) => value),
    addresses: identifiers.filter((one) => !isName(one)).map(({ value }) => value),
  };
}

/** Records of one conversation have the same people: what was made ready last is used again. */
function peopleOf(subject: Participant): (people: readonly Participant[]) => KnownPeople {
  let last = '';
  let known = knownPeople([subject]);
  return (people) => {
    const name = JSON.stringify(people);
    if (name !== last) known = knownPeople([subject, ...people]);
    last = name;
    return known;
  };
}
