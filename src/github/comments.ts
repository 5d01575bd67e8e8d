import { MlopsError } from '../errors/mlops-error.ts';
import type { CommentResult } from '../forge/forge.ts';
import type { GithubApi } from './github-api.ts';
import { hasMarker, markedBody } from './marker.ts';

const FORK_HINT =
  'a pull request from a fork has a read-only token; elsewhere add to the job: permissions: pull-requests: write';

/**
 * The comment of ours that carries `id` on a pull request, made or updated in place. Found by the marker and by its
 * author, so nobody can have it overwritten. A token that may not comment is not a failure of the step: the evaluation
 * stands in its job summary too.
 */
export async function upsertComment(
  api: GithubApi,
  pullRequest: number | undefined,
  comment: { id: string; markdown: string },
): Promise<CommentResult> {
  if (pullRequest === undefined) return { done: false, reason: 'this run belongs to no pull request' };
  const { octokit, owner, repo } = api;
  const body = markedBody(comment.id, comment.markdown);
  try {
    return await api.call(`comment on #${pullRequest}`, 'pull-requests: write', async () => {
      const login = await api.login();
      const comments = octokit.paginate.iterator(octokit.rest.issues.listComments, {
        owner,
        repo,
        issue_number: pullRequest,
        per_page: 100,
      });
      for await (const { data } of comments) {
        const own = data.find((c) => c.user?.login === login && hasMarker(c.body, comment.id));
        if (!own) continue;
        if (own.body !== body) await octokit.rest.issues.updateComment({ owner, repo, comment_id: own.id, body });
        return { done: true, url: own.html_url, created: false };
      }
      const { data } = await octokit.rest.issues.createComment({ owner, repo, issue_number: pullRequest, body });
      return { done: true, url: data.html_url, created: true };
    });
  } catch (error) {
    if (error instanceof MlopsError && error.code === 'FORGE_DENIED') {
      return { done: false, reason: `${error.message} (${FORK_HINT})` };
    }
    throw error;
  }
}
