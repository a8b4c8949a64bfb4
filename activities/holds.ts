/**
 * Which holds reach a system's part of a request by now. Asked again and again while erasing: what is sealed is opened only when
 * a hold was placed or released since. Names of held records are personal data, in memory only.
 */
import type { Deps } from '../src/deps.ts';
import { type ActiveHold, activeHolds } from '../src/ledger/holds.ts';
import type { LaneKey } from '../src/ledger/lanes.ts';
import type { LedgerReader } from '../src/ledger/open.ts';

export interface HoldsNow {
  readonly all: readonly ActiveHold[];
  /** Something holds the whole request. */
  readonly isRequestHeld: boolean;
  /** Names of single records. */
  readonly named: ReadonlySet<string>;
}

export class Holds {
  readonly #deps: Pick<Deps, 'ledger' | 'keys'>;
  readonly #of: LaneKey;
  #ids: string | undefined;
  #now: HoldsNow = { all: [], isRequestHeld: false, named: new Set() };

  constructor(deps: Pick<Deps, 'ledger' | 'keys'>, of: LaneKey) {
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
    const ids = rows.map(({ id }) => id).join(' ');
    if (ids === this.#ids) return this.#now;
    const all = ids === '' ? [] : await activeHolds(db, this.#deps.keys, { requestId, systemIds: [systemId] });
    this.#now = {
      all,
      isRequestHeld: all.some(({ on }) => 'request' in on),
      named: new Set(all.flatMap(({ on }) => ('records' in on ? on.records : []))),
    };
    this.#ids = ids;
    return this.#now;
  }
}
