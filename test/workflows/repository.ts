import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mustRun, runProgram } from '../tools/run-program.ts';

/** A checkout and the bare repository that it is pushed to, as a code host would keep it. */
export interface Repository {
  readonly checkout: string;
  /** Changes files and pushes the default branch, `main`. */
  push(files: Readonly<Record<string, string>>): Promise<void>;
  /** Makes the remote refuse every push, as GitHub does to a token without contents: write; only `push` is let through. */
  denyPushes(deny: boolean): void;
  /** Subjects of the commits of a branch of the remote, newest first; empty when it is not there. */
  commits(branch: string): Promise<string[]>;
  /** Whether any file of a branch of the remote has the text. */
  contains(branch: string, text: string): Promise<boolean>;
}

export async function newRepository(folder: string, name: string): Promise<Repository> {
  const checkout = join(folder, 'checkout');
  const remote = join(folder, 'remote.git');
  /** A push is refused while this file is there. */
  const denied = join(remote, 'denied');
  const denyPushes = (deny: boolean): void => (deny ? writeFileSync(denied, '') : rmSync(denied, { force: true }));
  const git = (...args: string[]): Promise<string> =>
    mustRun('git', ['-C', checkout, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args]);

  await mustRun('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote]);
  const refuse = `echo 'Permission to ${name}.git denied to github-actions[bot].'; exit 1`;
  const hook = `#!/bin/sh\nif [ -e '${denied}' ]; then ${refuse}; fi\n`;
  writeFileSync(join(remote, 'hooks/pre-receive'), hook, { mode: 0o755 });
  await mustRun('git', ['init', '--quiet', '--initial-branch=main', checkout]);
  await git('remote', 'add', 'origin', remote);

  return {
    checkout,
    denyPushes,
    async push(files) {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(checkout, path)), { recursive: true });
        writeFileSync(join(checkout, path), text);
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--message', `change ${Object.keys(files).join(', ')}`);
      denyPushes(false);
      await git('push', '--quiet', 'origin', 'HEAD:main');
    },
    async commits(branch) {
      const { stdout } = await runProgram('git', ['-C', remote, 'log', '--format=%s', branch, '--']);
      return stdout.split('\n').filter((line) => line !== '');
    },
    async contains(branch, text) {
      const found = await runProgram('git', ['-C', remote, 'grep', '--quiet', '--text', '-F', '-e', text, branch]);
      return found.status === 0;
    },
  };
}
