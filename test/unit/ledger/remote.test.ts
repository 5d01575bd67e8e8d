import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Redactor } from '../../../src/errors/redact.ts';
import { findRemote } from '../../../src/ledger/remote.ts';
import { mustRun } from '../../tools/run-program.ts';

const TOKEN = 'ghp_0123456789abcdef0123';
const headerOf = (login: string) => `AUTHORIZATION: basic ${Buffer.from(login).toString('base64')}`;

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'remote-'));
  await mustRun('git', ['init', '--quiet', cwd]);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

async function find(remote: string, { token = '', github = '' } = {}) {
  const redactor = new Redactor();
  const environment = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GITHUB_SERVER_URL: github };
  const credential = () => token || undefined;
  const { shown, settings } = await findRemote({ cwd, remote, credential, environment, redactor });
  return { shown, settings: Object.fromEntries(settings), redactor };
}

test('a URL is reached as it is, and a path from the working directory', async () => {
  const ssh = 'git@github.com:ada/bikes.git';
  expect((await find(ssh)).settings).toEqual({ 'remote.ledger.url': ssh, 'remote.ledger.pushurl': ssh });
  expect((await find('../other.git')).shown).toBe(join(cwd, '../other.git'));
});

test('GITHUB_TOKEN goes to the server of GitHub that the run belongs to', async () => {
  const header = headerOf(`x-access-token:${TOKEN}`);
  const { settings, redactor } = await find('https://github.com/ada/bikes', { token: TOKEN });
  expect(settings['http.https://github.com/.extraheader']).toBe(header);
  expect(redactor.redact(`${TOKEN} ${header}`)).toBe('*** AUTHORIZATION: basic ***');
  const own = { token: TOKEN, github: 'https://git.example.org' };
  expect((await find('https://git.example.org/a/b', own)).settings).toHaveProperty([
    'http.https://git.example.org/.extraheader',
  ]);
  for (const elsewhere of ['https://github.com/a/b', 'http://git.example.org/a/b', 'git@git.example.org:a/b']) {
    expect(JSON.stringify((await find(elsewhere, own)).settings)).not.toContain('extraheader');
  }
});

test('a login in a URL becomes a header and is hidden; a name for a credential helper stays', async () => {
  const { settings, shown, redactor } = await find('https://ada:p%40ssword@git.example.org/a/b.git');
  expect(settings).toEqual({
    'remote.ledger.url': 'https://git.example.org/a/b.git',
    'remote.ledger.pushurl': 'https://git.example.org/a/b.git',
    'http.https://git.example.org/.extraheader': headerOf('ada:p@ssword'),
  });
  expect([shown, redactor.redact('p@ssword')]).toEqual(['https://git.example.org/a/b.git', '***']);
  expect((await find(`https://${TOKEN}@github.com/a/b`)).settings['http.https://github.com/.extraheader']).toBe(
    headerOf(`${TOKEN}:`),
  );
  const named = await find('https://ada@git.example.org/a/b.git');
  expect(named.settings['remote.ledger.url']).toBe('https://ada@git.example.org/a/b.git');
  expect(named.shown).toBe('https://git.example.org/a/b.git');
});

test('a remote of the checkout has the settings of the checkout, and its own address for pushes', async () => {
  const set = (...args: string[]) => mustRun('git', ['-C', cwd, ...args]);
  await set('remote', 'add', 'up.stream', 'https://github.com/ada/bikes.git');
  await set('remote', 'set-url', '--push', 'up.stream', 'git@github.com:ada/bikes.git');
  await set('config', 'core.sshCommand', 'ssh -i key');
  await set('config', 'http.https://github.com/.extraheader', headerOf('x-access-token:fromcheckout'));
  const { settings, redactor } = await find('up.stream', { token: TOKEN });
  expect(settings).toEqual({
    'core.sshcommand': 'ssh -i key',
    'http.https://github.com/.extraheader': headerOf('x-access-token:fromcheckout'),
    'remote.ledger.url': 'https://github.com/ada/bikes.git',
    'remote.ledger.pushurl': 'git@github.com:ada/bikes.git',
  });
  expect(redactor.redact('fromcheckout')).toBe('***');
});
