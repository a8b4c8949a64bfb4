/** What a person asked to have corrected, by word, as it is sealed with the request. Personal data, in memory only. */
import { HabeasError } from '../errors.ts';

export function correctionsIn(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) throw new HabeasError('seal-broken', { where: 'corrections' });
  return Object.fromEntries(
    Object.entries(value).map(([word, to]) => {
      if (typeof to !== 'string') throw new HabeasError('seal-broken', { where: 'corrections' });
      return [word, to];
    }),
  );
}
