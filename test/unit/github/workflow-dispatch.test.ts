import { expect, test } from 'vitest';
import { TEST_TOKEN } from '../../tools/github-api/start-github-api.ts';
import { forgeOnStandIn } from './forge-stand-in.ts';

test('a workflow is started on the default branch, which the API is asked for, with its inputs', async () => {
  const { forge, github } = await forgeOnStandIn({ workflows: ['retrain.yml'], defaultBranch: 'trunk' });
  await forge.dispatchWorkflow('retrain.yml', { reason: 'drift' });
  expect(github.repository.dispatches).toEqual([
    { workflow: 'retrain.yml', ref: 'trunk', inputs: { reason: 'drift' } },
  ]);
});

test('a workflow that is not there is named with the branch that was looked at', async () => {
  const { forge } = await forgeOnStandIn();
  await expect(forge.dispatchWorkflow('retrain.yml', {})).rejects.toMatchObject({
    code: 'WORKFLOW_NOT_FOUND',
    message:
      'could not start the workflow retrain.yml: acme/bikes has no .github/workflows/retrain.yml on main, or the token may not see it',
  });
});

test('a token that may not start workflows fails and names the permission', async () => {
  const tokens = { [TEST_TOKEN]: { login: 'github-actions[bot]', permissions: ['contents: write'] } };
  const { forge } = await forgeOnStandIn({ workflows: ['retrain.yml'], tokens });
  await expect(forge.dispatchWorkflow('retrain.yml', {})).rejects.toMatchObject({
    code: 'FORGE_DENIED',
    message:
      'could not start the workflow retrain.yml in acme/bikes: the token may not (Resource not accessible by integration). Add to the job: permissions: actions: write',
  });
});
