/**
 * Decides from look-ups which accounts are the subject's (proved), which may be (candidates, for a named person) and what
 * else the proved ones teach. Proof is one exact hit of a `proof` column that no other account answers to. Everything
 * softer is a candidate: several accounts, other letter case or Unicode composition, a shared mailbox, a former address.
 * A record that leads to no account is proved by an exact hit on a value about which nothing is in doubt. Widens only by
 * unique values on a proved account, never through a company's workspace. What a person rejected stays out.
 */
import type {
  CallContext,
  Candidate,
  CandidateReason,
  Identifier,
  LocateInput,
  LocateResult,
  RecordRef,
  SubjectKey,
} from '../contract.ts';
import { loadCatalogue, requireReadable } from './catalogue.ts';
import type { PostgresClient } from './client.ts';
import type { DataMap } from './data-map.ts';
import { isTombstone } from './erase-traits.ts';
import { displayOf, existing, learn } from './learn.ts';
import {
  accountWaysOf,
  type Hit,
  identifierColumns,
  isDirect,
  type LookupInput,
  lookUp,
  nameOf,
  waysOf,
} from './lookup.ts';
import { learnWindows } from './sessions.ts';

/** See the contract. */
export async function locate(
  client: PostgresClient,
  map: DataMap,
  context: CallContext,
  input: LocateInput,
): Promise<LocateResult> {
  return client.transaction(context, async (tx) => {
    const catalogue = await loadCatalogue(tx, map);
    requireReadable(catalogue, map);
    const lookup: LookupInput = { tx, map, catalogue };
    const accepted = (await existing(lookup, input.accepted)).filter((ref) => !isTombstone(map, ref));
    const hits: Hit[] = [];
    const known = new Set(input.identifiers.map(windowName));
    const asked = new Set<string>();
    let fresh = withoutOwnWindows(input.identifiers, context.systemId);
    let found = decide(hits, accepted, input.rejected);
    let learnt: readonly Identifier[] = [];
    // What the accounts teach is looked up here too, as other systems will, until nothing new comes of it.
    for (let round = 1; round === 1 || (fresh.length > 0 && round <= mostRounds); round += 1) {
      for (const one of fresh) asked.add(namedValue(one));
      hits.push(...(await lookUpAll(lookup, context, fresh)).filter(({ ref }) => !isTombstone(map, ref)));
      found = decide(hits, accepted, input.rejected);
      learnt = await learn(lookup, found.keys, context.systemId);
      fresh = learnt.filter((one) => !asked.has(namedValue(one)));
    }
    const { keys, candidates } = found;
    learnt = [...learnt, ...(await learnWindows(lookup, keys, context.systemId))];
    const shown = await displayOf(
      lookup,
      candidates.map(({ ref }) => ref),
    );
    return {
      keys,
      learnt: learnt.filter((one) => !known.has(windowName(one))),
      candidates: candidates.map((candidate) => ({ ...candidate, display: shown.get(nameOf(candidate.ref)) ?? {} })),
    };
  });
}

/** As many as the whole search has: an account that leads on and on is not one person's. */
const mostRounds = 5;

/** Every identifier in every column of its kind, along every way. */
async function lookUpAll(
  lookup: LookupInput,
  context: CallContext,
  identifiers: readonly Identifier[],
): Promise<readonly Hit[]> {
  const { map } = lookup;
  const hits: Hit[] = [];
  for (const { name, collection, identifier } of identifierColumns(map)) {
    const asked = identifiers.filter(({ kind }) => kind === identifier.kind);
    if (asked.length === 0) continue;
    // A row about somebody who may have no account proves no account: what it bears was typed, or was theirs once.
    const direct = isDirect(collection, identifier);
    const ways = direct ? accountWaysOf(collection) : waysOf(map, name, collection);
    for (const hops of ways) {
      const by = direct ? { ...identifier, match: 'candidate' as const } : identifier;
      hits.push(...(await lookUp(lookup, name, hops, by, asked)));
      context.progress();
    }
    if (direct) hits.push(...(await lookUp(lookup, name, 'direct', identifier, asked)));
    context.progress();
  }
  return hits;
}

