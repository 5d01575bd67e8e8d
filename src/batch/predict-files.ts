import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { formatFaults } from '../data/fault-list.ts';
import { type ReadOptions, readBytes } from '../data/read-table.ts';
import type { Part } from '../data/sources/part.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { expectedError } from '../errors/from-system.ts';
import { MlopsError, throwFaults } from '../errors/mlops-error.ts';
import type { Model } from '../model/load-model.ts';
import type { PredictingParts } from '../model/predict.ts';
import type { PredictionLog } from '../serving/prediction-log.ts';
import { BatchManifest, type ManifestEntry, sha256Of } from './manifest.ts';
import { type OutputName, outputNames } from './output-names.ts';
import { CHUNK_ROWS, type FileJob, type FileResult, scoreFile } from './score-file.ts';
import { BatchWorker, inSharedMemory } from './worker-pool.ts';

/** Below so many bytes, starting threads takes longer than scoring. */
const SMALL_BYTES = 2 * 1024 * 1024;
/** The manifest is written at most so often, so that many small files do not write it as often. */
const MANIFEST_MS = 1000;

export interface PredictFiles {
  readonly model: Model;
  readonly parts: readonly Part[];
  /** Folder, created when it is not there. */
  readonly output: string;
  /** Columns of the input that stand before the prediction. */
  readonly keepColumns: readonly string[];
  /** Columns that are logged beside the inputs when they are there, so that labels can be joined later. */
  readonly keyColumns?: readonly string[];
  readonly format: 'csv';
  /** Threads; -1: one a core. */
  readonly nJobs: number;
  readonly read: ReadOptions;
  readonly signal: AbortSignal;
  readonly onProgress?: (filesDone: number) => void;
  /** Closed at the end. */
  readonly predictionLog?: PredictionLog;
}

export interface PredictedFiles {
  /** Rows with a prediction, in all files. */
  readonly rows: number;
  readonly rejected: number;
  /** Absolute paths, in the order of the parts. */
  readonly outputs: readonly string[];
  /** Files that were scored before, from the same input with the same model. */
  readonly reused: number;
}

/**
 * Scores many files, each into a file of its own: kept columns, `prediction`, and for classification `probability_<class>`, in
 * the order of the rows. Each appears whole or not at all, and a second run does only what is missing.
 *
 * @throws COLUMN_NOT_FOUND · CSV_MALFORMED · DATA_EMPTY … naming every file at fault, when the others are done ·
 * INPUT_INVALID when an output would overwrite its input or a kept column its prediction
 */
export async function predictFiles(request: PredictFiles): Promise<PredictedFiles> {
  try {
    return await new BatchRun(request, await BatchManifest.open(request.output)).run();
  } finally {
    await request.predictionLog?.close();
  }
}

class BatchRun {
  readonly #request: PredictFiles;
  readonly #model: Model;
  readonly #scorer: PredictingParts;
  readonly #manifest: BatchManifest;
  readonly #names: ReadonlyMap<string, OutputName>;
  readonly #settingsDigest: string;
  readonly #faults: { code: ErrorCode; faults: readonly string[] }[] = [];
  readonly #reused = new Set<string>();
  readonly #underWay = new Set<FileJob>();
  #written = performance.now();
  #done = 0;

  constructor(request: PredictFiles, manifest: BatchManifest) {
    const { parts, keepColumns, keyColumns = [], format, read } = request;
    this.#request = request;
    this.#model = request.model;
    const { info, features, forest } = request.model;
    this.#scorer = { task: info.task, classes: info.classes, features, forest };
    this.#manifest = manifest;
    const before = new Map([...manifest.entries()].map(([input, entry]) => [input, entry.output]));
    this.#names = outputNames(
      parts.map((part) => part.name),
      before,
    );
    this.#settingsDigest = sha256Of({ keepColumns, keyColumns, format, csv: read.csv });
    throwFaults('INPUT_INVALID', this.#requestFaults());
  }

