import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LedgerStores, OpenLedger } from '../../src/ledger/ledger.ts';
import { mustRun } from '../tools/run-program.ts';
import { type GitServer, startGitServer } from './ledger-git-server.ts';
import { BRANCH, type Machines, machines } from './ledger-machines.ts';

const TOKEN = 'ghs_averysecrettoken0123456789';
const LOGIN = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');

let at: Machines;
let server: GitServer;
let checkout: string;
let args: string;
let environment: NodeJS.ProcessEnv;

beforeEach(async () => {
  at = await machines();
  server = await startGitServer(at.folder, { login: LOGIN });
  checkout = join(at.folder, 'checkout');
  await mustRun('git', ['init', '--quiet', '--initial-branch=main', checkout]);
  await mustRun('git', ['-C', checkout, 'remote', 'add', 'origin', `${server.url}/remote.git`]);
  args = join(at.folder, 'arguments.txt');
  environment = {
    ...process.env,
    // Git writes down the arguments of every program that it is or starts.
    GIT_TRACE2_EVENT: args,
    GITHUB_SERVER_URL: server.url,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
});
afterEach(async () => {
  await server.stop();
  await rm(at.folder, { recursive: true, force: true });
});

const open = (options: Partial<OpenLedger> = {}) =>
  at.open({ cwd: checkout, remote: 'origin', environment, directory: join(at.folder, 'machine'), ...options });

async function record(stores: LedgerStores): Promise<void> {
  await stores.registry.createRegisteredModel('bikes', '');
  await stores.flush('mlops: recorded');
  await stores.close();
}

async function filesWith(folder: string, texts: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if (!(await stat(path)).isFile()) continue;
    const content = await readFile(path, 'latin1');
    if (texts.some((text) => content.includes(text))) found.push(name);
  }
  return found;
}

test('GITHUB_TOKEN reaches GitHub and neither arguments nor files', async () => {
  await record(await open({ credential: (name) => (name === 'GITHUB_TOKEN' ? TOKEN : undefined) }));
  expect(await at.git('log', '--format=%s', BRANCH)).toBe('mlops: recorded');
  expect(await readFile(args, 'utf8')).toMatch(/"argv":\["git","remote-http","ledger",/);
  expect(await filesWith(at.folder, [TOKEN, LOGIN])).toEqual([]);
});

test('a token is sent to GitHub only', async () => {
  const refused = open({
    environment: { ...environment, GITHUB_SERVER_URL: 'https://github.com' },
    credential: () => TOKEN,
  });
  await expect(refused).rejects.toMatchObject({
    code: 'LEDGER_UNREACHABLE',
    message: expect.stringMatching(
      /^the ledger branch "mlops-ledger" of http:.* cannot be read: .*could not read Username/,
    ),
  });
  expect(server.logins()).toEqual([]);
});

test('what actions/checkout leaves in the configuration is used, in the file itself or in one that it includes', async () => {
  const header = [`http.${server.url}/.extraheader`, `AUTHORIZATION: basic ${LOGIN}`] as const;
  await mustRun('git', ['-C', checkout, 'config', ...header]);
  await record(await open({ credential: () => 'another token, which is not sent' }));
  await mustRun('git', ['-C', checkout, 'config', '--unset', header[0]]);
  const included = join(at.folder, 'git-credentials.config');
  await mustRun('git', ['config', '--file', included, ...header]);
  await mustRun('git', ['-C', checkout, 'config', `includeIf.gitdir:${join(checkout, '.git')}.path`, included]);
  await rm(join(at.folder, 'machine'), { recursive: true });
  const stores = await open();
  expect((await stores.registry.listRegisteredModels()).map(({ name }) => name)).toEqual(['bikes']);
  await stores.close();
  expect(new Set(server.logins())).toEqual(new Set([LOGIN]));
  expect(await filesWith(join(at.folder, 'machine'), [TOKEN, LOGIN])).toEqual([]);
  const seen = (await readFile(args, 'utf8')).split('\n').filter((line) => line.includes(LOGIN));
  expect(seen).toEqual([]);
});

test('a password in the URL of the remote is not handed on in arguments', async () => {
  const url = new URL(`${server.url}/remote.git`);
  url.username = 'x-access-token';
  url.password = TOKEN;
  await record(await open({ remote: url.href }));
  expect(await at.git('log', '--format=%s', BRANCH)).toBe('mlops: recorded');
  expect(await filesWith(at.folder, [TOKEN, LOGIN])).toEqual([]);
});

test('a token that is refused is not in the error, and one that may only read is told which line to add', async () => {
  const wrong = 'ghs_anothersecret987654321';
  const error = await open({ credential: () => wrong }).catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ code: 'LEDGER_UNREACHABLE' });
  expect(JSON.stringify([error, (error as Error).stack])).not.toContain(wrong);

  server.refusePushes();
  const stores = await open({ credential: () => TOKEN });
  await stores.registry.createRegisteredModel('bikes', '');
  await expect(stores.flush('x')).rejects.toMatchObject({
    code: 'LEDGER_UNREACHABLE',
    message: expect.stringMatching(/cannot be written: .*403.* The job needs "permissions: contents: write"/),
  });
  await stores.close();
});
