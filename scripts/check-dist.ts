/** Builds actions/dist again and fails when it differs from what is committed: `npm run check:dist`. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
await import('./build.ts');
const changed = execFileSync('git', ['status', '--porcelain', '--', 'actions/dist'], { cwd: root, encoding: 'utf8' });
if (changed !== '') {
  console.error(`actions/dist is not what the sources give; run npm run build and commit it:\n${changed}`);
  process.exitCode = 1;
}
