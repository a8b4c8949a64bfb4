/**
 * `habeas systems list|check` (`pause|resume` are in systems-stop.ts): the systems that hold personal data. `check` tries connections and permissions
 * without side effects and ends with 6 when anything is wrong; it also tries what the installation itself needs.
 */
import type { Command } from 'commander';
import type { CheckReport, System } from '../../../connectors/contract.ts';
import type { Deps } from '../../deps.ts';
import { catalogue, codeOf, type ErrorCode } from '../../errors.ts';
import type { SystemId } from '../../ids.ts';
import { assertLedgerCurrent } from '../../ledger/migrate.ts';
import { listSystems } from '../../requests/index.ts';
import { systemId } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { nextForSystem } from '../next.ts';
import { withDeps } from '../open.ts';
import { labels, paint } from '../render.ts';
import { systemsText } from '../systems-text.ts';

export function systemsList(frame: Frame): Command {
  return frame.leaf({
    name: 'list',
    summary: 'List the configured systems: stopped or not, why, since when, and which requests wait for that.',
    examples: ['systems list', 'systems list --json'],
    run: (run) =>
      withDeps(run, async (deps) => {
        const systems = await listSystems(deps);
        const text = systemsText(systems, { colour: run.io.colour.out, terminal: run.io.columns });
        return { json: { systems: systems.map((one) => ({ ...one, next: nextForSystem(one) })) }, text };
      }),
  });
}

interface Checked {
  readonly id: string;
  readonly ok: boolean;
  readonly server: string | null;
  readonly credentialsUntil: string | null;
  readonly findings: readonly {
    readonly what: string;
    readonly ok: boolean;
    readonly code: ErrorCode | null;
    readonly where: string | null;
  }[];
}

const checkTimeoutMs = 60_000;

export function systemsCheck(frame: Frame): Command {
  return frame.leaf({
    name: 'check [system]',
    summary: 'Try every system, or one: reachable, credentials, permissions, schema. Changes nothing.',
    details:
      'Without SYSTEM it also tries what the installation needs: ledger, keys, buckets. Exit code 6 when anything is wrong.\nIn the buckets it writes, reads and erases one small object of its own.',
    examples: ['systems check', 'systems check account-db --json'],
    run: (run, _, [wanted]) =>
      withDeps(
        run,
        async (deps) => {
          const only = wanted === undefined ? undefined : systemId(deps.config, wanted);
          const chosen = [...deps.systems].filter(([id]) => only === undefined || id === only);
          const systems = await Promise.all(chosen.map(([id, system]) => checkSystem(id, system, run.io.interrupted)));
          const installation = only === undefined ? await checkInstallation(deps) : [];
          const ok = [...systems, ...installation].every((one) => one.ok);
          const colour = run.io.colour.out;
          const text = [...installation, ...systems].map((one) => checkedText(one, colour)).join('');
          return { json: { ok, installation, systems }, text, exit: ok ? 'ok' : 'check-failed' };
        },
        { unchecked: true },
      ),
  });
}

async function checkSystem(id: SystemId, system: System, interrupted: AbortSignal): Promise<Checked> {
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(checkTimeoutMs)]);
  const report: CheckReport = await system
    .check({ systemId: id, signal, progress: () => undefined })
    .catch((error: unknown) => ({ ok: false, findings: [{ what: 'reachable', ok: false, code: codeOf(error) }] }));
  return {
    id,
    ok: report.ok,
    server: report.server ?? null,
    credentialsUntil: report.credentialsUntil ?? null,
    findings: report.findings.map(({ what, ok, code, where }) => ({
      what,
      ok,
      code: code ?? null,
      where: where ?? null,
    })),
  };
}

/** Ledger, key store and buckets: one entry each, never throws. */
async function checkInstallation({ ledger, keys, storage, config }: Deps): Promise<readonly Checked[]> {
  const probe = async (
    id: string,
    what: string,
    where: string | null,
    work: () => Promise<unknown>,
  ): Promise<Checked> => {
    const code = await work().then(
      () => null,
      (error: unknown) => codeOf(error),
    );
    return {
      id,
      ok: code === null,
      server: null,
      credentialsUntil: null,
      findings: [{ what, ok: code === null, code, where }],
    };
  };
  const bucket = async (name: string): Promise<Checked> => {
    const report = await storage.checkBucket(name);
    const findings = report.findings.map(({ what, ok, code }) => ({ what, ok, code: code ?? null, where: name }));
    return { id: `bucket ${name}`, ok: report.ok, server: null, credentialsUntil: null, findings };
  };
  return [
    await probe('ledger', 'current', null, () => assertLedgerCurrent(ledger.db)),
    await probe('keys', 'usable', 'keys.store', async () => keys.destroy(await keys.create('working'))),
    await bucket(config.s3.stagingBucket),
    await bucket(config.s3.packageBucket),
  ];
}

function checkedText(checked: Checked, colour: boolean): string {
  const head = `${paint(checked.id, 'strong', colour)}  ${paint(checked.ok ? 'ok' : 'not ok', checked.ok ? 'good' : 'bad', colour)}`;
  const facts = [
    checked.server,
    checked.credentialsUntil === null ? null : `credentials until ${checked.credentialsUntil}`,
  ].filter((fact) => fact !== null);
  const lines = [...new Set(checked.findings.map(({ what }) => what))].flatMap((what) => {
    const all = checked.findings.filter((finding) => finding.what === what);
    const wrong = all.filter(({ ok }) => !ok);
    const place = (where: string | null): string => (where === null ? '' : `  ${where}`);
    if (wrong.length > 0) return wrong.map(({ where }) => `  ${paint('✗', 'bad', colour)} ${what}${place(where)}`);
    return [`  ${paint('✓', 'good', colour)} ${what}${all.length > 1 ? ` (${all.length})` : ''}`];
  });
  const failed = checked.findings.filter(({ ok }) => !ok);
  const codes = [...new Set(failed.flatMap(({ code }) => (code === null ? [] : [code])))];
  const explained = codes.map((code) =>
    labels(
      [
        ['  code', code],
        ['  what happened', catalogue[code].what],
        ['  what to do', catalogue[code].todo],
      ],
      colour,
    ),
  );
  return `${[head, ...facts.map((fact) => `  ${fact}`), ...lines].join('\n')}\n${explained.join('')}`;
}
