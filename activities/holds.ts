/**
 * Which holds reach a system's part of a request by now. Asked again and again while erasing: what is sealed is opened only when
 * a hold was placed or released since. Names of held records are personal data, in memory only.
 */
import type { ActiveHold } from '../src/ledger/holds.ts';
import type { LaneKey } from '../src/ledger/lanes.ts';
import type { LedgerReader } from '../src/ledger/open.ts';
import { standingRestrictions } from '../src/ledger/restrictions.ts';
import { holdingAccess } from '../src/requests/linked.ts';
import { type HoldsDeps, isPlaced, standingHolds } from '../src/requests/standing-holds.ts';

export interface HoldsNow {
  readonly all: readonly ActiveHold[];
  /** A person holds the whole request. */
  readonly isRequestHeld: boolean;
  /** A request for access of the same person is open. */
  readonly isAccessOpen: boolean;
  /** Names of single records. */
  readonly named: ReadonlySet<string>;
}

export class Holds {
  readonly #deps: HoldsDeps;
  readonly #of: LaneKey;
  #ids: string | undefined;
  #now: HoldsNow = { all: [], isRequestHeld: false, isAccessOpen: false, named: new Set() };

  constructor(deps: HoldsDeps, of: LaneKey) {
    this.#deps = deps;
    this.#of = of;
  }

  /** With `db` as the transaction sees it: behind the request's lock nothing is placed on the request that it does not see. */
  async now(db: LedgerReader = this.#deps.ledger.db): Promise<HoldsNow> {
    const { requestId, systemId } = this.#of;
    const rows = await db
      .selectFrom('holds')
      .select('id')
      .where('released_on', 'is', null)
      .where((it) => it.or([it('request_id', '=', requestId), it('system_id', '=', systemId)]))
      .orderBy('id')
      .execute();
    const access = await holdingAccess(this.#deps, requestId, db);
    const restricted = await standingRestrictions(db, requestId);
    const others = [...access.map((one) => one.requestId), ...restricted.map((one) => `${one.request_id}!`)];
    const ids = [...rows.map(({ id }) => id), ...others].join(' ');
    if (ids === this.#ids) return this.#now;
    const all = await standingHolds(this.#deps, { requestId, systemIds: [systemId] }, db);
    const placed = all.filter(isPlaced);
    this.#now = {
      all,
      isRequestHeld: placed.some(({ on }) => 'request' in on),
      isAccessOpen: placed.length < all.length,
      named: new Set(placed.flatMap(({ on }) => ('records' in on ? on.records : []))),
    };
    this.#ids = ids;
    return this.#now;
  }
}
