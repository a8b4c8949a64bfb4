/**
 * The only file that would talk to the system. There is nobody to talk to: whoever needs the system is told that a person has to
 * do it (`by-hand-needed`), which stops the lane with a task and is no failure of the system.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext } from '../contract.ts';

export function askAPerson({ systemId }: Pick<CallContext, 'systemId'>): never {
  throw new HabeasError('by-hand-needed', { where: systemId });
}
