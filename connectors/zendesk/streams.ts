/**
 * The fixed order of streams of an account. What a person asked for and what was said in it is theirs; what they only got copies of is
 * another's, of which they are shown what they saw; internal notes are theirs, also those on their user,
 * and other people in them are masked. Passages in others' tickets that a person accepted come last, and only where the map has them:
 * each is proved by itself. Policy decides each stream as a whole.
 * Configuration only.
 */
import type { StreamDescription } from '../contract.ts';
import { exportable } from '../declared.ts';
import { type Collection, type CollectionName, collectionOf, type DataMap } from './data-map.ts';

/** By which way a stream's records are reached; the same for all of one walk. */
export type Walk = 'user' | 'identities' | 'tickets' | 'said' | 'copied-tickets' | 'copied-said' | 'mentions';

export interface Stream {
  readonly description: StreamDescription;
  readonly name: CollectionName;
  readonly collection: Collection;
  readonly walk: Walk;
  /** Of what was said, or written about somebody: who wrote it, or who may read it. */
  readonly said: 'seen' | 'note' | 'own' | 'others' | undefined;
}

interface Form {
  readonly name: CollectionName;
  readonly walk: Walk;
  readonly said?: Stream['said'];
  readonly reachedBy: string;
  /** Whose: the person's, the person's and not seen by them, another's of which they saw it, or another's that they did not see. */
  readonly owner: 'person' | 'unseen' | 'anothers' | 'anothers-unseen';
}

const asked = 'tickets.requester_id = users.id';
const copied = 'tickets.collaborator_ids = users.id';

const forms: readonly Form[] = [
  { name: 'users', walk: 'user', reachedBy: 'users.id', owner: 'person' },
  { name: 'users', walk: 'user', said: 'note', reachedBy: 'users.id, with notes of staff', owner: 'unseen' },
  { name: 'identities', walk: 'identities', reachedBy: 'identities.user_id = users.id', owner: 'person' },
  { name: 'tickets', walk: 'tickets', reachedBy: asked, owner: 'person' },
  { name: 'tickets', walk: 'tickets', said: 'note', reachedBy: `internal ${asked}`, owner: 'unseen' },
  {
    name: 'satisfaction_ratings',
    walk: 'said',
    reachedBy: `satisfaction_ratings.requester_id = users.id`,
    owner: 'person',
  },
  { name: 'comments', walk: 'said', said: 'seen', reachedBy: `comments of ${asked}`, owner: 'person' },
  { name: 'notes', walk: 'said', said: 'note', reachedBy: `internal comments of ${asked}`, owner: 'unseen' },
  { name: 'attachments', walk: 'said', said: 'seen', reachedBy: `files of ${asked}`, owner: 'person' },
  {
    name: 'attachments',
    walk: 'said',
    said: 'note',
    reachedBy: `files of internal comments of ${asked}`,
    owner: 'unseen',
  },
  { name: 'copied_tickets', walk: 'copied-tickets', reachedBy: copied, owner: 'anothers' },
  {
    name: 'replies',
    walk: 'copied-said',
    said: 'own',
    reachedBy: `comments.author_id = users.id, ${copied}`,
    owner: 'person',
  },
  {
    name: 'copied_comments',
    walk: 'copied-said',
    said: 'others',
    reachedBy: `comments of ${copied}`,
    owner: 'anothers',
  },
  {
    name: 'reply_attachments',
    walk: 'copied-said',
    said: 'own',
    reachedBy: `files of comments.author_id = users.id, ${copied}`,
    owner: 'person',
  },
  {
    name: 'copied_attachments',
    walk: 'copied-said',
    said: 'others',
    reachedBy: `files of ${copied}`,
    owner: 'anothers',
  },
  { name: 'mentions', walk: 'mentions', reachedBy: 'passages of comments, accepted', owner: 'anothers-unseen' },
];

/** Every stream, numbered by its place in the list. */
export function streamsOf(map: DataMap): readonly Stream[] {
  const mapped = forms.filter(({ name }) => map.collections[name] !== undefined);
  return mapped.map(({ name, walk, said, reachedBy, owner }, no) => {
    const collection = collectionOf(map, name);
    const isUnseen = owner.endsWith('unseen');
    // A file cannot be masked: of one that the person has not seen they are told that there is one.
    const given = exportable(collection).filter((field) => !isUnseen || field !== 'content');
    return {
      ...{ name, collection, walk, said },
      description: {
        ...{ no, collection: name, provedIn: walk === 'mentions' ? name : 'users' },
        ...{ recordClass: collection.recordClass, role: collection.role },
        ...(owner.startsWith('anothers')
          ? {
              ...{ owner: 'workspace' as const, customerKind: 'company' as const, subjectOwnsWorkspace: false },
              ownFields: given,
            }
          : { owner: 'person' as const, ownFields: [] }),
        ...{ fields: given, reachedBy },
        ...(isUnseen ? { unseen: true as const } : {}),
      },
    };
  });
}
