import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { installOnce } from './install-once.ts';
import { mustRun, runProgram } from './run-program.ts';

const UV = 'uv==0.13.8';

/**
 * The Python of a virtual environment that has exactly these requirements (`mlflow==3.5.0`), made once and kept in
 * `.tools/`. Name the versions: the same list gives the same environment.
 */
export async function pythonEnv(requirements: readonly string[]): Promise<string> {
  const list = [...requirements].sort();
  const key = createHash('sha256').update(list.join('\n')).digest('hex').slice(0, 12);
  const directory = await installOnce(`python-${key}`, async (directory) => {
    await mustRun('python3', ['-m', 'venv', directory]);
    const python = join(directory, 'bin/python');
    const uv = await findUv();
    // uv takes 13 s where pip takes 70 s for MLflow.
    if (uv)
      await mustRun(uv, ['pip', 'install', '-q', '--native-tls', '--compile-bytecode', '--python', python, ...list]);
    else await mustRun(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...list]);
  });
  return join(directory, 'bin/python');
}

/**
 * A folder with these packages for another environment's Python of the same version: name it in PYTHONPATH. Takes seconds where an
 * environment of its own would take a minute.
 */
export async function pythonExtras(python: string, requirements: readonly string[]): Promise<string> {
  const list = [...requirements].sort();
  const key = createHash('sha256').update(list.join('\n')).digest('hex').slice(0, 12);
  return installOnce(`python-extras-${key}`, async (directory) => {
    const uv = await findUv();
    if (uv)
      await mustRun(uv, [
        'pip',
        'install',
        '-q',
        '--native-tls',
        '--compile-bytecode',
        '--python',
        python,
        '--target',
        directory,
        ...list,
      ]);
    else await mustRun(python, ['-m', 'pip', 'install', '-q', '--target', directory, ...list]);
  });
}

/** uv of the machine, else one of our own; undefined where neither can be had. */
async function findUv(): Promise<string | undefined> {
  const own = await runProgram('uv', ['--version']).catch(() => undefined);
  if (own?.status === 0) return 'uv';
  try {
    const directory = await installOnce('uv', async (directory) => {
      await mustRun('python3', ['-m', 'venv', directory]);
      await mustRun(join(directory, 'bin/python'), ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', UV]);
    });
    return join(directory, 'bin/uv');
  } catch {
    return undefined;
  }
}
