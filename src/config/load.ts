/**
 * Reads `habeas.yaml` and the data maps it names, once, and hands out the configuration every room uses. All mistakes of
 * all files come at once as a ConfigError (`config-invalid`), each with file, line and remedy and never with a value.
 * Nothing is connected to and nothing is written. The order: YAML, schema, secrets, cross checks, connectors' own checks.
 */
import { dirname, resolve } from 'node:path';
import type { ConfigMistake, Connector, SystemConfig } from '../../connectors/contract.ts';
import { registry } from '../../connectors/registry.ts';
import { slugPattern } from '../id-patterns.ts';
import type { SystemId } from '../ids.ts';
import { crossChecks } from './cross-checks.ts';
import { didYouMean } from './did-you-mean.ts';
import { effectiveConfig, type LoadedConfig, type ResolvedFile } from './effective.ts';
import { type Env, processEnv, readEnvironment } from './environment.ts';
import { findConfig } from './find.ts';
import { Look } from './look.ts';
import { ConfigError, type Mistake } from './mistakes.ts';
import { type ConfigFile, ConfigSchema } from './schema.ts';
import { checkSchema, isAtOrBelow } from './schema-check.ts';
import { resolveSecrets } from './secrets.ts';
import { readSource, type Source } from './source.ts';
import { type MappedSource, systemsOfRecord } from './systems-of-record.ts';

export type { ApprovedKind, ConfiguredSystem, LoadedConfig, Person, TlsSettings } from './effective.ts';
export { ConfigError, describeMistake, type Mistake } from './mistakes.ts';

export interface LoadOptions {
  /** `--config`; without, see find.ts. */
  readonly path?: string | undefined;
  /** The environment secrets come from; the process's own unless given. */
  readonly env?: Env;
  /** Where to look for a file nobody names; the process's working folder unless given. */
  readonly folder?: string;
  /** Known kinds of connectors; all of the registry unless given. */
  readonly connectors?: ReadonlyMap<string, Connector>;
}

/** The effective configuration. Throws ConfigError with every mistake. */
export function loadConfig(options: LoadOptions = {}): LoadedConfig {
  const env = options.env ?? processEnv();
  const file = findConfig({
    flag: options.path,
    variable: readEnvironment(env).configFile,
    ...(options.folder !== undefined && { folder: options.folder }),
  });
  const source = readSource(file);
  if (source.value === undefined) throw new ConfigError(source.mistakes);
  const secrets = resolveSecrets(source, dirname(file), env);
  const resolved = withoutRefused(secrets.missing, source.refused);
  const maps = new Map<number, unknown>();
  const mapped: MappedSource[] = [];
  const mistakes = unrepeated([
    ...source.mistakes,
    ...checkSchema(source, ConfigSchema),
    ...secrets.mistakes,
    ...crossChecks(source, secrets.value, resolved),
    ...checkSystems(source, secrets.value, resolved, options.connectors ?? registry, maps, mapped),
    ...systemsOfRecord(source, secrets.value, mapped),
  ]);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return effectiveConfig(file, checked<ResolvedFile>(secrets.value), checked<ConfigFile>(source.value), maps);
}

/** Called only with what the schema has just accepted: the one place where that becomes a type. */
const checked = <T>(value: unknown): T => value as T;

const withoutRefused = (missing: ReadonlySet<string>, refused: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...missing, ...refused]);

/** The same place may be wrong for two checks in the same words. */
function unrepeated(mistakes: readonly Mistake[]): readonly Mistake[] {
  const seen = new Map(mistakes.map((m) => [`${m.file}:${m.line}:${m.column}:${m.problem}`, m]));
  return [...seen.values()];
}

/** Reads data maps and lets every system's connector look at what is its own. Fills `maps` by position, and `mapped`. */
function checkSystems(
  source: Source,
  value: unknown,
  unjudged: ReadonlySet<string>,
  connectors: ReadonlyMap<string, Connector>,
  maps: Map<number, unknown>,
  mapped: MappedSource[],
): readonly Mistake[] {
  const look = new Look(value);
  const mistakes: Mistake[] = [];
  const read = new Map<string, Source>();
  for (const [index, entry] of look.entries('/systems').entries()) {
    const kind = look.text(`${entry}/connector`);
    const connector = kind === undefined ? undefined : connectors.get(kind);
    if (kind !== undefined && slugPattern.test(kind) && connector === undefined) {
      const meant = didYouMean(kind, connectors.keys());
      const remedy =
        meant === undefined ? `Write one of: ${[...connectors.keys()].join(', ')}.` : `Did you mean \`${meant}\`?`;
      mistakes.push(source.mistake(`${entry}/connector`, 'There is no connector of this kind.', remedy));
    }
    const path = look.text(`${entry}/dataMap`);
    const mapFile = path === undefined ? undefined : resolve(dirname(source.file), path);
    const map = mapFile === undefined ? undefined : (read.get(mapFile) ?? readSource(mapFile));
    if (mapFile !== undefined && map !== undefined && !read.has(mapFile)) {
      read.set(mapFile, map);
      // A map that is not there is a mistake of the line that names it.
      mistakes.push(
        ...map.mistakes.map((m) =>
          map.value === undefined && m.line === 1
            ? { ...source.mistake(`${entry}/dataMap`, `The data map cannot be used: ${m.problem}`, m.remedy) }
            : m,
        ),
      );
    }
    if (map?.value !== undefined) {
      maps.set(index, map.value);
      mapped.push({ system: look.text(`${entry}/id`) ?? '', map });
    }
    if (connector === undefined) continue;
    const found = connector.validate(systemConfig(look, entry, map?.value)).filter((mistake) => {
      if (mistake.part === 'dataMap') return path === undefined || map?.value !== undefined;
      return ![...unjudged].some((pointer) => isAtOrBelow(`${entry}/settings${mistake.pointer}`, pointer));
    });
    mistakes.push(...found.map((mistake) => place(source, entry, map, connector.kind, mistake)));
  }
  return mistakes;
}

function systemConfig(look: Look, entry: string, dataMap: unknown): SystemConfig {
  const rows = look.number(`${entry}/rate/rowsPerSecond`);
  return {
    id: checked<SystemId>(look.text(`${entry}/id`) ?? 'system'),
    name: look.text(`${entry}/name`) ?? '',
    settings: look.at(`${entry}/settings`) ?? {},
    dataMap,
    rate: rows === undefined ? {} : { rowsPerSecond: rows },
    concurrency: look.number(`${entry}/concurrency`),
  };
}

/** A connector's mistake at its line: of the data map's own file, or below `settings`, or at the system without them. */
function place(source: Source, entry: string, map: Source | undefined, kind: string, mistake: ConfigMistake): Mistake {
  const remedy = `See connectors/${kind}/README.md, and the JSON Schema your editor can use.`;
  if (mistake.part === 'dataMap' && map !== undefined)
    return map.mistake(mistake.pointer, mistake.message, remedy, 'key');
  if (mistake.part === 'dataMap') return source.mistake(entry, mistake.message, remedy);
  return source.mistake(`${entry}/settings${mistake.pointer}`, mistake.message, remedy, 'key');
}
