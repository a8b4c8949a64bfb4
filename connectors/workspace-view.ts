/**
 * A system as a customer's instruction sees it: asked about a whole workspace instead of a person. Where its manifest says that
 * it can be, its workspace stages stand in the place of those for people; where not, everything in it is a task of a person,
 * as in a system that no program can reach. Composes; knows no system.
 */
import type { Manifest, System } from './contract.ts';
import { erase } from './manual/erase.ts';
import { locate } from './manual/locate.ts';
import { prepare } from './manual/prepare.ts';
import { read } from './manual/read.ts';
import { verify } from './manual/verify.ts';

/** What is said to whoever is asked about a system in which no program can find a workspace. */
const instructions =
  'No program can find a whole workspace in this system. Look for the workspace by the identifiers below; the people among them are those who go with it. Hand in what is the workspace’s for an export, and for an erasure erase it, with the people’s own records. Leave records of other customers and of other people alone.';

/** Days until it is due; of an export never later than the instruction's own date. */
const days = 14;

/** Whether a program can be asked about a workspace in it. */
export function findsWorkspaces({ manifest, workspace }: System): boolean {
  return manifest.workspace !== undefined && workspace !== undefined;
}

export function asWorkspace(system: System): System {
  const { manifest, workspace } = system;
  if (manifest.workspace !== undefined && workspace !== undefined) {
    const { locate, read, prepare, erase, verify } = workspace;
    const needs = manifest.workspace.needs.map((kind) => ({ kind, unique: true, caseSensitive: true }));
    return {
      ...only(system, { ...manifest, needs, locateCost: 'lookup' }),
      ...{ locate, read },
      ...(prepare === undefined ? {} : { prepare }),
      ...(erase === undefined ? {} : { erase }),
      ...(verify === undefined ? {} : { verify }),
    };
  }
  return byHand(system);
}

/** Without what is only for people. */
function only(system: System, manifest: Manifest): Pick<System, 'manifest' | 'collections' | 'check' | 'close'> {
  const { collections } = system;
  return { manifest, collections, check: (context) => system.check(context), close: () => system.close() };
}

function byHand(system: System): System {
  const map = { collections: Object.fromEntries(system.collections.map((one) => [one.collection, one])) };
  // Of a system that is a person's anyway, what its configuration says of how comes after what is looked for.
  const own = system.manifest.manual;
  const manual =
    own === undefined
      ? { role: 'officer' as const, instructions, days }
      : { ...own, instructions: `${instructions}\n\n${own.instructions}` };
  return {
    ...only(system, {
      ...system.manifest,
      ...{ needs: [], gives: [], locateCost: 'scan', manual },
    }),
    locate: (_, input) => locate(map, input),
    read: (context, input) => read(map, context, input),
    prepare: () => prepare(),
    erase: (context) => erase(context),
    verify: (context) => verify(context),
  };
}
