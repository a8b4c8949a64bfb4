/** Ten thousand tickets of one person take no more memory than a thousand. */
import { expect, it } from '@jest/globals';
import { readInLittleMemory } from './little-memory.ts';

const tickets = 10_000;
const megabyte = 2 ** 20;

it('reads 10,000 tickets with files of 50 MB altogether under a heap of 160 MB, and holds no more at the end than at the beginning', async () => {
  const perFile = Math.ceil((50 * megabyte) / tickets);
  const read = await readInLittleMemory({ tickets, bytesOf: () => perFile });
  expect(read.counts).toMatchObject({ users: 1, tickets, comments: 2 * tickets, attachments: tickets, notes: 0 });
  expect(read.fileBytes).toBe(tickets * perFile);
  expect(read.sentBytes).toBe(read.fileBytes);
  // Buffers that are free already are counted now and then; what is kept of every record would be in every look, 50 MB at the end.
  expect(read.held.length).toBeGreaterThan(30);
  expect(Math.min(...read.held.slice(-10))).toBeLessThanOrEqual(Math.min(...read.held.slice(0, 10)) + 2 * megabyte);
  expect(read.peakResident).toBeLessThan(320 * megabyte);
  // Of the files nothing is asked twice: three walks over pages of tickets, and one call for what was said and one for the file of each.
  expect(read.requests).toBeLessThanOrEqual(2 * tickets + 3 * (tickets / 100) + 20);
});
