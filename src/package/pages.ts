/**
 * The pages of a package: `index.html`, which names every configured system and says what came of it, and one page per
 * collection with its first records. For a reader who has never seen JSON. Everything shown goes through `html`, which
 * escapes it; links lead only to files of the same package and, as text, to the authority.
 */
import type { CollectionDescription, Label, Unreadable } from '../../connectors/contract.ts';
import type { PackageRight } from '../ledger/package-rights.ts';
import type { AccessReason } from '../ledger/states.ts';
import type { PackagedFile } from './attached.ts';
import { type Html, html, page } from './html.ts';
import {
  dayInWords,
  type EarlierPart,
  instantInWords,
  isSeries,
  type Language,
  numberInWords,
  type PartFacts,
  partInWords,
  partLines,
  type Words,
  wordsFor,
} from './words.ts';

export interface PageCollection {
  readonly description: CollectionDescription;
  readonly given: number;
  readonly withheld: number;
  readonly referred: number;
  readonly reasons: readonly AccessReason[];
  /** When it was read, oldest first. */
  readonly asOf: readonly Date[];
  /** Paths inside the package. */
  readonly json: readonly string[];
  readonly csv: readonly string[];
  readonly page: string | undefined;
}

export interface PageSystem {
  readonly name: string;
  /** `answered`: in this package. */
  readonly state: 'answered' | 'sent-before' | 'unanswered' | 'not-asked';
  /** A named person answered for it. */
  readonly byHand: boolean;
  /** Where it is, or an earlier reading of it. */
  readonly earlier: EarlierPart | undefined;
  /** Parts of it that could not be read. */
  readonly unreadable: Unreadable;
  /** Handed in with an answer by hand. */
  readonly files: readonly PackagedFile[];
  /** Where something was found. */
  readonly collections: readonly PageCollection[];
  /** Where nothing was found. */
  readonly empty: readonly CollectionDescription[];
}

export interface PageFacts {
  readonly language: Language;
  readonly right: PackageRight;
  readonly controller: {
    readonly name: string;
    readonly timeZone: string;
    readonly contact: string | undefined;
    readonly authority: { readonly name: string; readonly url: string };
  };
  readonly requestId: string;
  readonly receivedOn: string;
  readonly builtOn: string;
  readonly part: PartFacts;
  readonly systems: readonly PageSystem[];
}

export function indexPage(facts: PageFacts): Buffer {
  const { language, controller } = facts;
  const words = wordsFor(language, facts.right);
  const { authority } = controller;
  const body = html`<h1>${words.title}</h1>
${stamp(words, controller.name)}
${isSeries(facts.part) ? cover(partLines(language, facts.part)) : undefined}
<p>${words.about(controller.name, dayInWords(language, facts.receivedOn), dayInWords(language, facts.builtOn))}</p>
${controller.contact === undefined ? undefined : html`<p>${words.contact(controller.contact)}</p>`}
<p>${words.authority} ${authority.name}${webLink(authority.url)}</p>
<p class="soft small">${words.requestNumber}: ${facts.requestId}</p>
<h2>${words.contents}</h2>
<p>${words.contentsIntro}</p>
<table>
<thead><tr><th>${words.system}</th><th>${words.outcome}</th></tr></thead>
<tbody>
${facts.systems.map((system, no) => html`<tr><td><a href="#s${no + 1}">${system.name}</a></td><td>${outcome(words, facts, system)}</td></tr>\n`)}</tbody>
</table>
${facts.systems.map((system, no) => systemSection(words, facts, system, no + 1))}
<h2>${words.howTitle}</h2>
<ul>
${words.how.map((line) => html`<li>${line}</li>\n`)}</ul>`;
  return page({ language, title: `${words.title} · ${controller.name}`, body });
}

