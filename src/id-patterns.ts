/**
 * The shapes of ids and slugs, apart from the code that makes them: Temporal's workflow sandbox, which has no random
 * generator, checks payloads against them (src/security/payload.ts). Pure; must never import anything.
 */

/** Shape of every id made by `newId` (src/ids.ts). */
export const idPattern = /^(?:req|tsk|dec|pkg|key|inc|hld|reg|clm)_[0-9a-hjkmnp-tv-z]{26}$/;
/** Shape of configured slugs (systems, people, collections): at most 40 characters. */
export const slugPattern = /^[a-z][a-z0-9_-]{0,39}$/;
