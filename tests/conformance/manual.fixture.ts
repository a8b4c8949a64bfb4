/**
 * A system that no program can reach, for the chapters that apply to it: there is no store to put people into, no server to
 * break, and nothing to listen to.
 */
import { manual } from '../../connectors/manual/index.ts';
import type { SystemId } from '../../src/ids.ts';
import type { Fixture, World } from './fixture.ts';

const described = { owner: 'person', role: 'controller', category: 'communication', purpose: 'To answer people' };
const config = {
  /** The edge: a slug written in this file. */
  id: 'account-db' as SystemId,
  name: 'Binder in the office',
  settings: { instructions: 'Look into the binder by name and address.', role: 'agent', days: 10 },
  dataMap: {
    version: 1,
    collections: {
      letters: {
        ...described,
        recordClass: 'support',
        legalBasis: 'contract',
        provenance: 'The person',
        recipients: [],
      },
      forms: { ...described, recordClass: 'account', legalBasis: 'consent', provenance: 'The person', recipients: [] },
    },
  },
  rate: {},
  concurrency: undefined,
};

const nothingThere = () => Promise.reject(new Error('there is no store and no server'));
const faults: World['faults'] = {
  ...{ refused: nothingThere, halfOpen: nothingThere, stallAfter: nothingThere, cutAfter: nothingThere },
  ...{ slow: nothingThere, revokeCredentials: nothingThere, revokePermission: nothingThere },
  ignoresFilter: nothingThere,
  mend: async () => undefined,
};

export const manualFixture: Fixture = {
  kind: 'manual',
  locateCost: 'scan',
  erases: 'manual',
  start: async () => ({
    system: manual.open(config),
    impatient: manual.open(config),
    bulk: 'letters',
    collections: ['letters', 'forms'],
    bulkFields: { marked: '', plain: '' },
    plant: nothingThere,
    unplant: nothingThere,
    listen: nothingThere,
    isAtRest: async () => true,
    faults,
    stop: async () => undefined,
  }),
};
