import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Ignored by git; survives between test runs. */
const TOOLS = resolve(import.meta.dirname, '../../.tools');
const POLL_MS = 200;

/**
 * The folder `.tools/<key>`, filled by `install` the first time and reused later. Test files that run at the same time
 * wait for each other; what a killed run left behind is removed and installed again.
 */
export async function installOnce(key: string, install: (directory: string) => Promise<void>): Promise<string> {
  mkdirSync(TOOLS, { recursive: true });
  const directory = join(TOOLS, key);
  const done = join(TOOLS, `${key}.done`);
  const lock = join(TOOLS, `${key}.lock`);
  while (!exists(done)) {
    if (!acquire(lock)) {
      await sleep(POLL_MS);
      continue;
    }
    try {
      // Another process may have finished between the look and the lock.
      if (exists(done)) break;
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
      await install(directory);
      writeFileSync(done, '');
    } finally {
      rmSync(lock, { force: true });
    }
  }
  return directory;
}

/** Takes the lock file unless a living process holds it. */
function acquire(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (!holderIsGone(lock)) return false;
  // Taken in the next round, in which whoever comes first wins.
  rmSync(lock, { force: true });
  return false;
}

function holderIsGone(lock: string): boolean {
  const holder = Number(read(lock));
  // An empty file is a lock that is just being written.
  if (!holder) return false;
  try {
    process.kill(holder, 0);
    return false;
  } catch {
    return true;
  }
}

function exists(path: string): boolean {
  return read(path) !== undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
