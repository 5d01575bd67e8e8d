import { expect, test } from 'vitest';
import { startGithubApi, TEST_TOKEN } from '../../tools/github-api/start-github-api.ts';
import { HEAD } from './forge-stand-in.ts';

const HEADERS = { authorization: `token ${TEST_TOKEN}`, 'content-type': 'application/json' };

async function faultsOf(method: string, path: string, body?: unknown): Promise<string[]> {
  const github = await startGithubApi({ pullRequests: { 7: HEAD } });
  const text = body === undefined ? null : JSON.stringify(body);
  const { status } = await fetch(github.url + path, { method, headers: HEADERS, body: text });
  expect(status).toBeGreaterThanOrEqual(400);
  const stopped = await github.stop().catch((error: Error) => error);
  expect(String(stopped)).toContain('requests that GitHub would refuse');
  return [...github.faults];
}

test('a misspelt key, a wrong type, an unknown parameter and an unknown operation are faults that stop() throws', async () => {
  const comments = '/repos/acme/bikes/issues/7/comments';
  expect(await faultsOf('POST', comments, { body: 'a', bdy: 'b' })).toEqual([
    `POST ${comments}: body must NOT have unevaluated properties`,
  ]);
  expect(await faultsOf('POST', comments, { body: 7 })).toEqual([`POST ${comments}: body/body must be string`]);
  expect(await faultsOf('GET', `${comments}?perpage=5`)).toEqual([
    `GET ${comments}: query parameter "perpage" is unknown`,
  ]);
  expect(await faultsOf('DELETE', '/repos/acme/bikes')).toEqual([
    'DELETE /repos/acme/bikes: no operation that the stand-in knows',
  ]);
  expect(await faultsOf('POST', '/graphql', { query: 'query { repository { id } }' })).toEqual([
    'POST /graphql: unknown query query { repository { id } }',
  ]);
});
