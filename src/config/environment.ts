/**
 * The one place of production code that reads the process's environment, and what of it is read. Everything else is
 * handed the result. It never lists or logs variables; a variable that is not set or empty counts as not set.
 */

export type Env = Readonly<Record<string, string | undefined>>;

/** The process's environment as it is now. Tests hand their own to what takes an `Env`. */
export function processEnv(): Env {
  return process.env;
}

export interface Environment {
  /** `HABEAS_CONFIG`: the configuration file, where `--config` is not given. */
  readonly configFile: string | undefined;
  /** `HABEAS_LOG_LEVEL`: trace, debug, info (default), warn, error, fatal, silent. */
  readonly logLevel: string;
  /** `XDG_CONFIG_HOME`, else `~/.config`: where `habeas people use` remembers; undefined without a home folder. */
  readonly userConfigFolder: string | undefined;
  /** `NO_COLOR` is set to anything (https://no-color.org). */
  readonly noColour: boolean;
}

/** What the command line takes from the environment. */
export function readEnvironment(env: Env = processEnv()): Environment {
  const set = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const home = set('HOME') ?? set('USERPROFILE');
  const level = set('HABEAS_LOG_LEVEL') ?? 'info';
  return {
    configFile: set('HABEAS_CONFIG'),
    logLevel: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].includes(level) ? level : 'info',
    userConfigFolder: set('XDG_CONFIG_HOME') ?? (home === undefined ? undefined : `${home}/.config`),
    noColour: set('NO_COLOR') !== undefined,
  };
}
