import type { Table } from '../data/table.ts';
import type { Predictions } from '../metrics/predictions.ts';
import { encodeRows, type LogRecord } from './log-record.ts';
import type { PredictionLog } from './prediction-log.ts';

/** What a kill can lose at most. */
const FLUSH_MS = 200;
/** Records of one transaction: the event loop serves requests between them. */
const BATCH = 256;
/** Rows that wait at most; beyond, predictions go on and are not logged. */
const MAX_ROWS = 200_000;
const RETRY_MS = 1000;

export interface LoggedRequest {
  readonly id: string;
  readonly latencyMs: number;
  readonly inputs: Table;
  readonly predictions: Predictions;
}

/** Brings predictions to the log off the path of requests. What could not be logged is counted and said, never silently lost. */
export class LogQueue {
  readonly #log: PredictionLog;
  readonly #warn: (message: string) => void;
  #waiting: (LoggedRequest & { time: number })[] = [];
  #rows = 0;
  #dropped = 0;
  #faultSaid = false;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  constructor(log: PredictionLog, warn: (message: string) => void) {
    this.#log = log;
    this.#warn = warn;
  }

  add(request: LoggedRequest): void {
    const rows = request.inputs.nRows;
    if (rows === 0) return;
    if (this.#rows + rows > MAX_ROWS) {
      this.#dropped += rows;
      return;
    }
    this.#waiting.push({ ...request, time: this.#log.now() });
    this.#rows += rows;
    if (!this.#flushing) this.#flushIn(FLUSH_MS);
  }

  /** Writes what waits and closes the log. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#flushing;
    clearTimeout(this.#timer);
    await this.#flush();
    this.#dropped += this.#rows;
    this.#sayDropped();
    await this.#log.close();
  }

  #flushIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flushing = this.#flush().then((ok) => {
        this.#flushing = undefined;
        if (this.#waiting.length > 0) this.#flushIn(ok ? FLUSH_MS : RETRY_MS);
      });
    }, ms);
  }

  /** @returns whether all that waited was written */
  async #flush(): Promise<boolean> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH);
      try {
        await this.#log.write(batch.map(recordOf));
      } catch (error) {
        if (!this.#faultSaid) this.#warn(`predictions wait to be logged: ${(error as Error).message}`);
        this.#faultSaid = true;
        return false;
      }
      this.#faultSaid = false;
      this.#waiting = this.#waiting.slice(batch.length);
      for (const { inputs } of batch) this.#rows -= inputs.nRows;
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#sayDropped();
    return true;
  }

  #sayDropped(): void {
    if (this.#dropped > 0) this.#warn(`${this.#dropped} predictions were not logged: the log could not keep up`);
    this.#dropped = 0;
  }
}

function recordOf({ id, time, latencyMs, inputs, predictions }: LoggedRequest & { time: number }): LogRecord {
  return { id, time, latencyMs, ...encodeRows(inputs, predictions) };
}
