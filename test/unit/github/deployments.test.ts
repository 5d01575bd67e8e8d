import { expect, test } from 'vitest';
import { TEST_TOKEN } from '../../tools/github-api/start-github-api.ts';
import { forgeOnStandIn } from './forge-stand-in.ts';

const REQUEST = {
  environment: 'production',
  ref: 'c0ffee0000000000000000000000000000000000',
  description: 'bikes v3',
  payload: { model: 'bikes', version: 3 },
};
const LOG = 'https://github.com/acme/bikes/actions/runs/42';

test('a deployment is recorded with each of its states and where its log is', async () => {
  const { forge, github } = await forgeOnStandIn();
  const report = await forge.startDeployment(REQUEST);
  await report('in_progress', { description: 'validating' });
  await report('success', { description: 'bikes v3 is served', environmentUrl: 'https://bikes.example' });
  expect(github.repository.deployments).toEqual([
    {
      id: 1,
      ...REQUEST,
      task: 'deploy:model',
      author: 'github-actions[bot]',
      statuses: [
        { state: 'in_progress', description: 'validating', environmentUrl: '', logUrl: LOG },
        { state: 'success', description: 'bikes v3 is served', environmentUrl: 'https://bikes.example', logUrl: LOG },
      ],
    },
  ]);
});

test('what served the environment before becomes inactive, other environments stay', async () => {
  const { forge, github } = await forgeOnStandIn();
  for (const environment of ['staging', 'production', 'production']) {
    const report = await forge.startDeployment({ ...REQUEST, environment });
    await report('success', { description: 'served' });
  }
  const states = github.repository.deployments.map(({ environment, statuses }) => [
    environment,
    statuses.map(({ state }) => state),
  ]);
  expect(states).toEqual([
    ['staging', ['success']],
    ['production', ['success', 'inactive']],
    ['production', ['success']],
  ]);
});

test('a description longer than GitHub takes is shortened', async () => {
  const { forge, github } = await forgeOnStandIn();
  const report = await forge.startDeployment({ ...REQUEST, description: 'x'.repeat(200) });
  await report('failure', { description: 'y'.repeat(141) });
  const [deployment] = github.repository.deployments;
  expect(deployment!.description).toBe(`${'x'.repeat(139)}…`);
  expect(deployment!.statuses[0]!.description).toBe(`${'y'.repeat(139)}…`);
});

test('a token that may not deploy fails and names the permission', async () => {
  const permissions = ['issues: write', 'pull-requests: write'];
  const { forge } = await forgeOnStandIn({ tokens: { [TEST_TOKEN]: { login: 'app[bot]', permissions } } });
  await expect(forge.startDeployment(REQUEST)).rejects.toMatchObject({
    code: 'FORGE_DENIED',
    message:
      'could not record the deployment to production in acme/bikes: the token may not (Resource not accessible by integration). Add to the job: permissions: deployments: write',
  });
});
