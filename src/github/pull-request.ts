import type { GithubApi } from './github-api.ts';
import type { RunnerContext } from './runner-context.ts';

/**
 * The pull request that this run is about. The event of a `workflow_run` names none when the run before it was of a fork:
 * then it is the open one of that fork's branch, as long as its head is still the commit that was looked at.
 */
export async function findPullRequest(
  { origin, runBefore }: RunnerContext,
  api: GithubApi,
): Promise<number | undefined> {
  if (origin.pullRequest !== undefined || !runBefore) return origin.pullRequest;
  const { octokit, owner, repo } = api;
  const { headOwner, headBranch, headSha } = runBefore;
  const { data } = await api.call('find the pull request', 'pull-requests: write', () =>
    octokit.rest.pulls.list({ owner, repo, state: 'open', head: `${headOwner}:${headBranch}`, per_page: 100 }),
  );
  return data.find((pull) => pull.head.sha === headSha)?.number;
}
