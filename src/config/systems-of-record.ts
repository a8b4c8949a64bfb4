/**
 * One system of record for each class of documents that a law keeps: of what several systems have, `policy.retention.systemOfRecord` says
 * which has the originals. What the others have are copies, and no law keeps those, so that nobody may be silent about it. Several
 * collections of one system are one original (a document and its lines). What is held as a processor is the customer's to keep. Looks at
 * the data maps as they are written, so that it says all of it also beside other mistakes. Pure.
 */
import { basename } from 'node:path';
import { classKinds, kindOf } from '../policy/retention/index.ts';
import { Look } from './look.ts';
import { type Mistake, segment } from './mistakes.ts';
import type { Source } from './source.ts';

/** A system with the data map that it names. */
export interface MappedSource {
  readonly system: string;
  readonly map: Source;
}

interface Claim {
  readonly system: string;
  readonly map: Source;
  /** Of the collection's record class, in the map. */
  readonly pointer: string;
}

const place = '/policy/retention/systemOfRecord';

/** Every class that two systems claim and nobody decided about, and every decision that fits no data map. */
export function systemsOfRecord(source: Source, value: unknown, mapped: readonly MappedSource[]): readonly Mistake[] {
  const named = recordIn(new Look(value).at(place));
  const systems = new Look(value).entries('/systems').map((entry) => new Look(value).text(`${entry}/id`));
  const claims = claimsOf(mapped);
  const mistakes: Mistake[] = [];
  for (const [recordClass, all] of claims) {
    if (Object.hasOwn(named, recordClass)) continue;
    const [first, ...others] = new Map(all.map((claim) => [claim.system, claim])).values();
    const last = others.at(-1);
    if (first === undefined || last === undefined) continue;
    const where = [first, ...others].map(({ system, map, pointer }) => `\`${system}\` (${lineIn(map, pointer)})`);
    mistakes.push(
      last.map.mistake(
        last.pointer,
        `Several systems claim the originals of \`${recordClass}\`: ${where.join(', ')}.`,
        `A law keeps the originals, and copies follow their own basis: write \`${recordClass}: SYSTEM\` under \`policy.retention.systemOfRecord\` of ${basename(source.file)}, or give the copies a class of their own with a period.`,
      ),
    );
  }
  for (const [recordClass, system] of Object.entries(named)) {
    const at = `${place}/${segment(recordClass)}`;
    const claimants = [...new Set((claims.get(recordClass) ?? []).map((claim) => claim.system))];
    if (!isKeptByLaw(recordClass))
      mistakes.push(
        source.mistake(
          at,
          'No law keeps this class: nothing of it is an original.',
          `Remove it. ${lawfulClasses}`,
          'key',
        ),
      );
    else if (!systems.includes(String(system)))
      mistakes.push(source.mistake(at, 'There is no system of this id.', 'Write the `id` of one of `systems`.'));
    // Of a map that could not be read nobody knows what it claims.
    else if (!claimants.includes(String(system)) && mapped.some((one) => one.system === system))
      mistakes.push(
        source.mistake(
          at,
          'The data map of this system has no collection of this class that the company holds for itself.',
          claimants.length === 0
            ? 'Remove it: no system has records of this class.'
            : `Write one of: ${claimants.join(', ')}; or remove it where one alone has them.`,
        ),
      );
  }
  return mistakes;
}

const isKeptByLaw = (recordClass: string): boolean => ['by-law', 'by-supply'].includes(kindOf(recordClass) ?? '');
const lawfulClasses = `It is for classes of the kind by-law or by-supply (docs/retention.md): ${classKinds['by-law']}`;

/** By class that a law keeps: where collections that the company holds for itself are said to be of it. */
function claimsOf(mapped: readonly MappedSource[]): ReadonlyMap<string, readonly Claim[]> {
  const claims = new Map<string, Claim[]>();
  for (const { system, map } of mapped)
    for (const [name, collection] of Object.entries(recordIn(new Look(map.value).at('/collections')))) {
      const { recordClass, role } = recordIn(collection);
      if (typeof recordClass !== 'string' || !isKeptByLaw(recordClass) || role === 'processor') continue;
      const pointer = `/collections/${segment(name)}/recordClass`;
      claims.set(recordClass, [...(claims.get(recordClass) ?? []), { system, map, pointer }]);
    }
  return claims;
}

const lineIn = (map: Source, pointer: string): string => `${basename(map.file)}:${map.line(pointer)}`;

function recordIn(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
