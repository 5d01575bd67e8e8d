import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Origin } from '../forge/forge.ts';

const run = promisify(execFile);

/** Who runs this, and at which commit, on a machine without a code host. Outside a git checkout both are undefined. */
export async function gitOrigin(cwd: string, actor: string): Promise<Origin> {
  const git = async (...args: string[]): Promise<string | undefined> => {
    try {
      return (await run('git', args, { cwd })).stdout.trim() || undefined;
    } catch {
      // No git, or no checkout: a run without commit is still a run.
      return undefined;
    }
  };
  const [commit, branch] = await Promise.all([
    git('rev-parse', '--verify', '-q', 'HEAD'),
    git('branch', '--show-current'),
  ]);
  return {
    host: 'local',
    actor,
    repository: undefined,
    commit,
    branch,
    runUrl: undefined,
    event: undefined,
    pullRequest: undefined,
  };
}
