import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MlopsError } from '../errors/mlops-error.ts';
import type { LedgerBranch } from './branch.ts';
import { readKeptFiles } from './kept-files.ts';
import { Locations } from './locations.ts';
import { readLog, rebuild } from './rebuild.ts';
import { damaged, filePath } from './segment.ts';

/** Tells a folder that may be replaced. */
const MARK = 'ledger.json';

export interface Pulled {
  readonly tip: string;
  /** Number of the last segment. */
  readonly sequence: number;
  readonly files: number;
  readonly bytes: number;
}

/**
 * Writes the ledger as a store of this machine: `mlflow.db` in MLflow's schema and the artifacts in `mlruns`. The folder is whole
 * or as it was before.
 *
 * @param into absolute path; replaced when an earlier pull has made it
 * @returns undefined when there is no ledger yet
 * @throws INPUT_INVALID when `into` holds anything else · LEDGER_DAMAGED · LEDGER_UNREACHABLE
 */
export async function pullLedger(
  branch: LedgerBranch,
  into: string,
  onProgress: (done: number, total: number) => void,
): Promise<Pulled | undefined> {
  await requireReplaceable(into);
  const tip = await branch.fetchTip();
  if (tip === undefined) return undefined;
  const log = await readLog(branch, tip);
  const temporary = `${into}.${process.pid}.tmp`;
  try {
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    const { db, files } = rebuild(log, join(temporary, 'mlflow.db'), new Locations(join(into, 'mlruns')), () => {});
    db.close();
    const kept = [...files].map(([path, file]) => ({ path, ...file }));
    const total = kept.reduce((sum, { size }) => sum + size, 0);
    let bytes = 0;
    for await (const { path, digest, bytes: content, actual } of readKeptFiles(branch, tip, kept)) {
      if (content === undefined) throw damaged(filePath(digest), 0, 'is missing on the ledger branch');
      if (actual !== digest) throw damaged(filePath(digest), 0, `has the digest ${actual}`);
      const place = join(temporary, 'mlruns', path);
      await mkdir(dirname(place), { recursive: true });
      await writeFile(place, content);
      bytes += content.length;
      onProgress(bytes, total);
    }
    const pulled = { tip, sequence: log.sequence, files: kept.length, bytes };
    await writeFile(join(temporary, MARK), `${JSON.stringify(pulled, null, 2)}\n`);
    await replace(temporary, into);
    return pulled;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function requireReplaceable(into: string): Promise<void> {
  const entries = await readdir(into).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw new MlopsError('INPUT_INVALID', `"into" is "${into}", which is no folder (${error.code})`, { cause: error });
  });
  if (entries.length === 0 || (entries.includes(MARK) && (await isMark(join(into, MARK))))) return;
  throw new MlopsError(
    'INPUT_INVALID',
    `"into" is "${into}", which holds other files (${entries.slice(0, 3).join(', ')}); name a folder that is new or that an earlier pull has made`,
  );
}

async function isMark(path: string): Promise<boolean> {
  return typeof (JSON.parse(await readFile(path, 'utf8')) as Partial<Pulled>).tip === 'string';
}

async function replace(temporary: string, into: string): Promise<void> {
  const old = `${into}.${process.pid}.old`;
  const had = await rename(into, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  await mkdir(dirname(into), { recursive: true });
  await rename(temporary, into);
  if (had) await rm(old, { recursive: true });
}
