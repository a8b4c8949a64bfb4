/**
 * Conformance, chapter manifest: what a connector says of itself is true of its folder, and its README begins with the
 * rights it serves.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { registry } from '../../connectors/registry.ts';
import { rights } from '../../src/ledger/states.ts';
import type { Fixture } from './fixture.ts';
import { worldOf } from './suite.ts';

/** Every stage a connector may ever have; a file of one of these names is that stage. */
const stages = [
  'check',
  'locate',
  'read',
  'prepare',
  'erase',
  'verify',
  'restrict',
  'rectify',
  'suppress',
  'exclusivity',
];

export function describeManifest(fixture: Fixture): void {
  describe('manifest', () => {
    const world = worldOf(fixture);
    const folder = join(import.meta.dirname, '..', '..', 'connectors', fixture.kind);

    it('lists exactly the stages that have a file', async () => {
      const names = (await readdir(folder)).map((name) => name.replace(/\.ts$/, ''));
      expect([...world().system.manifest.stages].sort()).toEqual(
        stages.filter((stage) => names.includes(stage)).sort(),
      );
    });

    it('has the files that every connector has', async () => {
      expect(await readdir(folder)).toEqual(expect.arrayContaining(['index.ts', 'client.ts', 'README.md']));
    });

    it('says in the first line of its README which rights it serves', async () => {
      const [title = '', ...rest] = (await readFile(join(folder, 'README.md'), 'utf8')).split('\n');
      const first = title.startsWith('#') ? (rest.find((line) => line.trim() !== '') ?? '') : title;
      for (const right of world().system.manifest.rights) expect(first).toContain(rights[right]);
    });

    it('describes every collection for the register of processing activities', () => {
      expect(
        world()
          .system.collections.map(({ collection }) => collection)
          .sort(),
      ).toEqual([...world().collections].sort());
    });

    it('can say who else was at a place exactly where it says of which kinds it can', () => {
      const { system, impatient } = world();
      for (const one of [system, impatient]) {
        const kinds = one.manifest.exclusivity ?? [];
        expect(one.exclusivity !== undefined).toBe(kinds.length > 0);
        expect(one.manifest.gives).toEqual(expect.arrayContaining([...kinds]));
        // Who scans learns nothing, so it has no windows to be asked about.
        if (one.manifest.locateCost === 'scan') expect(kinds).toEqual([]);
      }
    });

    it('can be asked about a whole workspace exactly where it says by what, with the stages that it has for people', () => {
      const { system } = world();
      const { manifest, workspace } = system;
      expect(workspace !== undefined).toBe(manifest.workspace !== undefined);
      if (workspace === undefined) return;
      expect(manifest.workspace?.needs).not.toEqual([]);
      for (const stage of ['prepare', 'erase', 'verify'] as const)
        expect(workspace[stage] !== undefined).toBe(system[stage] !== undefined);
    });

    it('says how it erases exactly where it erases, and then has every stage that an erasure needs', () => {
      const { system } = world();
      const { manifest } = system;
      expect(manifest.erase?.mode).toBe(fixture.erases);
      const stages = ['prepare', 'erase', 'verify'] as const;
      for (const stage of stages) {
        expect(system[stage] !== undefined).toBe(manifest.erase !== undefined);
        expect(manifest.stages.includes(stage)).toBe(manifest.erase !== undefined);
      }
      expect(manifest.rights.includes('erasure')).toBe(manifest.erase !== undefined);
    });

    it('is tried by the chapter of verbs where it has any', () => {
      const { system } = world();
      const verbs = (['restrict', 'rectify', 'suppress'] as const).filter((verb) => system[verb] !== undefined);
      expect([...(fixture.verbs ?? [])].sort()).toEqual([...verbs].sort());
    });

    it('looks up, or scans, as the suite takes it', () => {
      expect(world().system.manifest.locateCost).toBe(fixture.locateCost ?? 'lookup');
      if (fixture.locateCost === 'scan') expect(world().system.manifest.gives).toEqual([]);
    });

    it('is registered under its kind, and opens only what it found no mistake in', () => {
      expect(world().system.manifest.kind).toBe(fixture.kind);
      expect(registry.get(fixture.kind)?.kind).toBe(fixture.kind);
    });
  });
}
