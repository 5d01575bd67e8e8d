/** What the stand-in remembers: one repository. */
export interface Repository {
  /** `owner/name` */
  readonly fullName: string;
  readonly defaultBranch: string;
  /** Files under .github/workflows that a dispatch may name. */
  readonly workflows: readonly string[];
  /** Issues and pull requests share their numbers. */
  readonly issues: IssueRecord[];
  readonly comments: CommentRecord[];
  readonly deployments: DeploymentRecord[];
  readonly dispatches: DispatchRecord[];
}

export interface IssueRecord {
  readonly number: number;
  /** Of pull requests only. */
  readonly head?: Head;
  readonly author: string;
  title: string;
  body: string;
  labels: readonly string[];
  state: 'open' | 'closed';
  stateReason: string | null;
  /** Counts changes in the whole repository: the order of `sort=updated`. */
  changed: number;
}

export interface Head {
  /** Whose repository: that of the fork, if it is one. */
  readonly owner: string;
  readonly branch: string;
  readonly sha: string;
}

export type PullRequestRecord = IssueRecord & { readonly head: Head };

export interface CommentRecord {
  readonly id: number;
  readonly issue: number;
  readonly author: string;
  body: string;
  /** How often it was written, once for its creation. */
  writes: number;
}

export interface DeploymentRecord {
  readonly id: number;
  readonly environment: string;
  readonly ref: string;
  readonly task: string;
  readonly description: string;
  readonly payload: unknown;
  readonly author: string;
  /** Oldest first. */
  readonly statuses: StatusRecord[];
}

export interface StatusRecord {
  readonly state: string;
  readonly description: string;
  readonly environmentUrl: string;
  readonly logUrl: string;
}

export interface DispatchRecord {
  readonly workflow: string;
  readonly ref: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface RepositoryOptions {
  readonly repository?: string;
  readonly defaultBranch?: string;
  readonly workflows?: readonly string[];
  /** Open pull requests by their numbers. */
  readonly pullRequests?: Readonly<Record<number, Head>>;
}

export function newRepository(options: RepositoryOptions): Repository {
  const { repository = 'acme/bikes', defaultBranch = 'main', workflows = [], pullRequests = {} } = options;
  return {
    fullName: repository,
    defaultBranch,
    workflows,
    issues: Object.entries(pullRequests).map(([number, head]) => ({
      number: Number(number),
      head,
      author: 'contributor',
      title: `Pull request ${number}`,
      body: '',
      labels: [],
      state: 'open',
      stateReason: null,
      changed: 0,
    })),
    comments: [],
    deployments: [],
    dispatches: [],
  };
}
