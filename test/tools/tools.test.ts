import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { installOnce } from './install-once.ts';
import { runProgram } from './run-program.ts';
import { freePort, startProcess } from './start-process.ts';

const TOOLS = join(import.meta.dirname, '../../.tools');
const key = `test-${process.pid}`;

afterEach(() => {
  for (const suffix of ['', '.done', '.lock']) rmSync(join(TOOLS, key + suffix), { recursive: true, force: true });
});

test('what several ask for at once is installed once, and a failed installation is tried again', async () => {
  let installed = 0;
  const install = async (directory: string): Promise<void> => {
    installed++;
    if (installed === 1) throw new Error('no network');
    writeFileSync(join(directory, 'program'), 'x');
  };
  await expect(installOnce(key, install)).rejects.toThrow('no network');
  const folders = await Promise.all([installOnce(key, install), installOnce(key, install), installOnce(key, install)]);
  expect(new Set(folders)).toEqual(new Set([join(TOOLS, key)]));
  expect(installed).toBe(2);
  expect(readdirSync(folders[0]!)).toEqual(['program']);
});

test('a lock that a killed run left behind does not stop the next one', async () => {
  const dead = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
  await installOnce(`${key}`, async () => {});
  rmSync(join(TOOLS, `${key}.done`));
  writeFileSync(join(TOOLS, `${key}.lock`), String(dead));
  await installOnce(key, async (directory) => writeFileSync(join(directory, 'program'), 'again'));
  expect(readFileSync(join(TOOLS, key, 'program'), 'utf8')).toBe('again');
});

test('a server is waited for, read and stopped together with its children', async () => {
  const port = await freePort();
  const script = `require('http').createServer((_, r) => r.end('hi')).listen(${port}, '127.0.0.1', () => console.log('up'))`;
  const server = await startProcess('sh', ['-c', `"${process.execPath}" -e "${script}"; true`], {
    ready: `http://127.0.0.1:${port}/`,
  });
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hi');
  await server.stop();
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
});

test('a server that ends before it is ready is reported with what it printed', async () => {
  await expect(startProcess('sh', ['-c', 'echo cannot bind >&2; exit 3'], { ready: /up/ })).rejects.toThrow(
    /ended with 3\ncannot bind/,
  );
  await expect(startProcess('no-such-program', [], { ready: /up/ })).rejects.toThrow('ENOENT');
});

test('a program that fails keeps its status and both outputs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tools-'));
  const ran = await runProgram('sh', ['-c', 'cat; pwd >&2; exit 4'], { cwd: folder, input: 'given' });
  expect(ran).toEqual({ status: 4, stdout: 'given', stderr: `${folder}\n` });
});
