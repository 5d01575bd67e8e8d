import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { formatFaults } from '../data/fault-list.ts';
import type { ReadOptions } from '../data/read-table.ts';
import type { Sink } from '../data/sinks/sink.ts';
import type { Part } from '../data/sources/part.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { expectedError } from '../errors/from-system.ts';
import { MlopsError, throwFaults } from '../errors/mlops-error.ts';
import type { Model } from '../model/load-model.ts';
import { type PredictingParts, predictionColumns } from '../model/predict.ts';
import type { PredictionLog } from '../serving/prediction-log.ts';
import { contentOf } from './job-content.ts';
import { BatchManifest, type ManifestEntry, sha256Of } from './manifest.ts';
import { type OutputName, outputNames } from './output-names.ts';
import { RemoteOutputs, type SentStates } from './remote-outputs.ts';
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
  /** Where the files go from the folder, each when it is done; default: they stay there. */
  readonly sink?: Sink;
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
 * Scores many files, each into a file of its own: kept columns and those of `predictionTable`, in the order of the rows. Each appears whole or not at all, and a second run does only what is missing.
 *
 * @throws COLUMN_NOT_FOUND · CSV_MALFORMED · DATA_EMPTY … naming every file at fault, when the others are done ·
 * INPUT_INVALID when an output would overwrite its input or a kept column its prediction
 */
export async function predictFiles(request: PredictFiles): Promise<PredictedFiles> {
  try {
    const remote = request.sink && (await RemoteOutputs.open(request.sink, request.output));
    return await new BatchRun(request, await BatchManifest.open(request.output), remote).run();
  } finally {
    await request.predictionLog?.close();
  }
}

class BatchRun {
  readonly #request: PredictFiles;
  readonly #model: Model;
  readonly #scorer: PredictingParts;
  readonly #manifest: BatchManifest;
  readonly #remote: RemoteOutputs | undefined;
  readonly #names: ReadonlyMap<string, OutputName>;
  readonly #settingsDigest: string;
  readonly #faults: { code: ErrorCode; faults: readonly string[] }[] = [];
  readonly #reused = new Set<string>();
  readonly #underWay = new Set<FileJob>();
  /** Threads in all. */
  readonly #nJobs: number;
  #written = performance.now();
  #done = 0;

  constructor(request: PredictFiles, manifest: BatchManifest, remote: RemoteOutputs | undefined) {
    const { parts, keepColumns, keyColumns = [], format, read } = request;
    this.#request = request;
    this.#nJobs = request.nJobs === -1 ? availableParallelism() : Math.max(1, request.nJobs);
    this.#remote = remote;
    this.#model = request.model;
    const { info, features, forest, calibration, intervals } = request.model;
    this.#scorer = { task: info.task, classes: info.classes, features, forest, calibration, intervals };
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
      if (this.#done > this.#reused.size) await this.#writeManifest();
    }
    this.#throwFaults();
    const entries = parts.map((part) => this.#manifest.get(part.name)!);
    return {
      rows: entries.reduce((sum, entry) => sum + entry.rows, 0),
      rejected: entries.reduce((sum, entry) => sum + entry.rejectedRows, 0),
      outputs: entries.map((entry) => this.#remote?.uriOf(entry.output) ?? join(output, entry.output)),
      reused: this.#reused.size,
    };
  }

  async #scoreAll(): Promise<void> {
    const { parts, signal } = this.#request;
    const bytes = parts.reduce((sum, part) => sum + ('bytes' in part ? part.bytes : SMALL_BYTES), 0);
    const threads = bytes > SMALL_BYTES ? Math.min(this.#nJobs, parts.length) : 1;
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
    const { output, rejected } = this.#names.get(part.name)!;
    const sent: SentStates =
      (await this.#remote?.send({ output, rejected }, result.rejectedDigest !== undefined)) ?? {};
    if (predictionLog) {
      const time = predictionLog.now();
      const records = result.log.map((chunk, i) => ({
        id: this.#recordId(part, result.inputDigest, i),
        time,
        ...chunk,
      }));
      await predictionLog.write(records);
    }
    this.#manifest.set(part.name, {
      output,
      ...(result.rejectedDigest === undefined ? {} : { rejected, rejectedDigest: result.rejectedDigest }),
      rows: result.rows,
      rejectedRows: result.rejectedRows,
      inputDigest: result.inputDigest,
      outputDigest: result.outputDigest,
      modelDigest: this.#model.digest,
      settingsDigest: this.#settingsDigest,
      ...sent,
    });
    if (performance.now() - this.#written < MANIFEST_MS) return;
    this.#written = performance.now();
    await this.#manifest.write();
  }

  async #writeManifest(): Promise<void> {
    await this.#manifest.write();
    await this.#remote?.sendManifest();
  }

  async #jobOf(part: Part): Promise<FileJob> {
    const { output: folder, keepColumns, keyColumns = [], read, predictionLog } = this.#request;
    const { output, rejected } = this.#names.get(part.name)!;
    const entry = this.#manifest.get(part.name);
    return {
      name: part.name,
      content: await contentOf(part, read, { inputs: this.#model.features.inputs, keepColumns, keyColumns }),
      output: join(folder, output),
      rejected: join(folder, rejected),
      temporary: join(folder, `.${output}.${process.pid}.tmp`),
      keepColumns: [...new Set(keepColumns)],
      keyColumns,
      csv: read.csv,
      logged: predictionLog !== undefined,
      // Where there are fewer files than threads, each file has several.
      nJobs: Math.max(1, Math.floor(this.#nJobs / this.#request.parts.length)),
      done:
        entry && (await this.#isDone(part, entry))
          ? {
              ...{ input: entry.inputDigest, output: entry.outputDigest, rejected: entry.rejectedDigest },
              stands: this.#remote !== undefined,
            }
          : undefined,
    };
  }

  async #isDone(part: Part, entry: ManifestEntry): Promise<boolean> {
    if (entry.modelDigest !== this.#model.digest || entry.settingsDigest !== this.#settingsDigest) return false;
    if (this.#remote && !(await this.#remote.stand(entry))) return false;
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
    const made = predictionColumns(this.#scorer);
    const twice = keepColumns.filter((name) => made.includes(name));
    const inputs = new Set(parts.map((part) => ('path' in part ? part.path : part.name)));
    const overwritten = [...this.#names.values()]
      .map((name) => this.#remote?.uriOf(name.output) ?? join(output, name.output))
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
  'COLUMN_UNSUPPORTED',
  'NDJSON_MALFORMED',
  'DATA_CHANGED',
]);
