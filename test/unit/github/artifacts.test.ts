import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultArtifactClient } from '@actions/artifact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Redactor } from '../../../src/errors/redact.ts';
import { actionForge } from '../../../src/github/action-forge.ts';
import { type ArtifactServiceStandIn, startArtifactService } from '../../tools/artifact-service.ts';

const RUN_ID = '42';
let folder: string;
let service: ArtifactServiceStandIn;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'artifacts-test-'));
  service = await startArtifactService(join(folder, 'service'));
  vi.stubEnv('ACTIONS_RESULTS_URL', service.url);
  vi.stubEnv('ACTIONS_RUNTIME_TOKEN', service.token(RUN_ID));
  vi.stubEnv('GITHUB_WORKSPACE', folder);
  vi.stubEnv('GITHUB_REPOSITORY', 'acme/bikes');
  vi.stubEnv('GITHUB_RUN_ID', RUN_ID);
  vi.stubEnv('GITHUB_SERVER_URL', 'https://github.com');
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string | Buffer): string {
  const path = join(folder, 'work', name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const work = () => join(folder, 'work');
const forge = () => actionForge(undefined, new Redactor());

test('files are stored with their folders and come back byte for byte', async () => {
  // More than one block of Azure's upload, of bytes that do not compress.
  const large = Buffer.from(Array.from({ length: 9 << 20 }, (_, i) => (i * 2654435761) >>> 13));
  const files = [write('a.csv', 'prediction\n1\n'), write('deep/b.bin', large)];
  const url = await (await forge()).uploadArtifact({ name: 'predictions', files, rootDirectory: work() });
  expect(url).toBe('https://github.com/acme/bikes/actions/runs/42/artifacts/1');

  const client = new DefaultArtifactClient();
  const { artifact } = await client.getArtifact('predictions');
  const path = join(folder, 'back');
  const { digestMismatch } = await client.downloadArtifact(artifact.id, { path, expectedHash: artifact.digest! });
  expect(digestMismatch).toBe(false);
  expect(readFileSync(join(path, 'a.csv'), 'utf8')).toBe('prediction\n1\n');
  expect(readFileSync(join(path, 'deep/b.bin')).equals(large)).toBe(true);
});

test('one HTML report is stored as it is, so that it opens in the browser', async () => {
  const files = [write('evaluation.html', '<h1>pass</h1>')];
  await (await forge()).uploadArtifact({ name: 'evaluation-report', files, rootDirectory: work() });
  expect(service.list(RUN_ID).map(({ name, size }) => [name, size])).toEqual([['evaluation-report.html', 13]]);
  expect(service.read('evaluation-report.html').toString()).toBe('<h1>pass</h1>');
});

test('a name that another job has taken gets a number, and nothing is overwritten', async () => {
  for (const text of ['first', 'second', 'third']) {
    await (await forge()).uploadArtifact({ name: 'report', files: [write('r.html', text)], rootDirectory: work() });
  }
  expect(service.list(RUN_ID).map(({ name }) => [name, service.read(name).toString()])).toEqual([
    ['report.html', 'first'],
    ['report-2.html', 'second'],
    ['report-3.html', 'third'],
  ]);
});

test('a step that has no artifact service keeps its files on disk and says no URL', async () => {
  vi.stubEnv('ACTIONS_RUNTIME_TOKEN', '');
  const files = [write('a.html', 'x')];
  expect(await (await forge()).uploadArtifact({ name: 'a', files, rootDirectory: work() })).toBeUndefined();
  expect(service.list('')).toEqual([]);
});

test('what cannot be stored is an error that names the artifact', async () => {
  const files = [join(folder, 'not-there.csv')];
  await expect((await forge()).uploadArtifact({ name: 'lost', files, rootDirectory: folder })).rejects.toMatchObject({
    code: 'FORGE_REFUSED',
    message: expect.stringMatching(/^could not store the artifact "lost": .*not-there\.csv/),
  });
});
