import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { habeas } from '../terminal-for-tests.ts';

let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'habeas-map-'));
  writeFileSync(
    join(cwd, 'dataset.yml'),
    `dataset:
  - fides_key: club
    collections:
      - name: members
        fields:
          - { name: id, data_categories: [user.unique_id], fides_meta: { primary_key: true } }
          - { name: email, data_categories: [user.contact.email], fides_meta: { identity: email } }
      - name: visits
        fields:
          - { name: id, data_categories: [system.operations], fides_meta: { primary_key: true } }
          - name: member_id
            data_categories: [user.unique_id]
            fides_meta: { references: [{ dataset: club, field: members.id, direction: from }] }
`,
  );
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe('habeas map import', () => {
  it('writes the map, says what to decide and what comes next, and never replaces a file unless told to', async () => {
    const args = ['map', 'import', 'dataset.yml', '--out', 'club.map.yaml', '--schema', 'crm'];
    const first = await habeas(args, { cwd });
    expect(first.code).toBe(0);
    for (const said of ['2 collections, 4 fields, 1 identifier, 1 path', 'visits: owner, role', '$ habeas map check'])
      expect(first.out).toContain(said);
    const file = join(cwd, 'club.map.yaml');
    expect(parse(readFileSync(file, 'utf8')).collections.visits.table).toBe('crm.visits');

    writeFileSync(file, 'decided: by a person\n');
    const again = await habeas([...args, '--json'], { cwd });
    expect(again.code).toBe(5);
    expect(JSON.parse(again.out)).toMatchObject({ error: { code: 'file-exists', where: '--out' } });
    expect(readFileSync(file, 'utf8')).toBe('decided: by a person\n');

    const forced = await habeas([...args, '--force', '--json'], { cwd });
    expect(JSON.parse(forced.out)).toMatchObject({
      file,
      dataset: 'club',
      subject: 'members',
      mapped: { collections: 2 },
      next: ['habeas config check', 'habeas map check'],
    });
    expect(parse(readFileSync(file, 'utf8')).subject).toBe('members');
  });

  it('tells a file that is no dataset with its line, and a dataset that is not in it with those that are', async () => {
    writeFileSync(join(cwd, 'broken.yml'), 'dataset:\n  - fides_key: club\n    collections:\n      - name: members\n');
    const broken = await habeas(['map', 'import', 'broken.yml', '--out', 'x.yaml'], { cwd });
    expect(broken.code).toBe(3);
    expect(broken.err).toContain('broken.yml:4:9  /dataset/0/collections/0');
    const missing = await habeas(['map', 'import', 'none.yml', '--out', 'x.yaml'], { cwd });
    expect([missing.code, missing.err]).toEqual([3, expect.stringContaining('There is no such file.')]);
    const other = await habeas(['map', 'import', 'dataset.yml', '--out', 'x.yaml', '--dataset', 'shop'], { cwd });
    expect([other.code, other.err]).toEqual([2, expect.stringContaining('--dataset: club')]);
    const nowhere = await habeas(['map', 'import', 'dataset.yml', '--out', 'no/such/x.yaml'], { cwd });
    expect(nowhere.err).toContain('file-unwritable');
  });
});
