import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { mustRun } from '../tools/run-program.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** SHA-256 of every file below the folder. */
function digests(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  return Object.fromEntries(
    files.sort().map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
}

test('the committed bundle is what the sources give, byte by byte', { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dist-'));
  try {
    await mustRun(process.execPath, [join(ROOT, 'scripts/build.ts'), folder], { cwd: ROOT });
    expect(digests(folder)).toEqual(digests(join(ROOT, 'actions/dist')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
