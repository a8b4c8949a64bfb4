/**
 * Whether Zendesk can be reached, takes the tokens, and lets them do what the data map needs. Says everything it finds, as codes with
 * configured places; changes nothing and never throws for what it was asked to find out.
 */
import { reportOfPlaces } from '../check-report.ts';
import type { CallContext, CheckReport } from '../contract.ts';
import type { ZendeskClient } from './client.ts';
import type { DataMap } from './data-map.ts';
import { lookAtErasing, lookAtReading } from './rights.ts';

/** See the contract. */
export async function check(
  client: ZendeskClient,
  eraser: ZendeskClient | undefined,
  map: DataMap,
  context: CallContext,
): Promise<CheckReport> {
  const looked = [
    ...(await lookAtReading(client, context)),
    ...(eraser === undefined ? [] : await lookAtErasing(eraser, map, context)),
  ];
  return { ...reportOfPlaces(looked), server: 'Zendesk Support API v2' };
}
