/** What policy needs to know of a record: days only, never content. Pure. */
import { HabeasError } from '../../src/errors.ts';
import type { RecordFacts } from '../contract.ts';
import { isEmpty } from '../declared.ts';
import type { ZendeskObject } from './client.ts';
import type { Collection, DataMap } from './data-map.ts';
import { closedStates } from './objects.ts';

export class FactReader {
  readonly #day: (at: Date) => string;

  constructor({ timeZone = 'UTC' }: DataMap) {
    const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    this.#day = (at) => format.format(at);
  }

  /** `ticket`: the one that the record is or stands in. */
  factsOf(name: string, { retention }: Collection, record: ZendeskObject, ticket?: ZendeskObject): RecordFacts {
    const events = Object.entries(retention?.events ?? {}).flatMap(([event, told]) => {
      if (told === undefined) return [];
      const source = told.of === 'ticket' ? ticket : record;
      const where = `${name}.${told.field}`;
      const hasHappened = told.whenClosed !== true || closedStates.has(ticket?.status);
      const at = hasHappened ? instantIn(source?.[told.field], where) : undefined;
      return [[event, at === undefined ? null : this.#day(at)] as const];
    });
    const created = instantIn(record.created_at ?? ticket?.created_at, `${name}.created_at`);
    return {
      ...(created === undefined ? {} : { createdAt: created.toISOString() }),
      ...(events.length === 0 ? {} : { events: Object.fromEntries(events) }),
    };
  }
}

function instantIn(value: unknown, where: string): Date | undefined {
  if (isEmpty(value)) return undefined;
  const at = new Date(typeof value === 'string' ? value : Number.NaN);
  if (Number.isNaN(at.getTime())) throw new HabeasError('system-schema-drift', { where });
  return at;
}
