import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Redactor } from '../errors/redact.ts';
import { Git, unreachable } from './git.ts';
import { type FindRemote, findRemote, REMOTE } from './remote.ts';

export interface CopyLedger extends Omit<FindRemote, 'redactor'> {
  readonly branch: string;
  /** The bare repository that is made; one that is there already is left as it is. */
  readonly into: string;
}

/**
 * The ledger branch as it is now, in a repository on this disk, for runs that may read the ledger and must not write it: what
 * one step writes to the copy the next step reads there.
 *
 * @throws LEDGER_UNREACHABLE
 */
export async function copyLedger(options: CopyLedger): Promise<void> {
  const { branch, environment, into } = options;
  if (await exists(into)) return;
  const redactor = new Redactor();
  const { settings, shown } = await findRemote({ ...options, redactor });
  const git = new Git(environment, redactor, settings);
  const temporary = `${into}.${process.pid}.tmp`;
  const what = `the ledger branch "${branch}" of ${shown} cannot be read`;
  const must = (...args: string[]) => git.must(what, [`--git-dir=${temporary}`, ...args]);
  try {
    await mkdir(temporary, { recursive: true });
    await must('init', '--quiet', '--bare', '--template=');
    const ref = `refs/heads/${branch}`;
    const found = await git.run([`--git-dir=${temporary}`, 'ls-remote', '--exit-code', REMOTE, ref]);
    // 2: reached, but there is no such branch yet.
    if (found.status !== 0 && found.status !== 2) throw unreachable(what, found.stderr);
    if (found.status === 0) await must('fetch', '--quiet', '--no-tags', '--depth=1', REMOTE, `+${ref}:${ref}`);
    await rename(temporary, into);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return stat(join(path, 'HEAD')).then(
    () => true,
    () => false,
  );
}
