/**
 * Behind `npm start`, `npm test` and `npm run build`: sets the clone up (dependencies, build) where needed, then runs the
 * command. Plain JavaScript without dependencies, because it runs before any is installed. One process at a time sets up
 * (a lock file); a set-up that is current costs a fraction of a second. Progress goes to standard error, so that
 * `npm start -- --once --json` has its JSON as the last line of standard output. Never touches a running stack.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './process-lock.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const sourceFolders = ['workflows', 'activities', 'connectors', 'src', 'tests', 'bench'];
/** Plain JavaScript that compiled code imports; tsc does not copy it. */
const copied = ['src/local/process-lock.mjs'];
/** Exit codes of sysexits(3): wrong usage, and a prerequisite that is not there. */
const exitUsage = 64;
const exitUnavailable = 69;

const say = (line) => process.stderr.write(`habeas: ${line}\n`);
const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};
const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(
    `Node ${process.versions.node} is too old: 20.19 or later is needed (22 or 24 recommended), see https://nodejs.org/`,
  );
  process.exit(exitUnavailable);
}

/** Runs a program to its end; both of its outputs go to ours for errors. */
function runQuietly(program, args, env = process.env) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 2, 2] });
    child.once('error', () => resolve(127));
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

async function mustRun(what, program, args) {
  const code = await runQuietly(program, args);
  if (code === 0) return;
  say(`${what} failed (exit code ${code})`);
  process.exit(code);
}

/** Whether npm's own record of what it installed agrees with the lock file: then somebody has run npm already. */
function installedAsLocked(lock) {
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (installed === undefined || lock?.packages === undefined) return false;
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (path === '' || wanted.link) return true;
    const found = installed[path];
    return found === undefined ? wanted.optional === true : found.version === wanted.version;
  });
}

async function install() {
  const text = readFileSync(join(root, 'package-lock.json'));
  const stamp = join(root, 'node_modules', '.habeas-installed');
  const wanted = sha256(text);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (!installedAsLocked(JSON.parse(text))) {
    say('installing dependencies (npm ci)');
    const npm = process.env.npm_execpath;
    if (npm?.endsWith('.js')) await mustRun('npm ci', process.execPath, [npm, 'ci']);
    else await mustRun('npm ci', process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci']);
  }
  writeFileSync(stamp, wanted);
}

function* sourceFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sourceFiles(path);
    else if (/\.(ts|mts|mjs)$/.test(entry.name)) yield path;
  }
}

function sourceHash() {
  const files = sourceFolders.map((name) => join(root, name)).filter((folder) => existsSync(folder));
  const all = [
    ...files.flatMap((folder) => [...sourceFiles(folder)]),
    join(root, 'tsconfig.json'),
    join(root, 'package-lock.json'),
  ];
  return sha256(...all.flatMap((file) => [file.slice(root.length), '\0', readFileSync(file), '\0']));
}

/** Compiles into a fresh folder and swaps it in, so that dist/ is whole at any moment and holds nothing deleted. */
async function build() {
  const dist = join(root, 'dist');
  const stamp = join(dist, '.built-from');
  const wanted = sourceHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('building');
  const fresh = join(root, '.habeas', `build-${process.pid}`);
  const old = `${fresh}-old`;
  mkdirSync(dirname(fresh), { recursive: true });
  process.once('exit', () => rmSync(fresh, { recursive: true, force: true }));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await mustRun('the build', process.execPath, [
    tsc,
    '--outDir',
    fresh,
    '--incremental',
    'false',
    '--tsBuildInfoFile',
    'null',
  ]);
  for (const file of copied) copyFileSync(join(root, file), join(fresh, file));
  if (existsSync(join(fresh, 'workflows', 'index.js'))) {
    const bundler = join(fresh, 'src', 'build', 'bundle-workflows.js');
    await mustRun('bundling the workflows', process.execPath, [bundler, fresh]);
  }
  if (existsSync(join(fresh, 'src', 'cli', 'main.js'))) {
    const bundler = join(fresh, 'src', 'build', 'bundle-cli.js');
    await mustRun('bundling the command line', process.execPath, [bundler, fresh]);
  }
  writeFileSync(join(fresh, '.built-from'), wanted);
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}

/** Builds of dead processes; the caller holds the lock, so none of them is in use. */
function removeLeftBuilds() {
  const folder = join(root, '.habeas');
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (/^build-\d+(-old)?$/.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/**
 * Hands over to a program and ends as it ends. A Ctrl-C in a terminal reaches the program by itself; signals sent to this
 * process alone are passed on.
 */
function become(args, env) {
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/** Temporal's and the AWS SDK's notices about the Node version say nothing that checkNode does not. */
const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

function jest(config, args) {
  const options =
    `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`.trim();
  become([join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--config', join(root, config), ...args], {
    ...quiet,
    NODE_OPTIONS: options,
  });
}

const commands = {
  start: (args) => become([join(root, 'dist', 'src', 'local', 'start.js'), ...args], quiet),
  build: () => undefined,
  bench: (args) => become([join(root, 'dist', 'bench', 'main.js'), ...args], quiet),
  test: (args) => jest('jest.config.mjs', args),
  'test:systems': (args) => jest('jest.systems.config.mjs', args),
  'test:long': (args) => jest('jest.long.config.mjs', args),
};

const [name, ...rest] = process.argv.slice(2);
if (name === undefined || !Object.hasOwn(commands, name)) {
  say(`usage: node src/local/bootstrap.mjs ${Object.keys(commands).join('|')} [argument…]`);
  process.exit(exitUsage);
}
checkNode();
await withLock(
  join(root, '.habeas', 'setup.lock'),
  async () => {
    removeLeftBuilds();
    await install();
    await build();
  },
  (pid) => say(`waiting for process ${pid}, which is setting this clone up`),
);
commands[name](rest);
