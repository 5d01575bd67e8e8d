import { setTimeout as sleep } from 'node:timers/promises';
import { getOctokit } from '@actions/github';
import { MlopsError } from '../errors/mlops-error.ts';
import type { Redactor } from '../errors/redact.ts';
import { isRateLimited, limitEnds, pauseBeforeRetry, type Refusal } from './rate-limit.ts';

/** A line under `permissions:` of a job. */
export type Permission =
  | 'actions: write'
  | 'contents: read'
  | 'deployments: write'
  | 'issues: write'
  | 'pull-requests: write';

export interface GithubApi {
  readonly owner: string;
  readonly repo: string;
  readonly octokit: ReturnType<typeof getOctokit>;
  /** Who the token is, e.g. `github-actions[bot]`; asked once. */
  login(): Promise<string>;
  /** Runs a request and turns its failure into an error that names what is missing. `what` completes "could not …". */
  call<T>(what: string, permission: Permission, request: () => Promise<T>): Promise<T>;
}

export interface GithubApiOptions {
  readonly token: string;
  /** `owner/name` */
  readonly repository: string;
  readonly apiUrl: string;
  readonly redactor: Redactor;
  /** Waits between attempts; tests pass one that only notes the time. */
  readonly wait?: (ms: number) => Promise<void>;
}

interface RequestFailure {
  readonly status: number;
  readonly message: string;
  readonly response?: { readonly headers: Refusal['headers']; readonly data?: { readonly message?: string } };
}

/** GitHub's REST API with one token for one repository: waits when told to, and says what is missing when refused. */
export function githubApi(options: GithubApiOptions): GithubApi {
  const { token, repository, apiUrl, redactor, wait = sleep } = options;
  const [owner = '', repo = ''] = repository.split('/');
  const octokit = getOctokit(token, { baseUrl: apiUrl });
  octokit.hook.wrap('request', async (request, parameters) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await request(parameters);
      } catch (error) {
        if (!isRequestFailure(error)) throw error;
        const { method } = parameters;
        const pause = pauseBeforeRetry(refusalOf(error), { method, attempt }, Date.now());
        if (pause === undefined) throw error;
        await wait(pause);
      }
    }
  });

  let login: Promise<string> | undefined;
  return {
    owner,
    repo,
    octokit,
    // REST's /user refuses installation tokens; GraphQL's viewer answers every kind.
    login: () =>
      (login ??= octokit
        .graphql<{ viewer: { login: string } }>('query { viewer { login } }')
        .then(({ viewer }) => viewer.login)),
    async call(what, permission, request) {
      try {
        return await request();
      } catch (error) {
        throw isRequestFailure(error) ? explain(error, { what, permission, repository, redactor }) : error;
      }
    },
  };
}

function isRequestFailure(error: unknown): error is RequestFailure {
  return error instanceof Error && typeof (error as { status?: unknown }).status === 'number';
}

function refusalOf(failure: RequestFailure): Refusal {
  return { status: failure.status, headers: failure.response?.headers };
}

interface Situation {
  readonly what: string;
  readonly permission: Permission;
  readonly repository: string;
  readonly redactor: Redactor;
}

function explain(failure: RequestFailure, { what, permission, repository, redactor }: Situation): MlopsError {
  const refusal = refusalOf(failure);
  const said = redactor.redact(failure.response?.data?.message ?? failure.message);
  const start = `could not ${what} in ${repository}`;
  const options = { cause: failure };
  if (isRateLimited(refusal)) {
    const ms = limitEnds(refusal, Date.now());
    const when = ms === undefined ? 'in a few minutes' : `in ${Math.ceil(ms / 60_000)} minutes`;
    return new MlopsError('FORGE_LIMITED', `${start}: the rate limit is used up; run the step again ${when}`, options);
  }
  switch (failure.status) {
    case 401:
      return new MlopsError('FORGE_DENIED', `${start}: the token is not valid any more (${said})`, options);
    case 403:
      return new MlopsError(
        'FORGE_DENIED',
        `${start}: the token may not (${said}). Add to the job: permissions: ${permission}`,
        options,
      );
    case 404:
      return new MlopsError(
        'FORGE_DENIED',
        `${start}: it is not there, or the token may not see it. Check the name, and that the job has permissions: ${permission}`,
        options,
      );
  }
  const code = failure.status >= 500 || !failure.response ? 'FORGE_UNREACHABLE' : 'FORGE_REFUSED';
  return new MlopsError(code, `${start}: GitHub answered ${failure.status}: ${said}`, options);
}
