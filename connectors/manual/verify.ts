/** Nothing can be read back: only a person can say that it is gone, and has said so with the answer to the task. */
import type { CallContext } from '../contract.ts';
import { askAPerson } from './client.ts';

/** See the contract. */
export async function verify(context: CallContext): Promise<void> {
  askAPerson(context);
}
