import { join } from 'node:path';
import { MlopsError } from '../errors/mlops-error.ts';
import { listSome } from '../errors/suggest.ts';
import type { StoreDatabase } from '../tracking/sqlite/store-database.ts';
import type { LedgerBranch } from './branch.ts';
import { readKeptFiles } from './kept-files.ts';
import { Locations } from './locations.ts';
import type { KeptFile, KeptFiles, LedgerContents } from './operation.ts';
import { type Log, readWholeLog, rebuild } from './rebuild.ts';
import { filePath } from './segment.ts';
import { writeSnapshot } from './snapshot.ts';

export interface LedgerVerified {
  readonly segments: number;
  /** Different ones. */
  readonly files: number;
  /** In words, each with the file of the branch; empty: the ledger is whole. */
  readonly faults: readonly string[];
  /** The state, for those who know what it must fulfil beyond the log; undefined when it cannot be made. */
  readonly db: StoreDatabase | undefined;
}

/**
 * Replays the log from its first segment and compares the state with the snapshot that is kept, and reads every kept file and
 * compares it with its digest.
 *
 * @param directory of this process, for the database
 * @throws LEDGER_UNREACHABLE
 */
export async function verifyLedger(
  branch: LedgerBranch,
  directory: string,
  onProgress: (done: number, total: number) => void,
): Promise<LedgerVerified> {
  const faults: string[] = [];
  const tip = await branch.fetchTip();
  if (tip === undefined) return { segments: 0, files: 0, faults, db: undefined };
  const whole = await readFaulty(faults, () => readWholeLog(branch, tip));
  const contents = whole && (await readFaulty(faults, async () => replay(whole, directory, faults)));
  const files = distinctFiles(contents?.files ?? new Map());
  let done = 0;
  for await (const { paths, digest, size, actual, bytes } of readKeptFiles(branch, tip, files)) {
    const kept = `${filePath(digest)}, kept as ${listSome(paths, 1)},`;
    if (bytes === undefined) faults.push(`${kept} is missing`);
    else if (actual !== digest) faults.push(`${kept} has the digest ${actual}`);
    else if (bytes.length !== size) faults.push(`${kept} has ${bytes.length} bytes, not ${size}`);
    onProgress(++done, files.length);
  }
  return { segments: whole?.log.sequence ?? 0, files: files.length, faults, db: contents?.db };
}

type WholeLog = Awaited<ReturnType<typeof readWholeLog>>;

function distinctFiles(files: KeptFiles): (KeptFile & { paths: string[] })[] {
  const byDigest = new Map<string, KeptFile & { paths: string[] }>();
  for (const [path, file] of files) {
    const known = byDigest.get(file.digest);
    if (known) known.paths.push(path);
    else byDigest.set(file.digest, { ...file, paths: [path] });
  }
  return [...byDigest.values()];
}

/** What is damaged is a finding here; that the branch cannot be read is an error. */
async function readFaulty<T>(faults: string[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MlopsError) || error.code !== 'LEDGER_DAMAGED') throw error;
    faults.push(...error.faults);
    return undefined;
  }
}

function replay({ log, kept }: WholeLog, directory: string, faults: string[]): LedgerContents {
  const locations = new Locations(join(directory, 'mlruns'));
  const make = (name: string, of: Log) => rebuild(of, join(directory, name), locations, () => {});
  if (kept) {
    const until = kept.sequence - (log.snapshot?.sequence ?? 0);
    const contents = make('replayed.db', { ...log, segments: log.segments.slice(0, until) });
    const text = writeSnapshot(contents, kept.sequence);
    contents.db.close();
    if (text !== kept.text) {
      faults.push(`${kept.path}:${firstDifference(text, kept.text)} is not what the segments up to it give`);
    }
  }
  return make('mlflow.db', log);
}

function firstDifference(a: string, b: string): number {
  const [ours, theirs] = [a.split('\n'), b.split('\n')];
  return 1 + theirs.findIndex((line, i) => line !== ours[i]);
}
