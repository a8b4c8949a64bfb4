/**
 * The connector for a system that no program can reach: mailboxes, spreadsheets, paper, a processor with a web form. It calls
 * nobody: its manifest says who is asked (`manual`), and every content read, every erasure and every other right is a task of a
 * person, whose answer is attested with proof. Its stages only say that there is nothing here for a program to do.
 */
import type { CollectionDescription, Connector, Manifest, System, SystemConfig } from '../contract.ts';
import { check } from './check.ts';
import { type DataMap, DataMapSchema } from './data-map.ts';
import { erase } from './erase.ts';
import { locate } from './locate.ts';
import { prepare } from './prepare.ts';
import { read } from './read.ts';
import { type Settings, SettingsSchema } from './settings.ts';
import { parseConfig, validate } from './validate.ts';
import { verify } from './verify.ts';

export const manual: Connector = {
  kind: 'manual',
  settingsSchema: SettingsSchema,
  dataMapSchema: DataMapSchema,
  validate,
  open,
};

function open(config: SystemConfig): System {
  const { settings, map } = parseConfig(config);
  return {
    manifest: manifestOf(settings, config.concurrency),
    collections: collectionsOf(map),
    check: () => check(settings),
    locate: (_, input) => locate(map, input),
    read: (context, input) => read(map, context, input),
    prepare: () => prepare(),
    erase: (context) => erase(context),
    verify: (context) => verify(context),
    close: async () => undefined,
  };
}

function manifestOf({ instructions, role, owner, days }: Settings, concurrency: number | undefined): Manifest {
  return {
    kind: 'manual',
    stages: ['check', 'locate', 'read', 'prepare', 'erase', 'verify'],
    rights: ['access', 'erasure'],
    // People search by whatever they are told; what no program can search by still has to be found by a person first.
    needs: [],
    gives: [],
    // Asked when every system that can be looked up has answered, so that the task says all that is known of the person.
    locateCost: 'scan',
    concurrency: concurrency ?? 4,
    verifiedAgainst: ['People: what they say is attested with proof, and read back by nobody.'],
    verification: 'description',
    manual: { instructions, role, owner, days },
    erase: {
      mode: 'manual',
      reversible: false,
      timeToGone: 'When the person who answers the task says so.',
      alreadyGone: 'Whoever answers counts as found what is there; what is gone already is `absent`, or not found.',
      sideEffects: ['Copies that people keep elsewhere are nobody’s to see: the instructions must name them.'],
    },
    canRefuse: ['by-hand-needed'],
    weaknesses: [
      'Nothing is read back: what was found, given and erased is the word of a named person, with proof, and shown as attested.',
      'Whether another person’s data is among what was handed in for the package, nobody checks but whoever hands it in.',
      'What is kept by hand is told with its law and its last day; no sweep can erase it by itself.',
    ],
  };
}

function collectionsOf(map: DataMap): readonly CollectionDescription[] {
  return Object.entries(map.collections).map(([collection, described]) => ({ collection, ...described, fields: [] }));
}
