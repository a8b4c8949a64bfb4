/**
 * Owns the form of a figure: ours, the baseline's, the ratio, the target and whether it is met. Bench code uses no other
 * way to tell a result. A figure that falls short is printed as short; nothing here rounds in our favour.
 */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import pg from 'pg';

export interface Figure {
  readonly bench: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly baseline: number | null;
  /** What the baseline is, in a few words. */
  readonly against: string | null;
  /** Of `compare`: how many times the baseline's speed we have, or how many times its cost. */
  readonly ratio: number | null;
  readonly target: string | null;
  readonly pass: boolean | null;
  /** Every single measurement, in order. */
  readonly runs: { readonly ours: readonly number[]; readonly baseline: readonly number[] };
  /** One-minute load average just before the first run: above the bench's own, somebody else was at work. */
  readonly loadBefore: number;
}

export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly node: string;
  readonly platform: string;
  readonly postgres: string;
  readonly at: string;
}

export async function describeMachine(adminUrl: string): Promise<Machine> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  const version = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    postgres: version.rows[0]?.server_version ?? 'unknown',
    at: new Date().toISOString(),
  };
}

export const loadNow = (): number => loadavg()[0] ?? 0;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Nearest-rank percentile. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}

const shown = (value: number | null, unit = ''): string => {
  if (value === null) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`;
};

export function figureLine(figure: Figure): string {
  const parts = [`${figure.bench}  ${figure.what}: ours ${shown(figure.ours, figure.unit)}`];
  if (figure.baseline !== null) parts.push(`${figure.against} ${shown(figure.baseline, figure.unit)}`);
  if (figure.ratio !== null) parts.push(`ratio ${figure.ratio.toFixed(3)}`);
  if (figure.target !== null) parts.push(`target ${figure.target}`, figure.pass === true ? 'pass' : 'SHORT');
  parts.push(`load before ${figure.loadBefore.toFixed(2)}`);
  const runs = (values: readonly number[]) => values.map((value) => shown(value)).join(' ');
  if (figure.runs.ours.length + figure.runs.baseline.length > 1)
    parts.push(`runs: ours ${runs(figure.runs.ours)} / baseline ${runs(figure.runs.baseline)}`);
  return parts.join(' · ');
}
