/**
 * Owns two things that must work before anything is installed or built: telling whether a remembered process is still
 * the same process (pid and start time, because pids are used again), and a lock between processes made of one file.
 * Plain JavaScript for that reason; the build copies it to dist/ unchanged, process-lock.d.mts types it.
 * It never kills anything. A lock whose owner is dead is taken over; one whose owner lives is waited for, without end,
 * with one line that names the owner.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * When the process started, in words that only this process can have had: on Linux the boot's id and the kernel's tick
 * count, elsewhere what `ps` says to the second. `undefined` when there is no such process, or only its zombie.
 */
export function startOf(pid) {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The command name may hold spaces and brackets, so count the fields after the last closing one (proc(5)).
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // The first thread of a killed program is a zombie while others still hold its files and ports.
      if (fields[0] === 'X' || (fields[0] === 'Z' && readdirSync(`/proc/${pid}/task`).length <= 1)) return undefined;
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      return `${boot}:${fields[19]}`;
    } catch {
      return undefined;
    }
  }
  try {
    const said = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return said === '' || said.startsWith('Z') ? undefined : said.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}

/** This process, as others can recognise it. */
export function thisProcess() {
  return { pid: process.pid, start: startOf(process.pid) ?? '' };
}

/** Whether the remembered process still runs: same pid and same start. */
export function isAlive(remembered) {
  return startOf(remembered.pid) === remembered.start;
}

function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Makes `path` appear whole with this process as its owner, or returns false if it is there already. */
function tryTake(path, token) {
  const temporary = `${path}.${process.pid}.${token}`;
  writeFileSync(temporary, JSON.stringify({ ...thisProcess(), token }), { mode: 0o600 });
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(temporary);
  }
}

/** Removes a dead owner's lock. One process at a time may: otherwise a slow one could remove its successor's lock. */
function removeIfDead(path, token) {
  const guard = `${path}.takeover`;
  const guardHolder = readHolder(guard);
  if (guardHolder !== undefined && !isAlive(guardHolder)) rmSync(guard, { force: true });
  if (!tryTake(guard, token)) return;
  try {
    const holder = readHolder(path);
    if (holder !== undefined && !isAlive(holder)) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/**
 * Runs `work` while holding the lock file `path`; other processes (and other calls in this one) wait.
 * `onWait` is called once with the owner's pid if it takes longer than a second to get in.
 */
export async function withLock(path, work, onWait = () => {}) {
  mkdirSync(dirname(path), { recursive: true });
  const token = randomBytes(8).toString('hex');
  const since = Date.now();
  let told = false;
  while (!tryTake(path, token)) {
    const holder = readHolder(path);
    if (holder !== undefined && !isAlive(holder)) {
      removeIfDead(path, token);
      continue;
    }
    if (!told && holder !== undefined && Date.now() - since > 1000) {
      told = true;
      onWait(holder.pid);
    }
    await delay(50);
  }
  try {
    return await work();
  } finally {
    if (readHolder(path)?.token === token) rmSync(path, { force: true });
  }
}
