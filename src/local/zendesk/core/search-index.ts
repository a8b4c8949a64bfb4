/**
 * What search sees: users and tickets as they were a while ago ("It can take up to a few minutes for new tickets, users, and
 * other resources to be indexed for search", https://developer.zendesk.com/api-reference/ticketing/ticket-management/search/).
 * Who looks people up by search misses one who has just been added and finds one who has just been deleted.
 */
import type { Entity, Kind } from './types.ts';

const searchable: ReadonlySet<Kind> = new Set(['users', 'tickets']);

interface Stale {
  readonly kind: Kind;
  /** As search still sees it; undefined: not at all. */
  readonly object: Entity | undefined;
  untilMs: number;
}

export class SearchIndex {
  /** How long after a change search sees it. */
  lagMs = 120_000;
  readonly #stale = new Map<string, Stale>();

  /** Takes note of a change; one at the beginning of time (a fixture) is seen at once. */
  note(kind: Kind, before: Entity | undefined, after: Entity | undefined, nowMs: number): void {
    const id = before?.id ?? after?.id;
    if (!searchable.has(kind) || id === undefined || nowMs === Number.NEGATIVE_INFINITY) return;
    const known = this.#stale.get(`${kind} ${id}`);
    if (known !== undefined && known.untilMs > nowMs) known.untilMs = nowMs + this.lagMs;
    else this.#stale.set(`${kind} ${id}`, { kind, object: before, untilMs: nowMs + this.lagMs });
  }

  /** The objects as search knows them at this instant, by id; `current` are they as they are. */
  seen(kind: Kind, current: readonly Entity[], nowMs: number): Entity[] {
    const old: Entity[] = [];
    const hidden = new Set<number>();
    for (const [key, stale] of this.#stale) {
      if (stale.untilMs <= nowMs) this.#stale.delete(key);
      else if (stale.kind === kind) {
        hidden.add(Number(key.split(' ')[1]));
        if (stale.object !== undefined) old.push(stale.object);
      }
    }
    if (hidden.size === 0) return [...current];
    return [...current.filter(({ id }) => !hidden.has(id)), ...old].sort((a, b) => a.id - b.id);
  }
}
