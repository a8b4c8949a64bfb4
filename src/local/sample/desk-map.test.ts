import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { SystemConfig } from '../../../connectors/contract.ts';
import { zendesk } from '../../../connectors/zendesk/index.ts';
import type { SystemId } from '../../ids.ts';
import { fromRoot } from '../../root.ts';
import { hashesOf, isHash } from '../zendesk/core/types.ts';
import { sampleDesk, ticketFieldIds } from './desk.ts';

const dataMap = parse(readFileSync(fromRoot('examples', 'sample-company', 'support-desk.map.yaml'), 'utf8'));
const config: SystemConfig = {
  // The edge: a slug written in this file.
  id: 'support-desk' as SystemId,
  name: 'Support desk',
  settings: { subdomain: 'naidisheli', token: 'a-token-of-the-desk' },
  dataMap,
  rate: {},
  concurrency: undefined,
};

describe('the data map of the sample support desk', () => {
  it('is valid by the connector', () => {
    expect(zendesk.validate(config)).toEqual([]);
    expect(zendesk.validate({ ...config, dataMap: { ...dataMap, user: { externalNumber: 1 } } })).not.toEqual([]);
  });

  it('declares every field of the company’s own that somebody has a value in', () => {
    const { users = [], tickets = [] } = sampleDesk();
    const ofUsers = users.flatMap(({ user_fields: own }) => (isHash(own) ? Object.keys(own) : []));
    const ofTickets = tickets.flatMap(({ custom_fields: own }) => hashesOf(own).map(({ id }) => String(id)));
    const { collections } = dataMap;
    expect([...new Set(ofUsers)]).toEqual(Object.keys(collections.users.customFields));
    expect(new Set(ofTickets)).toEqual(new Set(Object.keys(collections.tickets.customFields)));
    expect(Object.values(ticketFieldIds).map(String)).toEqual(Object.keys(collections.tickets.customFields));
  });

  it('answers every question of the map that the connector comes with', () => {
    const text = readFileSync(fromRoot('examples', 'sample-company', 'support-desk.map.yaml'), 'utf8');
    const shipped = parse(readFileSync(fromRoot('connectors', 'zendesk', 'data-map.yaml'), 'utf8'));
    expect(text).not.toContain('ANSWER');
    // The sample company does not have others' tickets searched.
    const { mentions: _, ...asked } = shipped.collections;
    expect(Object.keys(dataMap.collections)).toEqual(Object.keys(asked));
  });
});
