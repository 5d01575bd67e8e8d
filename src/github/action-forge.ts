import process from 'node:process';
import type { Redactor } from '../errors/redact.ts';
import type { Forge } from '../forge/forge.ts';
import { noForge } from '../forge/no-forge.ts';
import { runnerContext } from './runner-context.ts';
import { storeArtifact } from './store-artifact.ts';

/**
 * The forge of a step on a runner. Without a token there is nobody to write as: runs go on and only artifacts are stored. With one,
 * GitHub's client is loaded at the first request, which most steps never make.
 */
export async function actionForge(token: string | undefined, redactor: Redactor): Promise<Forge> {
  const runner = runnerContext(process.env);
  const { origin, repository, apiUrl } = runner;
  const uploadArtifact: Forge['uploadArtifact'] = (artifact) => storeArtifact(runner, artifact);
  if (!token) {
    const reason = 'there is no token; set the input github-token';
    return { ...noForge(origin), upsertComment: async () => ({ done: false, reason }), uploadArtifact };
  }
  redactor.add(token);
  let loaded: Promise<Forge> | undefined;
  const forge = (): Promise<Forge> =>
    (loaded ??= Promise.all([import('./github-api.ts'), import('./github-forge.ts')]).then(
      ([{ githubApi }, { githubForge }]) => githubForge(runner, githubApi({ token, repository, apiUrl, redactor })),
    ));
  return {
    origin,
    uploadArtifact,
    upsertComment: async (comment) => (await forge()).upsertComment(comment),
    startDeployment: async (deployment) => (await forge()).startDeployment(deployment),
    upsertIssue: async (issue) => (await forge()).upsertIssue(issue),
    closeIssue: async (id, markdown) => (await forge()).closeIssue(id, markdown),
    dispatchWorkflow: async (workflow, inputs) => (await forge()).dispatchWorkflow(workflow, inputs),
  };
}
