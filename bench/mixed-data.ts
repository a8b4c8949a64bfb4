/**
 * Owns what the mixed bench's people have beside the account database (people-data.ts): a private customer in the Stripe
 * stand-in with a paid invoice and its charge, and ten lines in the access log, in an object of their own.
 */
import { gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { logsBucket, s3Client } from '../src/local/s3.ts';
import { sampleLogsPrefix } from '../src/local/sample/load-logs.ts';
import { logFileName } from '../src/local/sample/logs.ts';
import { plusDays, sampleUntil, secondsOf } from '../src/local/sample/time.ts';
import type { LocalStack } from '../src/local/stack.ts';
import type { FixtureObject } from '../src/local/stripe/fixtures.ts';
import { loadSampleRemotely } from '../src/local/stripe/remote.ts';
import { emailOf, type People, plantPeople } from './people-data.ts';

const linesEach = 10;

export async function plantEverywhere(stack: LocalStack, people: People): Promise<void> {
  const ids = Array.from({ length: people.count }, (_, n) => people.firstId + n);
  await plantPeople(stack.postgres.urlFor('account_db'), people);
  await loadSampleRemotely(stack.stripe.url, `bench-${people.firstId}`, billingOf(ids));
  const client = s3Client(stack.s3);
  try {
    const Key = `${sampleLogsPrefix}${logFileName(plusDays(sampleUntil, 1))}`;
    await client.send(new PutObjectCommand({ Bucket: logsBucket, Key, Body: gzipSync(logOf(ids)) }));
  } finally {
    client.destroy();
  }
}

function billingOf(ids: readonly number[]) {
  const created = secondsOf('2025-03-03T10:00:00Z');
  const of = (make: (id: number, customer: string) => FixtureObject) => ids.map((id) => make(id, `cus_Bench${id}`));
  const person = (id: number) => ({ created, email: emailOf(id), name: `Bench ${id}` });
  return {
    customers: of((id, customer) => ({ id: customer, ...person(id), metadata: { customer_kind: 'person' } })),
    invoices: of((id, customer) => ({
      ...{ id: `in_Bench${id}`, created, customer, number: `B-${id}`, status: 'paid' },
      ...{ customer_name: `Bench ${id}`, customer_email: emailOf(id) },
      lines: [{ amount: 5_000, description: 'Gift card' }],
    })),
    payment_intents: of((id, customer) => ({
      ...{ id: `pi_Bench${id}`, created, customer, amount: 5_000, receipt_email: emailOf(id) },
      ...{ status: 'succeeded', latest_charge: `ch_Bench${id}` },
    })),
    charges: of((id, customer) => ({
      ...{ id: `ch_Bench${id}`, created, customer, amount: 5_000, receipt_email: emailOf(id) },
      ...{ payment_intent: `pi_Bench${id}`, billing_details: { name: `Bench ${id}`, email: emailOf(id) } },
    })),
  };
}

function logOf(ids: readonly number[]): string {
  const lines: string[] = [];
  for (let n = 0; n < linesEach; n++)
    for (const id of ids) {
      const ts = new Date(Date.parse(`${plusDays(sampleUntil, 1)}T08:00:00Z`) + lines.length).toISOString();
      const login = n === 0 ? `/login?email=${encodeURIComponent(emailOf(id))}` : '/api/devices';
      const [ip, ua] = ['192.0.2.7', 'bench'];
      lines.push(
        `${JSON.stringify({ ts, ip, user_id: id, session: null, method: 'GET', path: login, status: 200, bytes: 512, ua })}\n`,
      );
    }
  return lines.join('');
}
