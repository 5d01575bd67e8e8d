import { commentAnswer, deploymentAnswer, issueAnswer, pullAnswer, repositoryAnswer, statusAnswer } from './answers.ts';
import type { Json } from './description.ts';
import type { OperationId } from './operations.ts';
import type { DeploymentRecord, IssueRecord, PullRequestRecord, Repository } from './repository.ts';

/** GitHub's own limit of a comment or the text of an issue. */
const BODY_CHARACTERS = 65_536;

export interface Call {
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  // biome-ignore lint/suspicious/noExplicitAny: the body was checked against GitHub's description
  readonly body: any;
  /** Who asks. */
  readonly login: string;
  readonly repository: Repository;
  readonly artifacts: ArtifactShelf;
  /** GitHub's example of the answer of a status. */
  readonly example: (status: number) => Json;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The whole list, of which `per_page` and `page` pick what is answered. */
  readonly list?: readonly unknown[];
  /** Puts a page of a list into its place in the answer. */
  readonly wrap?: (page: readonly unknown[]) => unknown;
}

/** What the artifact service holds of a workflow run. */
export interface ArtifactShelf {
  list(runId: string): readonly StoredArtifact[];
}

export interface StoredArtifact {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  /** `sha256:…` */
  readonly digest: string;
  readonly url: string;
}

