/** Owns making what is due, page by page: one that cannot be made now keeps no other unmade. */

/**
 * Makes each of them, in the order of their ids; `pageAfter` gives the next ones behind an id, none where that was the last. `issue`
 * says whether it made one. Returns how many; fails after the last with the first failure.
 */
export async function issueEach<Id extends string>(
  pageAfter: (id: Id | '') => Promise<readonly Id[]>,
  issue: (id: Id) => Promise<boolean>,
): Promise<{ readonly issued: number }> {
  let issued = 0;
  let failure: unknown;
  let page = await pageAfter('');
  while (page.length > 0) {
    for (const id of page) {
      try {
        if (await issue(id)) issued += 1;
      } catch (error) {
        failure ??= error;
      }
    }
    page = await pageAfter(page.at(-1) ?? '');
  }
  if (failure !== undefined) throw failure;
  return { issued };
}
