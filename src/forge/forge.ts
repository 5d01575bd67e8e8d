/** The port to the code host. Laptops get `noForge`; GitHub's implementation is in src/github/. */
export interface Forge {
  /** What started this run, for tags, histories and reports. */
  readonly origin: Origin;
  /** Creates the comment that carries `id` on the current pull request, or updates it in place. */
  upsertComment(comment: { id: string; markdown: string }): Promise<CommentResult>;
  /** Stores files with the workflow run; the answer is where people open them. */
  uploadArtifact(artifact: {
    name: string;
    files: readonly string[];
    rootDirectory: string;
  }): Promise<string | undefined>;
  /** Records a deployment of `environment` and returns the function that reports how it went. */
  startDeployment(deployment: DeploymentRequest): Promise<DeploymentReporter>;
  /** Creates the issue that carries `id`, or updates it (reopening it when closed). */
  upsertIssue(issue: {
    id: string;
    title: string;
    markdown: string;
    labels: readonly string[];
  }): Promise<string | undefined>;
  /** Closes the issue that carries `id`, if one is open. */
  closeIssue(id: string, markdown: string): Promise<void>;
  /** Starts a workflow of this repository by `workflow_dispatch`. */
  dispatchWorkflow(workflow: string, inputs: Readonly<Record<string, string>>): Promise<void>;
}

export interface Origin {
  /** `local` or `github`. */
  readonly host: string;
  /** Who: the login on the host, the user's name on a laptop. */
  readonly actor: string;
  readonly repository: string | undefined;
  readonly commit: string | undefined;
  readonly branch: string | undefined;
  readonly runUrl: string | undefined;
  readonly event: string | undefined;
  readonly pullRequest: number | undefined;
}

export type CommentResult =
  | { readonly done: true; readonly url: string; readonly created: boolean }
  | { readonly done: false; readonly reason: string };

export interface DeploymentRequest {
  readonly environment: string;
  readonly ref: string;
  readonly description: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export type DeploymentState = 'in_progress' | 'success' | 'failure' | 'inactive';
export type DeploymentReporter = (
  state: DeploymentState,
  details: { description: string; environmentUrl?: string },
) => Promise<void>;
