/** Ten thousand tickets of one person take no more memory than a thousand. */
import { expect, it } from '@jest/globals';
import { readInLittleMemory } from './little-memory.ts';

const tickets = 10_000;
const megabyte = 2 ** 20;

it('reads 10,000 tickets with files of 50 MB altogether under a heap of 160 MB, and holds no more at the end than at the beginning', async () => {
  const perFile = (50 * megabyte) / tickets;
  const read = await readInLittleMemory({ tickets, bytesOf: () => perFile });
  expect(read.counts).toMatchObject({ users: 1, tickets, comments: 2 * tickets, attachments: tickets, notes: 0 });
  expect(read.fileBytes).toBe(50 * megabyte);
  expect(read.sentBytes).toBe(read.fileBytes);
  // One look per thousand records: a tenth of what was read would be 5 MB more at each.
  expect(read.held.length).toBeGreaterThan(30);
  expect(Math.max(...read.held)).toBeLessThanOrEqual(Math.max(...read.held.slice(0, 5)) + 4 * megabyte);
  // Of the files nothing is asked twice: two walks over the tickets, and one call for what was said and one for the file of each.
  expect(read.requests).toBeLessThanOrEqual(2 * tickets + 2 * (tickets / 100) + 20);
});