/** The first records of one collection, readable without any program but a browser. */
export function collectionPage(
  facts: Pick<PageFacts, 'language' | 'right' | 'controller'>,
  shown: {
    readonly system: string;
    readonly collection: PageCollection;
    readonly columns: readonly string[];
    readonly preview: readonly (readonly (string | null)[])[];
  },
): Buffer {
  const { language, controller } = facts;
  const words = wordsFor(language, facts.right);
  const { description, given } = shown.collection;
  const label = labelOf(description.label, language) ?? description.collection;
  const heads = shown.columns.map((column) => labelOf(description.fieldLabels?.[column], language) ?? column);
  const cells = (record: readonly (string | null)[]) =>
    heads.map((head, at) => {
      const value = record[at] ?? null;
      return value === null
        ? html`<td data-label="${head}" class="soft" title="${words.noValue}">–</td>`
        : html`<td data-label="${head}">${value}</td>`;
    });
  const body = html`<p><a href="../../index.html">← ${words.back}</a></p>
<h1>${label}</h1>
<p class="soft">${shown.system}</p>
${stamp(words, controller.name)}
${register(words, facts, shown.collection)}
${fileLinks(words, shown.collection, (path) => path.slice(path.lastIndexOf('/') + 1))}
<h2>${words.records}</h2>
<p>${words.firstRecords(numberInWords(language, shown.preview.length), numberInWords(language, given))} ${words.cutValues}</p>
<div class="wide"><table>
<thead><tr>${heads.map((head) => html`<th>${head}</th>`)}</tr></thead>
<tbody>
${shown.preview.map((record) => html`<tr>${cells(record)}</tr>\n`)}</tbody>
</table></div>`;
  return page({ language, title: `${label} · ${words.title}`, body });
}

export function labelOf(label: Label | undefined, language: Language): string | undefined {
  if (label === undefined) return undefined;
  return language === 'et' ? (label.et ?? label.en) : label.en;
}

function stamp(words: Words, controller: string): Html {
  return html`<div class="stamp"><strong>${words.standing}</strong>${words.standingWhy(controller)}</div>`;
}

/** Configuration could hold any scheme; only the web's two become a link. */
function webLink(url: string): Html {
  return /^https?:\/\//.test(url) ? html` (<a href="${url}" rel="noreferrer">${url}</a>)` : html` (${url})`;
}

/** Which of the request's packages this is, and whether more follow. */
function cover([title, ...lines]: readonly string[]): Html {
  return html`<div class="card"><strong>${title}</strong>${lines.map((line) => html`<p>${line}</p>`)}</div>`;
}

function outcome(words: Words, facts: Pick<PageFacts, 'language' | 'controller'>, system: PageSystem): Html {
  const { state, earlier } = system;
  const where = earlier === undefined ? undefined : partInWords(facts.language, earlier);
  const said = (...sentences: readonly (string | undefined)[]) =>
    html`${sentences.filter((one) => one !== undefined).join(' ')}`;
  switch (state) {
    case 'unanswered':
      return said(words.unanswered, where === undefined ? undefined : words.foundBefore(where));
    case 'not-asked':
      return said(words.notAsked);
    case 'sent-before':
      return said(words.sentBefore(where ?? ''));
    case 'answered':
      return said(
        system.byHand ? words.byHand(facts.controller.name) : undefined,
        where === undefined
          ? foundText(words, facts.language, system)
          : ended(foundText(words, facts.language, system)),
        where === undefined ? undefined : words.readAgain(where),
      );
    default:
      return state satisfies never;
  }
}

/** A full stop, where a sentence follows. */
const ended = (text: string): string => (text.endsWith('.') ? text : `${text}.`);

function foundText(words: Words, language: Language, system: PageSystem): string {
  if (system.collections.length === 0) return words.nothingFound;
  const sum = (of: (collection: PageCollection) => number) =>
    system.collections.reduce((total, collection) => total + of(collection), 0);
  const given = sum((collection) => collection.given);
  const rest = notGiven(words, language, {
    withheld: sum((collection) => collection.withheld),
    referred: sum((collection) => collection.referred),
  });
  if (given === 0) return rest.length === 0 ? words.nothingFound : words.onlyNotGiven(rest.join('; '));
  const lists = system.collections.filter((collection) => collection.given > 0).length;
  return [words.found(numberInWords(language, given), lists), ...rest].join('; ');
}

