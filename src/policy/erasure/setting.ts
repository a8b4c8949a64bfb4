/** What is the same for every record of one stream, prepared once: which fields may be cut, which must be. Pure. */
import type { CollectionDescription, StreamDescription } from '../../../connectors/contract.ts';
import { HabeasError } from '../../errors.ts';
import { type FieldRole, fieldRoles } from '../retention/index.ts';
import type { ImmediateTraits } from './decisions.ts';
import type { ErasureContext, RecordDecision } from './types.ts';

export interface Setting {
  readonly stream: StreamDescription;
  readonly collection: CollectionDescription;
  readonly traits: ImmediateTraits;
  readonly context: ErasureContext;
  /** The first of the person's own rows that stays, if one does: then references to it stay with it. */
  readonly rowStays: RecordDecision | undefined;
  /** Fields that may be taken out of a record of this stream that goes on. */
  readonly cuttable: readonly string[];
  /** Among them: what points to the person's own row. */
  readonly references: readonly string[];
}

export function settingOf(
  stream: StreamDescription,
  collection: CollectionDescription,
  traits: ImmediateTraits,
  context: ErasureContext,
  isWhole: boolean,
): Setting {
  const rowStays = context.subjectRow.find(
    ({ disposition }) => disposition !== 'erased' && disposition !== 'anonymised',
  );
  const isReference = (field: string): boolean => traits.references?.includes(field) === true;
  const cuttable = traits.detaches.filter((field) => isWhole || isReference(field) || stream.ownFields.includes(field));
  return { stream, collection, traits, context, rowStays, cuttable, references: cuttable.filter(isReference) };
}

/** References to a row that goes: nothing may point to it afterwards, whatever becomes of the record. */
export const dangling = ({ rowStays, references }: Setting): readonly string[] =>
  rowStays === undefined ? references : [];

/** What a field is to the law. Anything that is not declared is part of the document. */
export function roleOf({ traits }: Setting, field: string): FieldRole {
  const role = Object.hasOwn(traits.roles, field) ? traits.roles[field] : undefined;
  return role !== undefined && isRole(role) ? role : 'document';
}

/** Fields that somebody else must be named for: in a workspace that goes on and that the person looked after. */
export function successorsOf(
  { stream, traits }: Setting,
  cut: readonly string[],
  isClosed: boolean,
): readonly string[] {
  const goesOn = stream.isWorkspace === true && stream.subjectOwnsWorkspace === true && !isClosed;
  return goesOn ? cut.filter((field) => traits.successor.includes(field)) : [];
}

/**
 * In a stream of others' records that only name the person: the columns that do. Which of several columns name the person
 * is never guessed, because the others name somebody else.
 */
export function namingFields({ stream, traits }: Setting): readonly string[] {
  const columns = traits.references ?? stream.ownFields;
  const fields = traits.detaches.filter((field) => columns.includes(field));
  if (fields.length === 0) throw new HabeasError('erasure-undeclared', { where: `${stream.collection}: references` });
  return fields;
}

function isRole(text: string): text is FieldRole {
  return Object.hasOwn(fieldRoles, text);
}
