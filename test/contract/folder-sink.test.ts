import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { openSink } from '../../src/data/sinks/open-sink.ts';
import { sinkContract } from './sink-contract.ts';

sinkContract('a folder', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'sink-'));
  const folder = join(cwd, 'out');
  const access = { cwd, credential: () => undefined, signal: new AbortController().signal };
  return {
    sink: await openSink('out', access),
    names: async () =>
      (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        .sort(),
  };
});
