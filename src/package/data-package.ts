/**
 * `datapackage.json` of a package of portability: which file holds which list, with which fields, for the program that takes the
 * data over. In the open Data Package form (https://datapackage.org/standard/data-package/), each file a resource of its own,
 * because a list may be split over several. Configured words only: no value of a record is in it. Pure.
 */
import type { CollectionDescription } from '../../connectors/contract.ts';
import type { PackagedSystem } from './model.ts';
import { labelOf, type PageCollection, type PageFacts } from './pages.ts';

/** The files of one list. */
export interface PackagedTable {
  readonly system: string;
  readonly description: CollectionDescription;
  readonly columns: readonly string[];
  readonly json: readonly string[];
  readonly csv: readonly string[];
}

/** The lists of one system of which something was given. */
export function tablesOf(system: PackagedSystem, written: readonly PageCollection[]): readonly PackagedTable[] {
  return written.flatMap(({ description, json, csv }) => {
    const packaged = system.collections.find((one) => one.description === description);
    return packaged === undefined || json.length === 0
      ? []
      : [{ system: system.name, description, columns: packaged.columns, json, csv }];
  });
}

export function dataPackage(
  facts: Pick<PageFacts, 'language' | 'controller' | 'requestId' | 'builtOn'> & {
    readonly tables: readonly PackagedTable[];
  },
): Buffer {
  const { language, controller, tables } = facts;
  const descriptor = {
    $schema: 'https://datapackage.org/profiles/2.0/datapackage.json',
    name: facts.requestId,
    created: `${facts.builtOn}T00:00:00Z`,
    contributors: [{ title: controller.name, roles: ['publisher'] }],
    resources: tables.flatMap((table) => [
      ...table.json.map((path) => resource(table, path, language, { format: 'json', mediatype: 'application/json' })),
      ...table.csv.map((path) => resource(table, path, language, { format: 'csv', mediatype: 'text/csv' })),
    ]),
  };
  return Buffer.from(`${JSON.stringify(descriptor, null, 2)}\n`);
}

function resource(
  { system, description, columns }: PackagedTable,
  path: string,
  language: PageFacts['language'],
  form: { readonly format: 'json' | 'csv'; readonly mediatype: string },
) {
  const { key = [], label, fieldLabels, provenance } = description;
  return {
    name: path.replace(/^systems\//, '').replaceAll(/[^a-z0-9._-]/g, '-'),
    title: `${system}: ${labelOf(label, language) ?? description.collection}`,
    path,
    ...form,
    encoding: 'utf-8',
    sources: [{ title: provenance }],
    schema: {
      fields: columns.map((name) => ({
        name,
        title: labelOf(fieldLabels?.[name], language) ?? name,
        // A data map knows no types: JSON holds each value as it is stored, CSV its text.
        type: form.format === 'json' ? 'any' : 'string',
      })),
      ...(key.length > 0 && key.every((column) => columns.includes(column)) ? { primaryKey: [...key] } : {}),
    },
  };
}
