/** Two gigabytes of files of one person, the largest of 20 MB, take the memory that a few megabytes take. */
import { expect, it } from '@jest/globals';
import { readInLittleMemory } from '../zendesk/little-memory.ts';

const tickets = 10_000;
const megabyte = 2 ** 20;

it('reads 10,000 tickets with files of 2 GB altogether under a heap of 160 MB, and holds no more at the end than at the beginning', async () => {
  // One in two hundred is of 20 MB, the others share the second gigabyte.
  const bytesOf = (no: number): number => (no % 200 === 0 ? 20 * megabyte : 110_000);
  const expected = Array.from({ length: tickets }, (_, no) => bytesOf(no)).reduce((sum, bytes) => sum + bytes, 0);
  const read = await readInLittleMemory({ tickets, bytesOf });
  expect(expected).toBeGreaterThan(2_000 * megabyte);
  expect(read.fileBytes).toBe(expected);
  expect(read.counts).toMatchObject({ users: 1, tickets, comments: 2 * tickets });
  // A file of 20 MB comes in parts of 4 MB.
  expect(read.counts.attachments).toBe(tickets + (tickets / 200) * 4);
  // Buffers that are free already are counted now and then; what is kept of every record would be in every look.
  expect(Math.min(...read.held.slice(-10))).toBeLessThanOrEqual(Math.min(...read.held.slice(0, 10)) + 2 * megabyte);
  expect(read.peakResident).toBeLessThan(400 * megabyte);
});
