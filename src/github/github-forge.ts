import { MlopsError } from '../errors/mlops-error.ts';
import type { Forge } from '../forge/forge.ts';
import { upsertComment } from './comments.ts';
import { startDeployment } from './deployments.ts';
import type { GithubApi } from './github-api.ts';
import { closeIssue, upsertIssue } from './issues.ts';
import { findPullRequest } from './pull-request.ts';
import type { RunnerContext } from './runner-context.ts';
import { storeArtifact } from './store-artifact.ts';

/** The forge of a repository on GitHub. */
export function githubForge(runner: RunnerContext, api: GithubApi): Forge {
  const { origin } = runner;
  return {
    origin,
    upsertComment: async (comment) => upsertComment(api, await findPullRequest(runner, api), comment),
    uploadArtifact: (artifact) => storeArtifact(runner, artifact),
    startDeployment: (deployment) => startDeployment(api, deployment, origin.runUrl),
    upsertIssue: (issue) => upsertIssue(api, issue),
    closeIssue: (id, markdown) => closeIssue(api, id, markdown),
    dispatchWorkflow: (workflow, inputs) => dispatchWorkflow(runner, api, workflow, inputs),
  };
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
