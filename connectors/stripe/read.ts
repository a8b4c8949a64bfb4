/**
 * Writes one entry per record, in the map's order of collections: as Stripe sends it, of the fields that are granted, or only the
 * facts. A stream is one walk over the customers it belongs to; a company's records are walked once for those that name the
 * person and once for the rest. Holds one page in memory. Fails with `system-schema-undeclared` at a field with a value that the
 * map does not declare.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, Grant, ReadInput } from '../contract.ts';
import { isEmpty } from '../declared.ts';
import { idIn, type StripeClient, type StripeObject } from './client.ts';
import { type Collection, type CollectionName, type DataMap, valueAt } from './data-map.ts';
import { FactReader } from './facts.ts';
import { keyOf } from './keys.ts';
import { Missing } from './map-error.ts';
import { chainOf, namesContact, partOf, type Reached, recordsOf, type Spot } from './objects.ts';
import { nameOf, type Root, rootsOf } from './roots.ts';
import { type Stream, streamsOf } from './streams.ts';

export interface ReadDependencies {
  readonly client: StripeClient;
  readonly map: DataMap;
  /** The account's own (streams.ts) unless given. */
  readonly streams?: readonly Stream[];
}

interface Reading extends ReadDependencies {
  readonly context: CallContext;
  readonly facts: FactReader;
}

/** See the contract. */
export async function read(
  { client, map, streams = streamsOf(map) }: ReadDependencies,
  context: CallContext,
  input: ReadInput,
): Promise<void> {
  const roots = rootsOf(input.keys);
  const reading: Reading = { client, map, context, facts: new FactReader(client, map, context) };
  const answered = new Set<CollectionName>();
  const isOpened = (stream: Stream): boolean =>
    roots.some((root) => stream.startsAt(root)) || input.begun?.includes(stream.description.no) === true;
  for (const stream of streams) if (isOpened(stream)) answered.add(stream.name);
  for (const stream of streams) {
    // One stream of every collection, so that "nothing found" is an answer.
    const isFirst = !answered.has(stream.name);
    if (isFirst) answered.add(stream.name);
    if (isFirst || isOpened(stream))
      await readStream(
        reading,
        input,
        stream,
        roots.filter((root) => stream.startsAt(root)),
      );
  }
}

async function readStream(
  reading: Reading,
  { sink, want }: ReadInput,
  stream: Stream,
  roots: readonly Root[],
): Promise<void> {
  const opened = await sink.open(stream.description);
  if (opened === null) return;
  const grant = grantFor(stream, opened.grant, want);
  const from = opened.cursor === undefined ? undefined : cursorIn(opened.cursor, stream.name);
  const first = from === undefined ? 0 : roots.findIndex((root) => nameOf(root) === from.root);
  // The customer that an earlier attempt was at is none of the person's any more: what it left is not to be mixed with this.
  if (first === -1) throw new HabeasError('stream-changed', { where: stream.name });
  let asOf = new Date().toISOString();
  for (const [at, root] of roots.slice(first).entries()) {
    const spot = at === 0 ? from : undefined;
    for await (const reached of recordsOf(reading.client, reading.context, stream.name, root, spot)) {
      asOf = reached.asOf;
      const isNamed = stream.only === 'named';
      if (stream.only !== undefined && namesContact(stream.name, reached.record, root) !== isNamed) continue;
      const line = await lineOf(reading, stream, grant, reached, root);
      const chain = chainOf(reading.map, stream.name, reached, root, isNamed);
      const wait = sink.entry(Buffer.from(line, 'utf8'), chain, cursorOf(root, reached));
      if (wait !== undefined) await wait;
      reading.context.signal.throwIfAborted();
    }
  }
  await sink.end(asOf);
}

function grantFor({ description }: Stream, grant: Grant, want: ReadInput['want']): Grant {
  if (want === 'facts' || grant.want === 'facts') return { want: 'facts', fields: [] };
  if (grant.fields.some((field) => !description.fields.includes(field)))
    throw new HabeasError('internal', { where: description.collection });
  return grant;
}

async function lineOf(
  { client, context, facts }: Reading,
  { name, collection }: Stream,
  grant: Grant,
  reached: Reached,
  root: Root,
): Promise<string> {
  const record = partOf(name, reached.record);
  const key = JSON.stringify(keyOf(name, record));
  if (grant.want === 'facts') {
    const told = await facts.factsOf(name, collection, record, root);
    return `{"key":${key},"facts":${JSON.stringify(told)}}\n`;
  }
  requireDeclared(name, collection, record);
  const whole = name === 'invoices' ? await wholeInvoice(client, context, record, grant.fields) : record;
  const granted = grant.fields.flatMap((field) => {
    const value = valueAt(whole, field);
    return value === undefined ? [] : [[field, value] as const];
  });
  return `{"key":${key},"record":${JSON.stringify(Object.fromEntries(granted))}}\n`;
}

/** With what of it is granted and Stripe only begins or points to: all its lines, and the document as a file. */
async function wholeInvoice(
  client: StripeClient,
  context: CallContext,
  record: StripeObject,
  granted: readonly string[],
): Promise<StripeObject> {
  const invoice = granted.includes('lines') ? await withAllLines(client, context, record) : record;
  const { invoice_pdf: address } = invoice;
  if (typeof address !== 'string' || !granted.includes('invoice_pdf')) return invoice;
  const pdf = await client.file(context, address, 'invoices.invoice_pdf');
  const name = `${typeof invoice.number === 'string' && invoice.number !== '' ? invoice.number : invoice.id}.pdf`;
  return { ...invoice, invoice_pdf: { name, type: 'application/pdf', base64: pdf.toString('base64') } };
}

/** Stripe puts the first ten lines of an invoice into it. */
async function withAllLines(client: StripeClient, context: CallContext, invoice: StripeObject): Promise<StripeObject> {
  if (valueAt(invoice, 'lines.has_more') !== true) return invoice;
  const data: StripeObject[] = [];
  const path = `/v1/invoices/${idIn(invoice.id)}/lines`;
  try {
    for await (const { objects } of client.list(context, path, 'invoices', {})) data.push(...objects);
  } catch (error) {
    // A draft that somebody deleted meanwhile: it was read a moment ago, and another attempt does not find it.
    if (error instanceof Missing) throw new HabeasError('stream-changed', { where: 'invoices' });
    throw error;
  }
  return { ...invoice, lines: { object: 'list', data, has_more: false } };
}

/** A field that nobody has declared would be left out of the answer silently: nothing is given before somebody has. */
function requireDeclared(name: CollectionName, { fields }: Collection, record: StripeObject): void {
  for (const [field, value] of Object.entries(record))
    if (!Object.hasOwn(fields, field) && !isEmpty(value))
      throw new HabeasError('system-schema-undeclared', {
        where: `${name}.${/^\w{1,64}$/.test(field) ? field : '(other)'}`,
      });
}

const cursorOf = (root: Root, { record, parent }: Reached): Buffer =>
  Buffer.from(JSON.stringify({ root: nameOf(root), after: record.id, parent }));

function cursorIn(text: string, where: string): Spot & { readonly root: string } {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'root' in value && 'after' in value)
    return {
      root: String(value.root),
      after: String(value.after),
      parent: 'parent' in value && typeof value.parent === 'string' ? value.parent : undefined,
    };
  throw new HabeasError('internal', { where });
}
