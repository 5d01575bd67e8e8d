import { randomUUID } from 'node:crypto';
import { cp, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { MlopsError } from '../errors/mlops-error.ts';
import type { DeployedModel, DeploymentTarget } from './target.ts';

const POINTER = 'current.json';
const LOCK = 'deploy.lock';

/**
 * An environment that is a folder: `versions/<version>-<digest>` with whole model directories, and `current.json`, which
 * names the one that is served. Files are copied to a temporary name and renamed; the pointer is swapped by rename, so a
 * process killed anywhere leaves either the old version or the new one, whole.
 */
export function localTarget(root: string, environment: string): DeploymentTarget {
  const directoryOf = (model: DeployedModel): string =>
    join(root, 'versions', `${model.version}-${model.digest.slice(0, 12)}`);

  return {
    kind: 'local',
    location: root,

    async current() {
      return readPointer(root);
    },

    async servedDirectory() {
      const pointer = await readPointer(root);
      if (pointer) return directoryOf(pointer);
      throw new MlopsError('NOTHING_DEPLOYED', `environment "${environment}" (${root}) has no version yet`);
    },

    async stage(modelDirectory, model) {
      const directory = directoryOf(model);
      if (!(await exists(directory))) {
        const temporary = join(root, 'versions', `.${randomUUID()}.tmp`);
        await mkdir(join(root, 'versions'), { recursive: true });
        try {
          await cp(modelDirectory, temporary, { recursive: true, dereference: true });
          await rename(temporary, directory);
        } catch (error) {
          await rm(temporary, { recursive: true, force: true });
          throw error;
        }
      }
      return { ...model, directory };
    },

    async activate(model) {
      if (!model) return rm(join(root, POINTER), { force: true });
      const { name, version, digest, deployedAt } = model;
      const temporary = join(root, `.${randomUUID()}.tmp`);
      await writeFile(temporary, `${JSON.stringify({ name, version, digest, deployedAt }, null, 2)}\n`, {
        flush: true,
      });
      await rename(temporary, join(root, POINTER));
    },

    async discard(staged) {
      const served = await readPointer(root);
      if (served && directoryOf(served) === staged.directory) return;
      await rm(staged.directory, { recursive: true, force: true });
    },

    async exclusively(work) {
      const release = await lock(root);
      try {
        return await work();
      } finally {
        await release();
      }
    },
  };
}

async function readPointer(root: string): Promise<DeployedModel | undefined> {
  try {
    return JSON.parse(await readFile(join(root, POINTER), 'utf8')) as DeployedModel;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (!(error instanceof SyntaxError)) throw error;
    throw new MlopsError('DEPLOYMENT_DAMAGED', `${join(root, POINTER)} is not the JSON that a deployment writes`, {
      cause: error,
    });
  }
}

/** A lock file with the owner's process id; one whose process is gone is taken over. */
async function lock(root: string): Promise<() => Promise<void>> {
  await mkdir(root, { recursive: true });
  const path = join(root, LOCK);
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(JSON.stringify({ pid: process.pid, host: hostname() }));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (!(await isStale(path))) break;
      await rm(path, { force: true });
    }
  }
  throw new MlopsError('DEPLOYMENT_LOCKED', `another deployment to ${root} is under way (${path})`);
}

async function isStale(path: string): Promise<boolean> {
  try {
    const { pid, host } = JSON.parse(await readFile(path, 'utf8')) as { pid: number; host: string };
    if (host !== hostname()) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // ESRCH: no such process. A lock that is empty was left by a process killed between opening and writing it.
    return (error as NodeJS.ErrnoException).code === 'ESRCH' || error instanceof SyntaxError;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
