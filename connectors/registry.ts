/** Every kind of connector there is, by the name that `habeas.yaml` uses. Adding a system adds a line here, no more. */
import type { Connector } from './contract.ts';
import { manual } from './manual/index.ts';
import { postgres } from './postgres/index.ts';
import { s3Logs } from './s3-logs/index.ts';
import { stripe } from './stripe/index.ts';
import { zendesk } from './zendesk/index.ts';

const all: readonly Connector[] = [manual, postgres, s3Logs, stripe, zendesk];

/** Kind → connector. */
export const registry: ReadonlyMap<string, Connector> = new Map(all.map((connector) => [connector.kind, connector]));
