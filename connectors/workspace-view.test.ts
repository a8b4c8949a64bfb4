/** What is said to whoever is asked about a workspace in a system that is a person's anyway. */
import { describe, expect, it } from '@jest/globals';
import type { SystemId } from '../src/ids.ts';
import { manual } from './manual/index.ts';
import { asWorkspace } from './workspace-view.ts';

const own = 'Look into the binder in the office.';
const binder = manual.open({
  id: 'binder' as SystemId,
  name: 'Binder in the office',
  settings: { instructions: own, role: 'agent', days: 10 },
  dataMap: {
    version: 1,
    collections: {
      letters: {
        ...{ owner: 'person', role: 'controller', category: 'communication', purpose: 'To answer people' },
        ...{ recordClass: 'account', legalBasis: 'contract', provenance: 'The person', recipients: [] },
      },
    },
  },
  rate: {},
  concurrency: undefined,
});

describe('a system by hand, about a workspace', () => {
  it('says first that the workspace is looked for, then how; of whom and by when stays as configured', () => {
    const { manual: work } = asWorkspace(binder).manifest;
    expect(work).toMatchObject({ role: 'agent', days: 10 });
    expect(work?.instructions).toMatch(/^No program can find a whole workspace/);
    expect(work?.instructions.endsWith(`\n\n${own}`)).toBe(true);
  });

  it('names whoever asks as it does for a person', async () => {
    const context = { systemId: 'binder' as SystemId, signal: new AbortController().signal, progress: () => undefined };
    const question = {
      identifiers: [{ kind: 'workspace', value: '10', source: 'request' }],
      accepted: [],
      rejected: [],
    };
    expect(await asWorkspace(binder).locate(context, question)).toEqual(await binder.locate(context, question));
  });
});
