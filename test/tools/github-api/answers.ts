/** GitHub's own example answers with what the stand-in remembers laid over them. */
import type { Json } from './description.ts';
import type {
  CommentRecord,
  DeploymentRecord,
  IssueRecord,
  PullRequestRecord,
  Repository,
  StatusRecord,
} from './repository.ts';

type Example = Readonly<Record<string, Json>>;
const WEB = 'https://github.com';

export function issueAnswer(example: Json, repository: Repository, issue: IssueRecord): unknown {
  const { pull_request: _pull, ...rest } = example as Example;
  const path = issue.head ? 'pull' : 'issues';
  const url = `${WEB}/${repository.fullName}/${path}/${issue.number}`;
  return {
    ...rest,
    number: issue.number,
    id: 10_000 + issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    state_reason: issue.stateReason,
    labels: issue.labels.map((name) => ({ name })),
    html_url: url,
    user: userAnswer(rest.user!, issue.author),
    ...(issue.head ? { pull_request: { url, html_url: url, diff_url: url, patch_url: url } } : {}),
  };
}

export function commentAnswer(example: Json, repository: Repository, comment: CommentRecord): unknown {
  const rest = example as Example;
  return {
    ...rest,
    id: comment.id,
    body: comment.body,
    user: userAnswer(rest.user!, comment.author),
    html_url: `${WEB}/${repository.fullName}/pull/${comment.issue}#issuecomment-${comment.id}`,
  };
}

export function deploymentAnswer(example: Json, deployment: DeploymentRecord): unknown {
  const { id, environment, ref, task, description, payload } = deployment;
  return { ...(example as Example), id, environment, ref, task, description, payload };
}

export function statusAnswer(example: Json, status: StatusRecord): unknown {
  const { state, description, environmentUrl, logUrl } = status;
  const { environment_url: _url, ...rest } = example as Example;
  const urls = { log_url: logUrl, ...(environmentUrl === '' ? {} : { environment_url: environmentUrl }) };
  return { ...rest, state, description, ...urls };
}

export function repositoryAnswer(example: Json, repository: Repository): unknown {
  const { fullName, defaultBranch } = repository;
  // Of the example's parents, which lack keys that its schema requires, nothing is taken: this is no fork.
  const { parent: _parent, source: _source, template_repository: _template, ...rest } = example as Example;
  return {
    ...rest,
    name: fullName.split('/')[1],
    full_name: fullName,
    default_branch: defaultBranch,
    html_url: `${WEB}/${fullName}`,
    language: null,
  };
}

export function pullAnswer(example: Json, repository: Repository, pull: PullRequestRecord): unknown {
  const { number, title, state } = pull;
  // Of the example's teams, which lack a key that its schema requires, none is asked.
  const { head, requested_teams: _teams, ...rest } = example as Example;
  const { owner, branch, sha } = pull.head;
  const html_url = `${WEB}/${repository.fullName}/pull/${number}`;
  return {
    ...rest,
    number,
    title,
    state,
    html_url,
    head: { ...(head as Example), label: `${owner}:${branch}`, ref: branch, sha },
  };
}

function userAnswer(example: Json, login: string): unknown {
  return { ...(example as Example), login, type: login.endsWith('[bot]') ? 'Bot' : 'User' };
}
