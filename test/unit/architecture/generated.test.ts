import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { generatedFiles } from '../../../scripts/generated-files.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

test('every generated file is what the schemas give now', async () => {
  const stale: string[] = [];
  for (const [path, text] of await generatedFiles()) {
    if (readFileSync(join(ROOT, path), 'utf8') !== text) stale.push(`${path} is stale: run npm run generate`);
  }
  expect(stale).toEqual([]);
});
