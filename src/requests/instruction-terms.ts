/**
 * What a customer's instruction needs before it may be opened: the key of a workspace, the document that proves the mandate, dates
 * within the law, a contact point, and a configuration that says how every record leads to a workspace, all that is missing named
 * at once. Nothing is stored here. Refuses with `workspace-unusable`, `mandate-needed`, `contact-unusable`,
 * `instruction-dates`, `workspace-undeclared`, `right-unsupported`.
 */
import type { Identifier, Manifest } from '../../connectors/contract.ts';
import { workspaceKind } from '../../connectors/workspace-kind.ts';
import { asWorkspace, findsWorkspaces } from '../../connectors/workspace-view.ts';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { InstructionAct, Right } from '../ledger/states.ts';
import { type CivilDate, parseCivilDate } from '../policy/clock/index.ts';
import {
  type AgreedDates,
  type InstructionDates,
  instructionDates,
  switchingRules,
} from '../policy/instructions/index.ts';
import { sha256Hex } from '../security/canonical.ts';
import { type Contact, parseContact } from './contact.ts';
import type { Attachment } from './create.ts';
import { checkIdentifiers } from './identifiers.ts';

/** As a front door takes it. Personal data. */
export interface GivenInstruction extends AgreedDates {
  readonly act: InstructionAct;
  /** The workspace's key. */
  readonly workspace: string;
  /** `KIND=VALUE`: by what else systems know the workspace, where the account database does not say it. */
  readonly others?: readonly string[] | undefined;
  readonly mandate: Attachment;
  /** Where the export goes: an address of whoever gives the instruction. */
  readonly contact: string;
}

/** Checked. Personal data. */
export interface InstructionTerms {
  readonly act: InstructionAct;
  readonly identifiers: readonly Identifier[];
  readonly mandate: Attachment;
  readonly mandateSha256: string;
  readonly contact: Contact;
}

const longestKey = 200;

export function instructionTerms(given: GivenInstruction, manifests: readonly Manifest[]): InstructionTerms {
  const value = given.workspace.normalize('NFC').trim();
  // Control characters stand in no key, and would stand in what people read.
  if (value === '' || value.length > longestKey || /\p{Cc}/u.test(value))
    throw new HabeasError('workspace-unusable', { where: '--workspace' });
  const others = given.others ?? [];
  // One mandate, one workspace.
  if (others.some((one) => one.startsWith(`${workspaceKind}=`)))
    throw new HabeasError('identifier-kind', { where: `--identifier: not ${workspaceKind}` });
  if (given.mandate.bytes.length === 0) throw new HabeasError('mandate-needed', { where: '--mandate' });
  return {
    act: given.act,
    identifiers: [
      { kind: workspaceKind, value, source: 'request' },
      ...(others.length === 0 ? [] : checkIdentifiers({ others }, manifests)),
    ],
    mandate: given.mandate,
    mandateSha256: sha256Hex(given.mandate.bytes),
    contact: parseContact(given.contact),
  };
}

/** Everything is exported before it is erased. */
export function rightsOfInstruction(act: InstructionAct): readonly Right[] {
  return act === 'erase' ? ['workspace-export', 'erasure'] : ['workspace-export'];
}

/** The dates that were agreed, within what the law allows. */
export function datesOfInstruction(given: AgreedDates, receivedOn: string): InstructionDates {
  return instructionDates(parseCivilDate(receivedOn, '--received'), given);
}

/** The date by which the export is due, for the clock. */
export function agreedDate(transitionEnds: CivilDate) {
  const { law, section, source, confidence } = switchingRules.transition;
  return { on: transitionEnds, rule: { id: switchingRules.id, law, section, source, confidence } };
}

/**
 * Manifests of all systems as the instruction sees them. A system in which no program finds workspaces is a person's to look
 * through; one in which it can must say how, of every collection.
 */
export function requireWorkspaces(deps: Pick<Deps, 'config' | 'systems'>, act: InstructionAct): readonly Manifest[] {
  const missing: string[] = [];
  const manifests = deps.config.systems.map(({ id }) => {
    const system = deps.systems.get(id);
    if (system === undefined) throw new HabeasError('system-not-configured', { where: id });
    if (findsWorkspaces(system)) {
      const { toFind = [], toErase = [] } = system.workspace?.undeclared ?? {};
      missing.push(...[...toFind, ...(act === 'erase' ? toErase : [])].map((place) => `${id}: ${place}`));
      if (act === 'erase' && system.workspace?.erase === undefined)
        throw new HabeasError('right-unsupported', { where: id });
    }
    return asWorkspace(system).manifest;
  });
  if (missing.length > 0) throw new HabeasError('workspace-undeclared', { where: missing.join('; ') });
  return manifests;
}
