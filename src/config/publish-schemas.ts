/**
 * Writes the JSON Schemas that editors use, from the same schemas the program validates with: `npm run schemas`. A test
 * fails when a published file is not what this would write. The only writer of docs/*.schema.json.
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { DataMapSchema as ManualMapSchema } from '../../connectors/manual/data-map.ts';
import { DataMapSchema } from '../../connectors/postgres/data-map.ts';
import { DataMapSchema as LogsMapSchema } from '../../connectors/s3-logs/data-map.ts';
import { DataMapSchema as StripeMapSchema } from '../../connectors/stripe/data-map.ts';
import { DataMapSchema as ZendeskMapSchema } from '../../connectors/zendesk/data-map.ts';
import { EvidenceSchema } from '../proof/evidence-schema.ts';
import { ReceiptSchema } from '../proof/receipt-schema.ts';
import { SweepReceiptSchema } from '../proof/sweep-receipt-schema.ts';
import { fromRoot } from '../root.ts';
import { ConfigSchema } from './schema.ts';

/** Path below the package's root → content. */
export function publishedSchemas(): ReadonlyMap<string, string> {
  const text = (schema: object): string =>
    `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...schema }, null, 2)}\n`;
  return new Map([
    ['docs/habeas.schema.json', text(ConfigSchema)],
    ['docs/manual-data-map.schema.json', text(ManualMapSchema)],
    ['docs/postgres-data-map.schema.json', text(DataMapSchema)],
    ['docs/receipt.schema.json', text(ReceiptSchema)],
    ['docs/sweep-receipt.schema.json', text(SweepReceiptSchema)],
    ['docs/evidence.schema.json', text(EvidenceSchema)],
    ['docs/s3-logs-data-map.schema.json', text(LogsMapSchema)],
    ['docs/stripe-data-map.schema.json', text(StripeMapSchema)],
    ['docs/zendesk-data-map.schema.json', text(ZendeskMapSchema)],
  ]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const [file, content] of publishedSchemas()) writeFileSync(fromRoot(file), content);