function notGiven(
  words: Words,
  language: Language,
  { withheld, referred }: { readonly withheld: number; readonly referred: number },
): readonly string[] {
  return [
    ...(withheld > 0 ? [words.notGiven(numberInWords(language, withheld))] : []),
    ...(referred > 0 ? [words.referred(numberInWords(language, referred))] : []),
  ];
}

function systemSection(words: Words, facts: PageFacts, system: PageSystem, no: number): Html {
  const { language } = facts;
  const names = system.empty.map((it) => labelOf(it.label, language) ?? it.collection);
  return html`<h2 id="s${no}">${system.name}</h2>
<p>${outcome(words, facts, system)}</p>
${unreadText(words, language, system.unreadable)}${system.collections.map(
  (collection) => html`<section class="card">
<h3>${labelOf(collection.description.label, language) ?? collection.description.collection}</h3>
${register(words, facts, collection)}
${collection.page === undefined ? undefined : html`<p class="actions"><a href="${collection.page}">${words.look}</a></p>`}
${fileLinks(words, collection, (path) => path)}
</section>
`,
)}${handedFiles(words, system.files)}${
  system.state === 'answered' && names.length > 0 && system.collections.length > 0
    ? html`<p class="soft">${words.lookedIn} ${names.join(', ')}.</p>`
    : undefined
}`;
}

/** Never passed over in silence: whether these parts are about the person nobody knows. */
function unreadText(words: Words, language: Language, { records, objects }: Unreadable): Html | undefined {
  if (records === 0 && objects === 0) return undefined;
  return html`<p>${words.unreadable(numberInWords(language, records), numberInWords(language, objects))}</p>
`;
}

/** What the register of Art. 30 says of the collection, and the counts. */
function register(words: Words, facts: Pick<PageFacts, 'language' | 'controller'>, collection: PageCollection): Html {
  const { language, controller } = facts;
  const { description } = collection;
  const counts = [
    ...(collection.given > 0 ? [words.given(numberInWords(language, collection.given))] : []),
    ...notGiven(words, language, collection),
  ];
  const asOf = [...new Set(collection.asOf.map((at) => instantInWords(language, at, controller.timeZone)))];
  const reasons = collection.reasons.filter((reason) => reason !== 'own');
  const rows: readonly (readonly [string, string])[] = [
    [words.records, counts.join(', ')],
    [words.purpose, description.purpose],
    [words.legalBasis, words.bases[description.legalBasis] ?? description.legalBasis],
    [words.category, description.category],
    [words.provenance, description.provenance],
    [words.recipients, description.recipients.length > 0 ? description.recipients.join(', ') : words.noRecipients],
    [words.asOf, asOf.join(' · ')],
  ];
  return html`<dl>
${rows.map(([term, value]) => (value === '' ? html`` : html`<dt>${term}</dt><dd>${value}</dd>\n`))}</dl>
${reasons.map((reason) => html`<p class="soft">${words.reasons[reason](controller.name)}</p>\n`)}`;
}

/** Each by the name it was handed in with; what it is called in the package says nothing. */
function handedFiles(words: Words, files: readonly PackagedFile[]): Html | undefined {
  if (files.length === 0) return undefined;
  return html`<p>${words.files}:</p>
<ul>
${files.map(({ path, name }) => html`<li><a href="${path}">${name}</a></li>\n`)}</ul>`;
}

function fileLinks(words: Words, collection: PageCollection, href: (path: string) => string): Html {
  const paths = [...collection.json, ...collection.csv];
  if (paths.length === 0) return html``;
  const name = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  return html`<p class="actions">${words.files}: ${paths.map((path) => html`<a href="${href(path)}">${name(path)}</a> `)}</p>`;
}
