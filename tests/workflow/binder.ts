/** A binder that no program can reach, in the place of the billing system, and staff who are written to about it. */

import type { System } from '../../connectors/contract.ts';
import { manual } from '../../connectors/manual/index.ts';
import type { SystemId } from '../../src/ids.ts';
import type { MailCatcher } from '../support/mail-catcher.ts';
import type { World } from './world.ts';

export const proof = { name: 'anna.marker.png', bytes: Buffer.from('a picture of the binder of Anna Marker') };
export const said = { proof, files: [], reason: 'Looked by name' };

const described = {
  ...{ owner: 'person', role: 'controller', category: 'communication', purpose: 'To answer people' },
  ...{ recipients: [] },
};
const letters = { ...described, recordClass: 'account', legalBasis: 'contract', provenance: 'The person' };
/** What a law keeps. */
export const bills = {
  ...{ ...described, recordClass: 'invoice', legalBasis: 'legal-obligation', provenance: 'Made from the order' },
};

/** Letters, and what else is in it. */
export function openBinder(more: Readonly<Record<string, unknown>> = {}): System {
  return manual.open({
    id: 'billing' as SystemId,
    name: 'Binder in the office',
    settings: { instructions: 'Look into the binder by name and address.', role: 'agent', days: 10 },
    dataMap: { version: 1, collections: { letters, ...more } },
    rate: {},
    concurrency: undefined,
  });
}

/** Letters to people go out; whoever has no address here is not written to. */
export function writeTo(world: World, mails: MailCatcher, emails: Readonly<Record<string, string>>): void {
  const { config } = world.deps;
  Object.assign(config, {
    mail: { ...config.mail, url: mails.url },
    people: config.people.map((person) => ({ ...person, email: emails[person.id] })),
  });
}