export const HANDLERS: Readonly<Record<OperationId, (call: Call) => Answer>> = {
  'repos/get': ({ repository, example }) => ({ status: 200, body: repositoryAnswer(example(200), repository) }),

  'pulls/list': ({ repository, query, example }) => {
    const [entry] = example(200) as readonly Json[];
    const [head, state] = [query.get('head'), query.get('state') ?? 'open'];
    const found = repository.issues
      .filter((issue): issue is PullRequestRecord => issue.head !== undefined)
      .filter((pull) => head === null || head === `${pull.head.owner}:${pull.head.branch}`)
      .filter((pull) => state === 'all' || state === pull.state);
    return { status: 200, list: found.map((pull) => pullAnswer(entry!, repository, pull)) };
  },

  'issues/list-for-repo': ({ repository, query, example }) => {
    const state = query.get('state') ?? 'open';
    const labels = query.get('labels')?.split(',') ?? [];
    const [entry] = example(200) as readonly Json[];
    const found = repository.issues
      .filter((issue) => state === 'all' || issue.state === state)
      .filter((issue) => labels.every((label) => issue.labels.includes(label)))
      .sort((a, b) => (query.get('sort') === 'updated' ? b.changed - a.changed : b.number - a.number));
    const list = query.get('direction') === 'asc' ? found.reverse() : found;
    return { status: 200, list: list.map((issue) => issueAnswer(entry!, repository, issue)) };
  },

  'issues/create': ({ repository, body, login, example }) => {
    const number = Math.max(0, ...repository.issues.map((issue) => issue.number)) + 1;
    if (tooLong(body.body)) return TOO_LONG;
    const issue: IssueRecord = {
      number,
      author: login,
      title: String(body.title),
      body: body.body ?? '',
      labels: body.labels ?? [],
      state: 'open',
      stateReason: null,
      changed: nextChange(repository),
    };
    repository.issues.push(issue);
    return { status: 201, body: issueAnswer(example(201), repository, issue) };
  },

  'issues/update': (call) => {
    const { repository, body, example } = call;
    const issue = issueOf(call, call.path.issue_number);
    if (!issue) return NOT_FOUND;
    if (tooLong(body.body)) return TOO_LONG;
    issue.title = body.title ?? issue.title;
    issue.body = body.body ?? issue.body;
    issue.labels = body.labels ?? issue.labels;
    issue.state = body.state ?? issue.state;
    issue.stateReason = body.state_reason ?? issue.stateReason;
    issue.changed = nextChange(repository);
    return { status: 200, body: issueAnswer(example(200), repository, issue) };
  },

  'issues/list-comments': (call) => {
    const { repository, example } = call;
    const issue = issueOf(call, call.path.issue_number);
    if (!issue) return NOT_FOUND;
    const [entry] = example(200) as readonly Json[];
    const list = repository.comments.filter((comment) => comment.issue === issue.number);
    return { status: 200, list: list.map((comment) => commentAnswer(entry!, repository, comment)) };
  },

  'issues/create-comment': (call) => {
    const { repository, body, login, example } = call;
    const issue = issueOf(call, call.path.issue_number);
    if (!issue) return NOT_FOUND;
    if (tooLong(body.body)) return TOO_LONG;
    const id = repository.comments.length + 1;
    const comment = { id, issue: issue.number, author: login, body: body.body, writes: 1 };
    repository.comments.push(comment);
    return { status: 201, body: commentAnswer(example(201), repository, comment) };
  },

  'issues/update-comment': ({ repository, path, body, example }) => {
    const comment = repository.comments.find(({ id }) => id === Number(path.comment_id));
    if (!comment) return NOT_FOUND;
    if (tooLong(body.body)) return TOO_LONG;
    comment.body = body.body;
    comment.writes++;
    return { status: 200, body: commentAnswer(example(200), repository, comment) };
  },

  'repos/create-deployment': ({ repository, body, login, example }) => {
    // Commit statuses are unknown here, so a deployment that asks for them could never be made.
    if (body.required_contexts?.length !== 0) return invalid('Conflict: Commit status checks failed for the ref');
    const deployment: DeploymentRecord = {
      id: repository.deployments.length + 1,
      environment: body.environment ?? 'production',
      ref: body.ref,
      task: body.task ?? 'deploy',
      description: body.description ?? '',
      payload: body.payload ?? {},
      author: login,
      statuses: [],
    };
    repository.deployments.push(deployment);
    return { status: 201, body: deploymentAnswer(example(201), deployment) };
  },

  'repos/create-deployment-status': ({ repository, path, body, example }) => {
    const deployment = repository.deployments.find(({ id }) => id === Number(path.deployment_id));
    if (!deployment) return NOT_FOUND;
    const { state, description = '', environment_url: environmentUrl = '', log_url: logUrl = '' } = body;
    const status = { state, description, environmentUrl, logUrl };
    deployment.statuses.push(status);
    if (state === 'success' && body.auto_inactive !== false) retire(repository, deployment);
    return { status: 201, body: statusAnswer(example(201), status) };
  },

  'actions/create-workflow-dispatch': ({ repository, path, body }) => {
    const workflow = path.workflow_id!;
    if (!repository.workflows.includes(workflow)) return NOT_FOUND;
    if (body.ref !== repository.defaultBranch) return invalid(`No ref found for: ${body.ref}`);
    repository.dispatches.push({ workflow, ref: body.ref, inputs: body.inputs ?? {} });
    return { status: 204 };
  },

  'actions/list-workflow-run-artifacts': ({ path, query, artifacts, example }) => {
    const { artifacts: examples } = example(200) as { readonly artifacts: readonly Json[] };
    const name = query.get('name');
    const found = artifacts.list(path.run_id!).filter((artifact) => name === null || artifact.name === name);
    return {
      status: 200,
      list: found.map((artifact) => ({
        ...(examples[0] as Readonly<Record<string, Json>>),
        id: artifact.id,
        name: artifact.name,
        size_in_bytes: artifact.size,
        digest: artifact.digest,
        expired: false,
      })),
      wrap: (page) => ({ total_count: found.length, artifacts: page }),
    };
  },

  'actions/download-artifact': ({ path, artifacts }) => {
    const found = artifacts.list('').find(({ id }) => id === Number(path.artifact_id));
    return found ? { status: 302, headers: { location: found.url } } : NOT_FOUND;
  },
};

const NOT_FOUND: Answer = { status: 404, body: { message: 'Not Found', status: '404' } };
const TOO_LONG = invalid('body is too long (maximum is 65536 characters)');

function invalid(message: string): Answer {
  return { status: 422, body: { message, documentation_url: 'https://docs.github.com/rest' } };
}

function tooLong(body: unknown): boolean {
  return typeof body === 'string' && body.length > BODY_CHARACTERS;
}

function issueOf({ repository }: Call, number: string | undefined): IssueRecord | undefined {
  return repository.issues.find((issue) => issue.number === Number(number));
}

function nextChange(repository: Repository): number {
  return Math.max(0, ...repository.issues.map((issue) => issue.changed)) + 1;
}

/** What was successfully deployed to the same environment before does not serve it any more. */
function retire(repository: Repository, deployment: DeploymentRecord): void {
  for (const other of repository.deployments) {
    if (other === deployment || other.environment !== deployment.environment) continue;
    if (other.statuses.at(-1)?.state !== 'success') continue;
    other.statuses.push({ state: 'inactive', description: '', environmentUrl: '', logUrl: '' });
  }
}
