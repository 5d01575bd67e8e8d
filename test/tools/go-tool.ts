import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce } from './install-once.ts';
import { mustRun } from './run-program.ts';

/** The program of a Go module at a version, e.g. `github.com/nektos/act@v0.2.89`, built once and kept in `.tools/`. */
export async function goTool(module: string): Promise<string> {
  const key = `go-${module
    .split('/')
    .slice(-2)
    .join('-')
    .replace(/[^\w.@-]/g, '-')}`;
  const directory = await installOnce(key, async (directory) => {
    await mustRun('go', ['install', module], { env: { ...process.env, GOBIN: directory } });
  });
  return join(directory, readdirSync(directory)[0]!);
}
