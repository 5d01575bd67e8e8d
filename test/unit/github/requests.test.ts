import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { forgeOnStandIn } from './forge-stand-in.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const DEPLOYMENT = { environment: 'staging', ref: 'main', description: 'bikes v1', payload: {} };

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a refused write waits as long as retry-after says and is then sent again, once', async () => {
  const { forge, github, waits } = await forgeOnStandIn();
  github.limitOnce({ 'retry-after': '7' });
  await forge.startDeployment(DEPLOYMENT);
  expect(waits).toEqual([7_000]);
  expect(github.requests.map(({ status }) => status)).toEqual([429, 201]);
  expect(github.repository.deployments).toHaveLength(1);
});

test('a used-up hourly limit is waited for until its reset', async () => {
  const { forge, github, waits } = await forgeOnStandIn();
  github.limitOnce({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 90) }, 403);
  await forge.startDeployment(DEPLOYMENT);
  expect(waits).toEqual([90_000]);
});

test('a limit that lasts longer than a step should wait ends it and says when to come back', async () => {
  const { forge, github, waits } = await forgeOnStandIn();
  github.limitOnce({ 'retry-after': '1800' });
  await expect(forge.startDeployment(DEPLOYMENT)).rejects.toMatchObject({
    code: 'FORGE_LIMITED',
    message:
      'could not record the deployment to staging in acme/bikes: the rate limit is used up; run the step again in 30 minutes',
  });
  expect(waits).toEqual([]);
});

test('a token that GitHub does not know fails and does not stand in the message', async () => {
  const { as } = await forgeOnStandIn();
  const failure = await as('ghs_stolen')
    .startDeployment(DEPLOYMENT)
    .catch((error: Error) => error);
  expect(failure).toMatchObject({
    code: 'FORGE_DENIED',
    message:
      'could not record the deployment to staging in acme/bikes: the token is not valid any more (Bad credentials)',
  });
  expect(String((failure as Error).message)).not.toContain('ghs_stolen');
});

test('a GitHub that does not answer is unreachable, not a fault of the request', async () => {
  const { forge, github } = await forgeOnStandIn();
  await github.stop();
  await expect(forge.startDeployment(DEPLOYMENT)).rejects.toMatchObject({ code: 'FORGE_UNREACHABLE' });
});