/** Without the windows that this system itself taught of a value that is searched by anyway: its rows tell them again. */
function withoutOwnWindows(identifiers: readonly Identifier[], systemId: string): readonly Identifier[] {
  const isDated = ({ from, to }: Identifier) => from !== undefined || to !== undefined;
  const undated = new Set(identifiers.filter((one) => !isDated(one)).map(namedValue));
  return identifiers.filter((one) => one.source !== systemId || !isDated(one) || !undated.has(namedValue(one)));
}

const windowName = ({ kind, value, from, to }: Identifier): string => JSON.stringify([kind, value, from, to]);

/** Which reason a person is shown where several are true. */
const precedence: readonly CandidateReason[] = [
  'several-accounts',
  'shared-mailbox',
  'no-account',
  'other-case',
  'former-address',
  'name-only',
];

/** Pure: what the hits prove, and what they only suggest. */
export function decide(
  hits: readonly Hit[],
  accepted: readonly RecordRef[],
  rejected: readonly RecordRef[],
): { keys: readonly SubjectKey[]; candidates: readonly Omit<Candidate, 'display'>[] } {
  const out = new Set(rejected.map(nameOf));
  const proved = new Map<string, SubjectKey>();
  for (const ref of accepted) if (!out.has(nameOf(ref))) proved.set(nameOf(ref), { ...ref, provedBy: 'accepted' });

  // Who answers to each value now, by its very bytes; a rejected account still answers, or rejecting one would prove another.
  const answering = new Map<string, Set<string>>();
  const accounts = hits.filter((hit) => !hit.isDirect);
  for (const hit of accounts)
    if (isCurrent(hit) && hit.match === 'proof') add(answering, namedValue(hit.identifier), nameOf(hit.ref));

  for (const hit of accounts) {
    const name = nameOf(hit.ref);
    const alone = answering.get(namedValue(hit.identifier))?.size === 1;
    if (hit.match === 'proof' && isCurrent(hit) && alone && !hit.sharedMailbox && !out.has(name) && !proved.has(name))
      proved.set(name, { ...hit.ref, provedBy: hit.identifier.kind });
  }

  // Values that were, are or may be somebody else's too: a record that bears one and leads to no account proves nothing.
  const doubtful = new Set(
    hits
      .filter((hit) =>
        hit.isDirect ? hit.identifier.to !== undefined : isForeign(hit) || !proved.has(nameOf(hit.ref)),
      )
      .map(({ identifier }) => namedValue(identifier)),
  );
  for (const hit of hits) {
    const name = nameOf(hit.ref);
    if (!hit.isDirect || hit.match !== 'proof' || !isCurrent(hit) || doubtful.has(namedValue(hit.identifier))) continue;
    if (!out.has(name) && !proved.has(name)) proved.set(name, { ...hit.ref, provedBy: hit.identifier.kind });
  }

  const candidates = new Map<string, Omit<Candidate, 'display'>>();
  for (const hit of hits) {
    const name = nameOf(hit.ref);
    if (proved.has(name) || out.has(name)) continue;
    const reason = reasonOf(hit);
    const known = candidates.get(name);
    if (known === undefined || precedence.indexOf(reason) < precedence.indexOf(known.reason))
      candidates.set(name, { ref: hit.ref, reason, matchedBy: hit.identifier.kind });
  }
  return { keys: [...proved.values()], candidates: [...candidates.values()] };
}

/** An exact hit on a value that was not given up, neither by the account nor, as far as is known, by the subject. */
function isCurrent(hit: Hit): boolean {
  return hit.exact && !hit.ended && hit.identifier.to === undefined;
}

/** The value is not, or not only, the account's: given up by it, or read by several people. */
function isForeign(hit: Hit): boolean {
  return hit.ended || hit.identifier.to !== undefined || hit.sharedMailbox;
}

function reasonOf(hit: Hit): CandidateReason {
  if (hit.identifier.kind === 'name' || hit.identifier.kind === 'postal_address') return 'name-only';
  if (hit.isDirect) return hit.exact ? 'no-account' : 'other-case';
  if (hit.match === 'candidate' || hit.ended || hit.identifier.to !== undefined) return 'former-address';
  if (!hit.exact) return 'other-case';
  return hit.sharedMailbox ? 'shared-mailbox' : 'several-accounts';
}

const namedValue = (identifier: Identifier): string => JSON.stringify([identifier.kind, identifier.value]);

function add(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}
