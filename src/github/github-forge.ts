import process from 'node:process';
import { MlopsError } from '../errors/mlops-error.ts';
import type { Redactor } from '../errors/redact.ts';
import type { Forge } from '../forge/forge.ts';
import { noForge } from '../forge/no-forge.ts';
import { upsertComment } from './comments.ts';
import { startDeployment } from './deployments.ts';
import { type GithubApi, githubApi } from './github-api.ts';
import { closeIssue, upsertIssue } from './issues.ts';
import { type RunnerContext, runnerContext } from './runner-context.ts';

/** The forge of a step on a runner. Without a token there is nobody to write as: runs go on and only artifacts are stored. */
export async function actionForge(token: string | undefined, redactor: Redactor): Promise<Forge> {
  const runner = runnerContext(process.env);
  if (!token) {
    return {
      ...noForge(runner.origin),
      upsertComment: async () => ({ done: false, reason: 'there is no token; set the input github-token' }),
      uploadArtifact: (artifact) => storeArtifact(runner, artifact),
    };
  }
  redactor.add(token);
  const { repository, apiUrl } = runner;
  return githubForge(runner, githubApi({ token, repository, apiUrl, redactor }));
}

export function githubForge(runner: RunnerContext, api: GithubApi): Forge {
  const { origin } = runner;
  return {
    origin,
    upsertComment: (comment) => upsertComment(api, origin.pullRequest, comment),
    uploadArtifact: (artifact) => storeArtifact(runner, artifact),
    startDeployment: (deployment) => startDeployment(api, deployment, origin.runUrl),
    upsertIssue: (issue) => upsertIssue(api, issue),
    closeIssue: (id, markdown) => closeIssue(api, id, markdown),
    dispatchWorkflow: (workflow, inputs) => dispatchWorkflow(runner, api, workflow, inputs),
  };
}

/** Artifacts go to the runner's own service, which `run:` steps cannot reach: there the file on disk is all there is. */
async function storeArtifact(
  { origin }: RunnerContext,
  artifact: Parameters<Forge['uploadArtifact']>[0],
): Promise<string | undefined> {
  if (!process.env.ACTIONS_RUNTIME_TOKEN || !process.env.ACTIONS_RESULTS_URL) return undefined;
  const { uploadArtifact } = await import('./artifacts.ts');
  const id = await uploadArtifact(artifact);
  return origin.runUrl && `${origin.runUrl}/artifacts/${id}`;
}

/** On the default branch, whatever branch this run is of: what is trained there is what is deployed. */
async function dispatchWorkflow(
  { defaultBranch, repository }: RunnerContext,
  api: GithubApi,
  workflow: string,
  inputs: Readonly<Record<string, string>>,
): Promise<void> {
  const { octokit, owner, repo } = api;
  const ref =
    defaultBranch ??
    (await api.call('look up the default branch', 'contents: read', () => octokit.rest.repos.get({ owner, repo }))).data
      .default_branch;
  const what = `start the workflow ${workflow}`;
  try {
    await api.call(what, 'actions: write', () =>
      octokit.rest.actions.createWorkflowDispatch({ owner, repo, workflow_id: workflow, ref, inputs: { ...inputs } }),
    );
  } catch (error) {
    const status = error instanceof MlopsError ? (error.cause as { status?: number }).status : undefined;
    if (status !== 404) throw error;
    throw new MlopsError(
      'WORKFLOW_NOT_FOUND',
      `could not ${what}: ${repository} has no .github/workflows/${workflow} on ${ref}, or the token may not see it`,
      { cause: error },
    );
  }
}
