import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun } from '../tools/run-program.ts';

const ROOT = join(import.meta.dirname, '../..');
/** What a runner gets of a repository of actions and uses. */
const PATHS = ['action.yml', 'actions', 'workflows-templates', 'package.json'];

/**
 * Writes the actions into `folder` as a runner gets them: the files that git keeps, of the work tree as it stands. Neither
 * the index nor the objects of this repository are touched.
 */
export async function exportActions(folder: string): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'export-'));
  try {
    const objects = (await mustRun('git', ['rev-parse', '--git-path', 'objects'], { cwd: ROOT })).trim();
    const env = {
      ...process.env,
      GIT_INDEX_FILE: join(scratch, 'index'),
      GIT_OBJECT_DIRECTORY: scratch,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(ROOT, objects),
    };
    await mustRun('git', ['add', '--', ...PATHS], { cwd: ROOT, env });
    const tree = (await mustRun('git', ['write-tree'], { cwd: ROOT, env })).trim();
    const archive = join(scratch, 'actions.tar');
    await mustRun('git', ['archive', '--format=tar', `--output=${archive}`, tree], { cwd: ROOT, env });
    await mustRun('tar', ['-xf', archive, '-C', folder]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