  async run(): Promise<PredictedFiles> {
    const { parts, output } = this.#request;
    await mkdir(output, { recursive: true });
    try {
      await this.#scoreAll();
    } finally {
      // What a thread was in the middle of when it was ended.
      for (const { temporary } of this.#underWay) await rm(temporary, { force: true });
      if (this.#done > this.#reused.size) await this.#manifest.write();
    }
    this.#throwFaults();
    const entries = parts.map((part) => this.#manifest.get(part.name)!);
    return {
      rows: entries.reduce((sum, entry) => sum + entry.rows, 0),
      rejected: entries.reduce((sum, entry) => sum + entry.rejectedRows, 0),
      outputs: entries.map((entry) => join(output, entry.output)),
      reused: this.#reused.size,
    };
  }

  async #scoreAll(): Promise<void> {
    const { parts, nJobs, signal } = this.#request;
    const asked = nJobs === -1 ? availableParallelism() : Math.max(1, nJobs);
    const bytes = parts.reduce((sum, part) => sum + ('bytes' in part ? part.bytes : SMALL_BYTES), 0);
    const threads = bytes > SMALL_BYTES ? Math.min(asked, parts.length) : 1;
    const queue = parts.values();
    if (threads === 1) {
      for (const part of queue) await this.#scorePart(part, (job) => scoreFile(this.#scorer, job, signal));
      return;
    }
    const model = inSharedMemory(this.#scorer);
    const workers = Array.from({ length: threads }, () => new BatchWorker(model));
    try {
      await Promise.all(
        workers.map(async (worker) => {
          for (const part of queue) await this.#scorePart(part, (job) => worker.score(job, signal));
        }),
      );
    } finally {
      await Promise.all(workers.map((worker) => worker.end()));
    }
  }

  async #scorePart(part: Part, score: (job: FileJob) => Promise<FileResult>): Promise<void> {
    this.#request.signal.throwIfAborted();
    let result: FileResult;
    let job: FileJob | undefined;
    try {
      job = await this.#jobOf(part);
      this.#underWay.add(job);
      result = await score(job);
      this.#underWay.delete(job);
    } catch (thrown) {
      const error = expectedError(thrown);
      if (this.#request.signal.aborted || !(error instanceof MlopsError) || !BY_FILE.has(error.code)) throw thrown;
      if (job) this.#underWay.delete(job);
      this.#faults.push(error);
      return;
    }
    await this.#record(part, result);
    this.#done++;
    this.#request.onProgress?.(this.#done);
  }

  /** The log comes before the manifest: what the manifest names as done has been logged. */
  async #record(part: Part, result: FileResult): Promise<void> {
    const { predictionLog } = this.#request;
    if (result.reused) {
      this.#reused.add(part.name);
      return;
    }
    if (predictionLog) {
      const time = predictionLog.now();
      const records = result.log.map((chunk, i) => ({
        id: this.#recordId(part, result.inputDigest, i),
        time,
        ...chunk,
      }));
      await predictionLog.write(records);
    }
    const { output, rejected } = this.#names.get(part.name)!;
    this.#manifest.set(part.name, {
      output,
      ...(result.rejectedDigest === undefined ? {} : { rejected, rejectedDigest: result.rejectedDigest }),
      rows: result.rows,
      rejectedRows: result.rejectedRows,
      inputDigest: result.inputDigest,
      outputDigest: result.outputDigest,
      modelDigest: this.#model.digest,
      settingsDigest: this.#settingsDigest,
    });
    if (performance.now() - this.#written < MANIFEST_MS) return;
    this.#written = performance.now();
    await this.#manifest.write();
  }

  async #jobOf(part: Part): Promise<FileJob> {
    const { output: folder, keepColumns, keyColumns = [], read, predictionLog } = this.#request;
    const { output, rejected } = this.#names.get(part.name)!;
    const entry = this.#manifest.get(part.name);
    return {
      name: part.name,
      content: await contentOf(part, read),
      output: join(folder, output),
      rejected: join(folder, rejected),
      temporary: join(folder, `.${output}.${process.pid}.tmp`),
      keepColumns: [...new Set(keepColumns)],
      keyColumns,
      csv: read.csv,
      logged: predictionLog !== undefined,
      done:
        entry && (await this.#isDone(part, entry))
          ? { input: entry.inputDigest, output: entry.outputDigest, rejected: entry.rejectedDigest }
          : undefined,
    };
  }

  async #isDone(part: Part, entry: ManifestEntry): Promise<boolean> {
    if (entry.modelDigest !== this.#model.digest || entry.settingsDigest !== this.#settingsDigest) return false;
    const { predictionLog } = this.#request;
    if (!predictionLog || entry.rows === 0) return true;
    // The records of a file are written together.
    const last = Math.ceil(entry.rows / CHUNK_ROWS) - 1;
    return predictionLog.has(this.#recordId(part, entry.inputDigest, last));
  }

  /** The same predictions of the same file have the same ids, so that a repeated run logs nothing twice. */
  #recordId(part: Part, inputDigest: string, chunk: number): string {
    const { model } = this.#request.predictionLog!.origin;
    return sha256Of([model, this.#model.digest, part.name, inputDigest, chunk]).slice(0, 32);
  }

  #requestFaults(): string[] {
    const { parts, output, keepColumns } = this.#request;
    const { task, classes } = this.#model.info;
    const made = ['prediction', ...(task === 'regression' ? [] : classes.map((label) => `probability_${label}`))];
    const twice = keepColumns.filter((name) => made.includes(name));
    const inputs = new Set(parts.map((part) => ('path' in part ? part.path : undefined)));
    const overwritten = [...this.#names.values()]
      .map((name) => join(output, name.output))
      .filter((path) => inputs.has(path));
    return [
      ...twice.map((name) => `"keep-columns" has "${name}", which is a column of the predictions`),
      ...overwritten.map(
        (path) => `"output" is the folder of the input: ${path} would be overwritten; name another folder`,
      ),
    ];
  }

  #throwFaults(): void {
    const [first] = this.#faults;
    if (first) throw new MlopsError(first.code, formatFaults(this.#faults.flatMap(({ faults }) => faults)));
  }
}

/** What is wrong with one file; the others are scored all the same. */
const BY_FILE = new Set<ErrorCode>([
  'COLUMN_NOT_FOUND',
  'CSV_MALFORMED',
  'DATA_EMPTY',
  'COLUMN_DUPLICATE',
  'DATA_UNREADABLE',
  'DATA_NOT_FOUND',
]);

/** Files are read where they are scored; other sources here, where the credentials are. */
async function contentOf(part: Part, read: ReadOptions): Promise<FileJob['content']> {
  switch (part.kind) {
    case 'file':
      return { kind: 'file', path: part.path };
    case 's3':
      return { kind: 'bytes', bytes: await readBytes(part, read) };
    case 'sqlite':
      return { kind: 'table', table: (await import('../data/sources/sqlite.ts')).readSqlite(part) };
    case 'databricks':
      return { kind: 'table', table: await (await import('../data/sources/databricks.ts')).readDatabricks(part, read) };
  }
}
