import type { GithubApi } from './github-api.ts';
import { hasMarker, markedBody } from './marker.ts';

/**
 * Every issue of ours carries this label: only those are listed when one is looked for, however many issues the
 * repository has. (Listing by author finds nothing for app tokens on some installations.)
 */
export const ISSUE_LABEL = 'mlops';

interface Found {
  readonly number: number;
  readonly title: string;
  readonly state: string;
  readonly url: string;
  readonly body: string;
}

export interface IssueText {
  readonly id: string;
  readonly title: string;
  readonly markdown: string;
  readonly labels: readonly string[];
}

/** Makes the issue, or brings the one that carries `id` up to date, reopened when it was closed. Answers its URL. */
export function upsertIssue(api: GithubApi, issue: IssueText): Promise<string> {
  const { octokit, owner, repo } = api;
  return api.call(`write the issue "${issue.title}"`, 'issues: write', async () => {
    const body = markedBody(issue.id, issue.markdown);
    const found = await findIssue(api, issue.id);
    if (!found) {
      const labels = [...new Set([ISSUE_LABEL, ...issue.labels])];
      const { data } = await octokit.rest.issues.create({ owner, repo, title: issue.title, body, labels });
      return data.html_url;
    }
    const closed = found.state === 'closed';
    if (closed || found.body !== body || found.title !== issue.title) {
      const reopening = closed ? ({ state: 'open', state_reason: 'reopened' } as const) : {};
      const { title } = issue;
      await octokit.rest.issues.update({ owner, repo, issue_number: found.number, title, body, ...reopening });
    }
    return found.url;
  });
}

/** Closes the issue that carries `id` with a last comment; nothing when none is open. */
export function closeIssue(api: GithubApi, id: string, markdown: string): Promise<void> {
  const { octokit, owner, repo } = api;
  return api.call('close the issue', 'issues: write', async () => {
    const found = await findIssue(api, id);
    if (found?.state !== 'open') return;
    const target = { owner, repo, issue_number: found.number };
    await octokit.rest.issues.createComment({ ...target, body: markedBody(`${id}:closed`, markdown) });
    await octokit.rest.issues.update({ ...target, state: 'closed', state_reason: 'completed' });
  });
}

/** The open issue that carries `id`, else the one that was changed last. */
async function findIssue(api: GithubApi, id: string): Promise<Found | undefined> {
  const { octokit, owner, repo } = api;
  const login = await api.login();
  let closed: Found | undefined;
  const pages = octokit.paginate.iterator(octokit.rest.issues.listForRepo, {
    owner,
    repo,
    labels: ISSUE_LABEL,
    state: 'all',
    sort: 'updated',
    direction: 'desc',
    per_page: 100,
  });
  for await (const { data } of pages) {
    for (const item of data) {
      if (item.pull_request || item.user?.login !== login || !hasMarker(item.body, id)) continue;
      const { number, title, state, html_url: url } = item;
      const found = { number, title, state, url, body: item.body ?? '' };
      if (state === 'open') return found;
      closed ??= found;
    }
  }
  return closed;
}
