/** What holds make of decisions: they only keep more, and what nothing is done to anyway stays decided as it was. */
import { describe, expect, it } from '@jest/globals';
import {
  collection,
  context,
  day,
  immediate,
  invoiceFacts,
  invoiceTraits,
  ofCompany,
  stream,
} from '../../../tests/support/erasure-example.ts';
import { newId, type PersonId } from '../../ids.ts';
import type { HoldKind, PlacedHold } from '../holds.ts';
import { heldDecision, planRecord } from './index.ts';

const request = newId('request');
const named = { record: 'a', request };
const mart: PersonId = 'mart' as PersonId;
const hold = (on: PlacedHold['on'] = { request }, kind: HoldKind = 'complaint'): PlacedHold => ({
  ...{ id: 'h1', kind, on, ground: 'a case', owner: mart, placedOn: day('2026-11-01'), reviewOn: day('2026-12-01') },
  released: null,
});
const erased = planRecord(stream(), collection('account', 'contract'), {}, context());
const retained = planRecord(
  stream(),
  collection('invoice', 'legal-obligation', invoiceTraits()),
  invoiceFacts,
  context(),
);

describe('a hold', () => {
  it('keeps the whole record as it is, without a date, and says why', () => {
    expect(heldDecision(erased, named, [hold()])).toEqual({
      ...{
        action: 'keep',
        disposition: 'retained',
        reason: 'held',
        ground: '17(1)(a)',
        exception: null,
        refusal: null,
      },
      ...{ keptBy: 'A complaint to the authority is open.', until: null, fields: [], detached: false, successor: [] },
    });
  });

  it('for legal claims is an exception of the law, and a ground to refuse', () => {
    for (const kind of ['legal-hold', 'court'] as const)
      expect(heldDecision(erased, named, [hold({ request }, kind), hold()])).toMatchObject({
        ...{ exception: '17(3)(e)', refusal: '17(3)(e)' },
      });
  });

  it('stops also the cutting down of what a law keeps, and outlasts its date; the law is named beside', () => {
    expect(heldDecision(retained, named, [hold()])).toMatchObject({
      ...{ action: 'keep', reason: 'held', exception: '17(3)(b)', refusal: '17(3)(b)', until: null, fields: [] },
      keptBy: `A complaint to the authority is open. ${retained.keptBy}`,
    });
  });

  it('reaches the request or the records it names, until it is released', () => {
    expect(heldDecision(erased, named, [hold({ records: ['b'] }), hold({ request: newId('request') })])).toBe(erased);
    expect(heldDecision(erased, named, [hold({ records: ['b', 'a'] })])).toMatchObject({ reason: 'held' });
    const released = { ...hold(), released: { by: mart, on: day('2026-11-02') } };
    expect(heldDecision(erased, named, [released])).toBe(erased);
  });

  it('changes nothing where nothing would be done anyway', () => {
    const logs = collection('server-log', 'legitimate-interests', {
      ...{ mode: 'expiry', days: 30, balancing: { en: 'A reason.' } },
    });
    for (const decision of [
      planRecord(stream({ role: 'processor' }), collection('account', 'contract'), {}, context()),
      planRecord(ofCompany(), collection('device', 'contract', immediate()), {}, context()),
      planRecord(stream(), logs, { createdAt: '2026-11-01' }, context()),
    ])
      expect(heldDecision(decision, named, [hold()])).toBe(decision);
  });
});
