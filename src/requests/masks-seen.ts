/**
 * Which masks a person approves: those whose hash they were shown, named by its beginning, and nothing that somebody changed since.
 * Pure. Refuses with `masks-changed`.
 */
import { HabeasError } from '../errors.ts';

export function masksSeen(
  task: { readonly about_sha256: string | null },
  given: { readonly masks?: string | undefined },
): string {
  const { about_sha256: sha256 } = task;
  const seen = given.masks ?? '';
  // Fewer digits could be another's.
  if (sha256 === null || seen.length < 8 || !sha256.startsWith(seen))
    throw new HabeasError('masks-changed', { where: '--masks' });
  return sha256;
}
