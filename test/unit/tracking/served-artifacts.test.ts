import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectArtifacts } from '../../../src/tracking/artifacts/direct-artifacts.ts';
import { Downloads } from '../../../src/tracking/artifacts/downloads.ts';
import { ServedArtifacts, servedPath } from '../../../src/tracking/artifacts/served-artifacts.ts';
import { transferSettings } from '../../../src/tracking/artifacts/transfer-settings.ts';
import { RestClient } from '../../../src/tracking/rest/rest-client.ts';

const ROOT = '/api/2.0/mlflow-artifacts/artifacts';

interface Listed {
  path: string;
  is_dir?: boolean;
  file_size?: number;
}

let directory: string;
let server: Server;
let client: RestClient;
let artifacts: ServedArtifacts;
/** By path below all that is served. */
let listings: Record<string, Listed[]>;
let files: Record<string, string>;
let log: string[];
let mostAtOnce: number;
let refuse: (line: string) => boolean;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'served-'));
  [listings, files, log, mostAtOnce, refuse] = [{}, {}, [], 0, () => false];
  let atOnce = 0;
  server = createServer(async (request, response) => {
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    const url = new URL(request.url!, 'http://x');
    const path = decodeURIComponent(url.pathname.slice(ROOT.length + 1));
    log.push(`${request.method} ${path || url.searchParams.get('path')}`);
    let body = '';
    for await (const chunk of request) body += chunk;
    await sleep(2);
    atOnce--;
    if (refuse(log.at(-1)!)) response.writeHead(400).end('no');
    else if (request.method === 'PUT') response.end((files[path] = body) && '{}');
    else if (path === '') response.end(JSON.stringify({ files: listings[url.searchParams.get('path')!] ?? [] }));
    else response.end(files[path]);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new RestClient({ url, credential: () => undefined });
  artifacts = new ServedArtifacts({
    location: 'mlflow-artifacts:/0/run',
    path: '0/run',
    client,
    downloads: new Downloads(),
    direct: new DirectArtifacts(client, transferSettings({})),
  });
});
afterEach(() => {
  client.close();
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

test.each([
  ['mlflow-artifacts:/0/run/artifacts', '0/run/artifacts'],
  ['mlflow-artifacts:/räder 100%/x', 'räder 100%/x'],
  ['mlflow-artifacts://host:5000/0/run', '0/run'],
  ['mlflow-artifacts://other:5000/0/run', undefined],
  ['http://host:5000/ml/api/2.0/mlflow-artifacts/artifacts/0/run', '0/run'],
  ['http://other/api/2.0/mlflow-artifacts/artifacts/0/run', undefined],
  ['s3://bucket/0/run', undefined],
  ['/tmp/mlruns/0/run', undefined],
])('of the locations of artifacts, the server serves those of its own: %s', (location, path) => {
  expect(servedPath(location, 'http://host:5000/ml')).toBe(path);
});

test('a folder is sent a few files at a time, the file that makes it a model when all others are there', async () => {
  const folder = join(directory, 'model');
  mkdirSync(join(folder, 'a', 'b'), { recursive: true });
  for (let i = 0; i < 30; i++) writeFileSync(join(folder, 'a', 'b', `${i}.txt`), `file ${i}`);
  writeFileSync(join(folder, 'MLmodel'), 'flavors: {}');
  await artifacts.upload(folder, 'model');
  expect(files).toEqual({
    '0/run/model/MLmodel': 'flavors: {}',
    ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`0/run/model/a/b/${i}.txt`, `file ${i}`])),
  });
  expect(log.at(-1)).toBe('PUT 0/run/model/MLmodel');
  expect(mostAtOnce).toBeGreaterThan(1);
  expect(mostAtOnce).toBeLessThanOrEqual(8);
});

test('a folder of which a file is refused is no model', async () => {
  const folder = join(directory, 'model');
  mkdirSync(folder);
  for (const name of ['MLmodel', 'forest.bin']) writeFileSync(join(folder, name), name);
  refuse = (line) => line.endsWith('forest.bin');
  await expect(artifacts.upload(folder, '')).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  expect(files).toEqual({});
});

test.each(['a#b', 'a%20b', 'wie?', 'a;', 'new\nline'])(
  'a name that the server would change is refused before anything is sent: %j',
  async (name) => {
    const folder = join(directory, 'names');
    mkdirSync(join(folder, name), { recursive: true });
    for (const file of ['good', join(name, 'x')]) writeFileSync(join(folder, file), 'x');
    await expect(artifacts.upload(folder, '')).rejects.toMatchObject({ code: 'ARTIFACT_PATH_INVALID' });
    expect(log).toEqual([]);
  },
);

test('a folder comes whole, again in place of an earlier download, and readers at the same time share one', async () => {
  listings = {
    '0/run/model': [
      { path: 'native', is_dir: true },
      { path: 'MLmodel', file_size: 3 },
    ],
    '0/run/model/native': [{ path: 'forest.bin', file_size: 4 }],
  };
  files = { '0/run/model/MLmodel': 'one', '0/run/model/native/forest.bin': 'tree' };
  const into = join(directory, 'into');
  const places = await Promise.all([artifacts.fetch('model', into), artifacts.fetch('model', into)]);
  expect(places).toEqual([join(into, 'model'), join(into, 'model')]);
  expect(log.toSorted()).toEqual([
    'GET 0/run/model',
    'GET 0/run/model/MLmodel',
    'GET 0/run/model/native',
    'GET 0/run/model/native/forest.bin',
  ]);
  listings['0/run/model'] = [{ path: 'MLmodel', file_size: 3 }];
  files['0/run/model/MLmodel'] = 'two';
  await artifacts.fetch('model', into);
  expect(readdirSync(into)).toEqual(['model']);
  expect(readdirSync(join(into, 'model'))).toEqual(['MLmodel']);
  expect(readFileSync(join(into, 'model', 'MLmodel'), 'utf8')).toBe('two');
});

test('a download into a folder that has other files leaves those alone', async () => {
  listings = { '0/run': [{ path: 'a', is_dir: true }], '0/run/a': [{ path: 'x', file_size: 1 }] };
  files = { '0/run/a/x': 'x' };
  writeFileSync(join(directory, 'mine.txt'), 'mine');
  for (let i = 0; i < 2; i++) expect(await artifacts.fetch('', directory)).toBe(directory);
  expect(readdirSync(directory, { recursive: true }).toSorted()).toEqual(['a', 'a/x', 'mine.txt']);
});

test('a file that is shorter than the server says leaves nothing behind', async () => {
  listings = {
    '0/run/model': [
      { path: 'a', file_size: 1 },
      { path: 'b', file_size: 9 },
    ],
  };
  files = { '0/run/model/a': 'a', '0/run/model/b': 'cut' };
  await expect(artifacts.fetch('model', join(directory, 'into'))).rejects.toMatchObject({
    code: 'STORE_UNREACHABLE',
    message: expect.stringContaining('"model/b" of mlflow-artifacts:/0/run came with 3 bytes, but the server lists 9'),
  });
  expect(readdirSync(join(directory, 'into'))).toEqual([]);
});

test('a server cannot make files outside the place of a download', async () => {
  listings = { '0/run/model': [{ path: '../../../evil', file_size: 1 }] };
  files = { '0/run/model/../../../evil': 'x', evil: 'x' };
  await expect(artifacts.fetch('model', join(directory, 'into'))).rejects.toMatchObject({
    code: 'ARTIFACT_PATH_INVALID',
  });
  expect(existsSync(join(directory, 'evil'))).toBe(false);
});
