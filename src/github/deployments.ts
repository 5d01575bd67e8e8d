import type { DeploymentReporter, DeploymentRequest } from '../forge/forge.ts';
import type { GithubApi } from './github-api.ts';

/** GitHub takes this many characters. */
const DESCRIPTION_CHARACTERS = 140;

/**
 * Records a deployment of the repository at `ref`. Commit statuses are not asked for: the gates of the model have decided
 * already, and a status that is still pending (this very run) would refuse the deployment.
 */
export async function startDeployment(
  api: GithubApi,
  request: DeploymentRequest,
  runUrl: string | undefined,
): Promise<DeploymentReporter> {
  const { octokit, owner, repo } = api;
  const { environment, ref, payload } = request;
  const permission = 'deployments: write';
  const what = `record the deployment to ${environment}`;
  const { data } = await api.call(what, permission, () =>
    octokit.rest.repos.createDeployment({
      owner,
      repo,
      ref,
      environment,
      description: shorten(request.description),
      payload: { ...payload },
      task: 'deploy:model',
      auto_merge: false,
      required_contexts: [],
    }),
  );
  // The other answer, 202, is an automatic merge, which was not asked for.
  if (!('id' in data)) throw new Error(`a deployment without id: ${JSON.stringify(data)}`);
  const deployment_id = data.id;
  return async (state, { description, environmentUrl }) => {
    await api.call(what, permission, () =>
      octokit.rest.repos.createDeploymentStatus({
        owner,
        repo,
        deployment_id,
        state,
        description: shorten(description),
        ...(environmentUrl === undefined ? {} : { environment_url: environmentUrl }),
        ...(runUrl === undefined ? {} : { log_url: runUrl }),
        // Marks what was deployed there before as inactive.
        auto_inactive: true,
      }),
    );
  };
}

function shorten(text: string): string {
  return text.length <= DESCRIPTION_CHARACTERS ? text : `${text.slice(0, DESCRIPTION_CHARACTERS - 1)}…`;
}
