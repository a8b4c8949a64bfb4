/**
 * Whether what the data map declares of erasing is true: a log that says its objects go after so many days must have none that
 * is older (`expiry-not-enforced`), or "expires on a date" would be a promise nobody keeps. A log to be rewritten is refused
 * (`rewrite-unsupported`). Lists, reads no object, changes nothing.
 */
import type { CallContext, PrepareReport } from '../contract.ts';
import type { LogsClient } from './client.ts';
import type { DataMap } from './data-map.ts';
import { overdueBefore } from './expiry.ts';
import { placeOf } from './read.ts';
import type { Settings } from './settings.ts';

/** See the contract. Looks at every log: what is true of a log does not depend on whose lines are in it. */
export async function prepare(
  client: LogsClient,
  map: DataMap,
  settings: Settings,
  context: CallContext,
): Promise<PrepareReport> {
  const refusals: PrepareReport['refusals'][number][] = [];
  for (const [name, collection] of Object.entries(map.collections)) {
    const place = placeOf(name, collection, settings);
    if (collection.erasure?.mode === 'rewrite') refusals.push({ code: 'rewrite-unsupported', where: place.where });
    if (collection.erasure?.mode !== 'keep-until-expiry') continue;
    for await (const { objects, asOf } of client.list(context, place)) {
      context.progress();
      // By the server's own clock, which is the one its lifecycle goes by.
      const overdue = overdueBefore(collection.erasure.days, new Date(asOf));
      if (!objects.some(({ sizeBytes, modifiedMs }) => sizeBytes > 0 && modifiedMs < overdue)) continue;
      refusals.push({ code: 'expiry-not-enforced', where: place.where });
      break;
    }
  }
  return { refusals };
}
