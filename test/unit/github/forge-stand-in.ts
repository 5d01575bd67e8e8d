import { onTestFinished } from 'vitest';
import { Redactor } from '../../../src/errors/redact.ts';
import type { Forge, Origin } from '../../../src/forge/forge.ts';
import { githubApi } from '../../../src/github/github-api.ts';
import { githubForge } from '../../../src/github/github-forge.ts';
import type { RunnerContext } from '../../../src/github/runner-context.ts';
import {
  type GithubApiOptions,
  type GithubApiStandIn,
  startGithubApi,
  TEST_TOKEN,
} from '../../tools/github-api/start-github-api.ts';

export const HEAD = { owner: 'acme', branch: 'better-forest', sha: 'c0ffee0000000000000000000000000000000000' };

export interface ForgeOnStandIn {
  readonly forge: Forge;
  readonly github: GithubApiStandIn;
  /** Milliseconds that the forge wanted to wait, one entry a pause; it did not. */
  readonly waits: readonly number[];
  /** The same repository as seen by another token. */
  as(token: string): Forge;
}

/** The forge of a run in `acme/bikes` for pull request 7, on a GitHub that ends with the test. */
export async function forgeOnStandIn(
  options: GithubApiOptions & {
    readonly origin?: Partial<Origin>;
    readonly runBefore?: RunnerContext['runBefore'];
  } = {},
): Promise<ForgeOnStandIn> {
  const github = await startGithubApi({ pullRequests: { 7: HEAD }, ...options });
  onTestFinished(() => github.stop());
  const waits: number[] = [];
  const repository = github.repository.fullName;
  const origin: Origin = {
    host: 'github',
    actor: 'ada',
    repository,
    commit: HEAD.sha,
    branch: HEAD.branch,
    runUrl: `https://github.com/${repository}/actions/runs/42`,
    event: 'pull_request',
    pullRequest: 7,
    ...options.origin,
  };
  const as = (token: string): Forge => {
    const api = githubApi({
      token,
      repository,
      apiUrl: github.url,
      redactor: new Redactor(),
      wait: async (ms) => void waits.push(ms),
    });
    const { runBefore } = options;
    return githubForge({ origin, repository, apiUrl: github.url, defaultBranch: undefined, runBefore }, api);
  };
  return { forge: as(TEST_TOKEN), github, waits, as };
}
