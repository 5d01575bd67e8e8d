import { readFileSync } from 'node:fs';
import type { Origin } from '../forge/forge.ts';

/** What the runner tells a step about where it runs. */
export interface RunnerContext {
  readonly origin: Origin;
  /** `owner/name` */
  readonly repository: string;
  readonly apiUrl: string;
  /** Known from the event; otherwise the API is asked. */
  readonly defaultBranch: string | undefined;
  /** What the run looked at whose end started this one. */
  readonly runBefore: { readonly headOwner: string; readonly headBranch: string; readonly headSha: string } | undefined;
}

interface EventPayload {
  readonly pull_request?: { readonly number: number; readonly head?: { readonly sha?: string; readonly ref?: string } };
  readonly issue?: { readonly number: number; readonly pull_request?: unknown };
  readonly workflow_run?: {
    readonly event: string;
    readonly head_branch: string;
    readonly head_sha: string;
    readonly head_repository: { readonly owner: { readonly login: string } };
    readonly pull_requests?: readonly { readonly number: number }[];
  };
  readonly repository?: { readonly default_branch?: string };
}

/** Source  GitHub's documentation of default environment variables and of webhook payloads */
export function runnerContext(env: NodeJS.ProcessEnv): RunnerContext {
  const payload = readPayload(env.GITHUB_EVENT_PATH);
  const repository = env.GITHUB_REPOSITORY ?? '';
  const event = env.GITHUB_EVENT_NAME || undefined;
  const server = env.GITHUB_SERVER_URL || 'https://github.com';
  const runUrl = env.GITHUB_RUN_ID ? `${server}/${repository}/actions/runs/${env.GITHUB_RUN_ID}` : undefined;
  return {
    repository,
    apiUrl: env.GITHUB_API_URL || 'https://api.github.com',
    // A schedule runs on the default branch only, and its event does not name it.
    defaultBranch: payload.repository?.default_branch ?? (event === 'schedule' ? env.GITHUB_REF_NAME : undefined),
    runBefore: runBefore(payload),
    origin: {
      host: 'github',
      actor: env.GITHUB_ACTOR || 'unknown',
      repository: repository || undefined,
      // The commit of a pull request run is a merge that exists nowhere else: the head is what people know.
      commit: payload.pull_request?.head?.sha ?? (env.GITHUB_SHA || undefined),
      branch: env.GITHUB_HEAD_REF || env.GITHUB_REF_NAME || undefined,
      runUrl,
      event,
      pullRequest: pullRequestOf(payload),
    },
  };
}

/** Only of a pull request: the end of a run on a branch is about none. */
function runBefore({ workflow_run: run }: EventPayload): RunnerContext['runBefore'] {
  if (run?.event !== 'pull_request') return undefined;
  return { headOwner: run.head_repository.owner.login, headBranch: run.head_branch, headSha: run.head_sha };
}

/** Of the event, of the issue comment on it, or of the run that started this one. */
function pullRequestOf(payload: EventPayload): number | undefined {
  if (payload.pull_request) return payload.pull_request.number;
  if (payload.issue?.pull_request) return payload.issue.number;
  return payload.workflow_run?.pull_requests?.[0]?.number;
}

function readPayload(path: string | undefined): EventPayload {
  if (!path) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as EventPayload;
  } catch {
    // A step can be run without an event (act, a self-made runner): then nothing is known of it.
    return {};
  }
}
