/** A person erases, past the point of no return like any program, and attests it. */
import type { CallContext } from '../contract.ts';
import { askAPerson } from './client.ts';

/** See the contract. */
export async function erase(context: CallContext): Promise<void> {
  askAPerson(context);
}
