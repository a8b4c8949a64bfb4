/**
 * Owns reading which servers are named in the environment to be used instead of starting ours (decisions.md §10). They
 * are neither started nor stopped nor changed here; whoever names them answers for them.
 */
import { HabeasError } from '../errors.ts';
import type { Environment } from './download.ts';
import type { S3Access } from './s3.ts';

export interface ExternalServers {
  readonly temporal: { address: string; uiUrl: string; namespace: string } | undefined;
  readonly postgres: string | undefined;
  readonly s3: S3Access | undefined;
  readonly smtp: string | undefined;
  /** Origin of a Stripe stand-in, e.g. `http://127.0.0.1:12111`. */
  readonly stripe: string | undefined;
  /** Origin of a Zendesk stand-in, e.g. `http://127.0.0.1:12112`. */
  readonly zendesk: string | undefined;
}

export function externalServers(env: Environment = process.env): ExternalServers {
  const address = env.HABEAS_TEMPORAL_ADDRESS;
  return {
    temporal: address
      ? {
          address,
          uiUrl: env.HABEAS_TEMPORAL_UI_URL ?? '',
          namespace: env.HABEAS_TEMPORAL_NAMESPACE ?? 'default',
        }
      : undefined,
    postgres: env.HABEAS_PG_URL || undefined,
    s3: externalS3(env),
    smtp: env.HABEAS_SMTP_URL || undefined,
    stripe: env.HABEAS_STRIPE_URL || undefined,
    zendesk: env.HABEAS_ZENDESK_URL || undefined,
  };
}

function externalS3(env: Environment): S3Access | undefined {
  const endpoint = env.HABEAS_S3_ENDPOINT;
  if (!endpoint) return undefined;
  const accessKeyId = env.HABEAS_S3_ACCESS_KEY_ID;
  const secretAccessKey = env.HABEAS_S3_SECRET_ACCESS_KEY;
  if (!accessKeyId || !secretAccessKey) {
    throw new HabeasError('local-start', {
      where: 'HABEAS_S3_ENDPOINT needs HABEAS_S3_ACCESS_KEY_ID and HABEAS_S3_SECRET_ACCESS_KEY beside it',
    });
  }
  return { endpoint, region: env.HABEAS_S3_REGION ?? 'us-east-1', accessKeyId, secretAccessKey };
}
