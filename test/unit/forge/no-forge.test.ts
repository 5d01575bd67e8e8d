import { expect, test } from 'vitest';
import type { Origin } from '../../../src/forge/forge.ts';
import { noForge } from '../../../src/forge/no-forge.ts';

const origin: Origin = {
  host: 'local',
  actor: 'ada',
  repository: undefined,
  commit: 'c0ffee',
  branch: 'main',
  runUrl: undefined,
  event: undefined,
  pullRequest: undefined,
};

test('without a code host every call is answered and nothing is stored', async () => {
  const forge = noForge(origin);
  expect(forge.origin).toBe(origin);
  expect(await forge.upsertComment({ id: 'evaluation', markdown: 'x' })).toEqual({
    done: false,
    reason: 'there is no pull request: not running on a code host',
  });
  expect(await forge.uploadArtifact({ name: 'report', files: [], rootDirectory: '.' })).toBeUndefined();
  const report = await forge.startDeployment({ environment: 'staging', ref: 'main', description: '', payload: {} });
  expect(await report('success', { description: '' })).toBeUndefined();
  expect(await forge.upsertIssue({ id: 'drift', title: 't', markdown: 'm', labels: [] })).toBeUndefined();
  expect(await forge.closeIssue('drift', 'm')).toBeUndefined();
  expect(await forge.dispatchWorkflow('retrain.yml', {})).toBeUndefined();
});
