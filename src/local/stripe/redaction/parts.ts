/** The parts of a redaction job that are answered when they are expanded. */
import { listOf } from '../core/lists.ts';
import type { World } from '../core/routing.ts';
import { isHash, type JsonHash } from '../core/types.ts';

const shownErrors = 10;

export const jobParts: Readonly<Record<string, (world: World, job: JsonHash) => JsonHash>> = {
  objects: (world, { id }) => {
    const objects = world.store.in('redaction_jobs').get(String(id))?._objects;
    return isHash(objects) ? objects : {};
  },
  validation_errors: (world, { id }) => {
    const errors = world.store
      .in('redaction_errors')
      .values()
      .filter(({ _job }) => _job === id);
    const url = `/v1/privacy/redaction_jobs/${id}/validation_errors`;
    return listOf(url, errors.toReversed().slice(0, shownErrors), errors.length > shownErrors);
  },
};
