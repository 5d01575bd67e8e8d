import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import type { z } from 'zod';
import { MlopsError } from '../../errors/mlops-error.ts';
import { type Connection, type Credential, connect } from './connection.ts';
import { answerError, connectionError } from './failures.ts';
import { IdleWatch } from './idle-watch.ts';
import { interrupted, RETRY, type RetryPolicy, withRetries } from './retry.ts';
import { SignedTransfers } from './signed-transfers.ts';

const ATTEMPT_TIMEOUT_MS = 120_000;
/** A transfer of files ends when nothing has moved for so long. */
const IDLE_MS = 60_000;

type QueryValue = string | number | readonly string[] | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

export interface RestClientOptions {
  /** The tracking URI, which may have a path: `https://host/mlflow`. */
  readonly url: string;
  readonly credential: Credential;
  readonly signal?: AbortSignal | undefined;
  readonly retry?: RetryPolicy;
  readonly attemptTimeoutMs?: number;
  readonly idleMs?: number;
}

export interface SendOptions {
  /** Doing it twice is the same as doing it once, so a failed request may be sent again. */
  readonly repeatable: boolean;
  /** Sent although the run was interrupted: how a run ended has to be recorded. */
  readonly evenIfStopped?: boolean;
}

interface Attempt {
  readonly method: string;
  readonly path: string;
  readonly query?: Query;
  readonly data?: unknown;
  readonly headers?: Record<string, string>;
  readonly stream?: boolean;
  readonly reuse: boolean;
  readonly timeoutMs?: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Speaks to one MLflow server: the one place for its address, login, time budget, repetition and for hiding secrets.
 *
 * Paths are below `/api/2.0/`. Redirects are not followed, so that a login never reaches another host.
 *
 * @throws STORE_UNREACHABLE when there is no usable answer, STORE_REFUSED (a Refusal) with what the server said, INTERRUPTED
 */
export class RestClient {
  readonly url: string;
  /** Past the server, by addresses that it signs. */
  readonly signed: SignedTransfers;
  readonly #connection: Connection;
  readonly #axios: AxiosInstance;
  readonly #options: RestClientOptions;

  constructor(options: RestClientOptions) {
    this.url = options.url;
    this.#options = options;
    this.#connection = connect(options.url, options.credential);
    const { credential, signal, retry = RETRY, idleMs = IDLE_MS } = options;
    this.signed = new SignedTransfers({ credential, signal, retry, idleMs });
    this.#axios = axios.create({
      adapter: 'http',
      // The agents know their proxy and how to tunnel through it; axios would take them away with `false`.
      ...(this.#connection.proxied ? {} : { proxy: false }),
      maxRedirects: 0,
      maxBodyLength: Number.POSITIVE_INFINITY,
      maxContentLength: Number.POSITIVE_INFINITY,
      validateStatus: () => true,
      transformResponse: [(data: unknown) => data],
    });
  }

  get<T>(path: string, query: Query, schema: z.ZodType<T>): Promise<T> {
    return this.#json({ method: 'GET', path, query }, schema, { repeatable: true });
  }

  send<T>(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    options: SendOptions,
  ): Promise<T> {
    const data = JSON.stringify(body);
    return this.#json({ method, path, data, headers: { 'content-type': 'application/json' } }, schema, options);
  }

  /** Sends a file; the server takes the last one sent to the same path. */
  async upload(path: string, file: string): Promise<void> {
    const { size } = await stat(file);
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) };
    await this.#repeat({ repeatable: true, isTransfer: true }, (_, signal) =>
      this.#watched(signal, async (watch) => {
        let unreadable: unknown;
        const chunks = watch.passing(createReadStream(file), (error) => {
          unreadable = error;
          return error;
        });
        const data = Readable.from(chunks, { objectMode: false });
        try {
          await this.#once({ method: 'PUT', path, data, headers, reuse: false, signal: watch.signal });
        } catch (error) {
          throw unreadable ?? error;
        } finally {
          data.destroy();
        }
      }),
    );
  }

  /** Fetches a file whole: it has its name only when all of it has come. */
  async download(path: string, file: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    const temporary = `${file}.part-${randomUUID()}`;
    try {
      await this.#repeat({ repeatable: true, isTransfer: true }, (_, signal) =>
        this.#watched(signal, async (watch) => {
          const request = { method: 'GET', path, stream: true, reuse: true, signal: watch.signal };
          const answer = await this.#once(request);
          const chunks = watch.passing(answer.data as Readable, (error) => this.#connectionError(request, error));
          try {
            await pipeline(chunks, createWriteStream(temporary), { signal: watch.signal });
          } catch (error) {
            throw watch.signal.aborted ? this.#connectionError(request, error) : error;
          }
        }),
      );
      await rename(temporary, file);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  close(): void {
    this.signed.close();
    this.#connection.close();
  }

  #json<T>(
    request: Pick<Attempt, 'method' | 'path' | 'query' | 'data' | 'headers'>,
    schema: z.ZodType<T>,
    options: SendOptions,
  ): Promise<T> {
    return this.#repeat(options, async (remainingMs, signal) => {
      const timeoutMs = Math.min(remainingMs, this.#options.attemptTimeoutMs ?? ATTEMPT_TIMEOUT_MS);
      const answer = await this.#once({ ...request, reuse: options.repeatable, timeoutMs, signal });
      return this.#parse(`${request.method} /api/2.0/${request.path}`, String(answer.data), schema);
    });
  }

  #repeat<T>(
    { repeatable, evenIfStopped, isTransfer }: SendOptions & { isTransfer?: boolean },
    work: (remainingMs: number, signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    const signal = evenIfStopped ? undefined : this.#options.signal;
    const policy = this.#options.retry ?? RETRY;
    return withRetries({ policy, repeatable, isTransfer: isTransfer ?? false, signal }, (remainingMs) =>
      work(remainingMs, signal),
    );
  }

  /** One request and its answer of status 2xx. */
  async #once(attempt: Attempt): Promise<AxiosResponse<unknown>> {
    const { method, path, query, data, headers, stream, timeoutMs, signal } = attempt;
    if (signal?.aborted) throw this.#connectionError(attempt, signal.reason);
    const agents = attempt.reuse ? this.#connection.reused : this.#connection.fresh;
    const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
    const signals = [signal, timeout].filter((one) => one !== undefined);
    let answer: AxiosResponse<unknown>;
    try {
      answer = await this.#axios.request({
        method,
        url: `${this.url}/api/2.0/${path}${queryText(query)}`,
        headers: { ...this.#connection.headers, ...headers },
        ...(data === undefined ? {} : { data }),
        responseType: stream ? 'stream' : 'text',
        httpAgent: agents.http,
        httpsAgent: agents.https,
        ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
      });
    } catch (error) {
      throw this.#connectionError(attempt, timeout?.aborted ? timeout.reason : error);
    }
    if (answer.status >= 200 && answer.status < 300) return answer;
    const text = stream ? await textOf(answer.data as Readable) : String(answer.data);
    throw answerError({
      what: this.#what(attempt),
      status: answer.status,
      headers: answer.headers as Record<string, unknown>,
      text: this.#connection.redact(text),
    });
  }

  #what({ method, path }: Pick<Attempt, 'method' | 'path'>): string {
    return `${this.url}: ${method} /api/2.0/${path}`;
  }

  #connectionError(attempt: Pick<Attempt, 'method' | 'path' | 'signal'>, error: unknown): Error {
    const { signal } = attempt;
    if (signal?.aborted && this.#options.signal?.aborted) return interrupted(signal.reason);
    return connectionError(this.#what(attempt), signal?.aborted ? signal.reason : error, this.#connection.redact);
  }

  #parse<T>(what: string, text: string, schema: z.ZodType<T>): T {
    const strange = (why: string): MlopsError =>
      new MlopsError(
        'STORE_UNREACHABLE',
        `${this.url}: ${what} was answered with ${why}. Is an MLflow server at this address?`,
      );
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw strange(`no JSON: ${this.#connection.redact(text).trim().slice(0, 120) || 'nothing'}`);
    }
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw strange(`JSON of another form (${issue?.path.join('.')}: ${issue?.message})`);
  }

  /** Runs a transfer that ends when nothing has passed for a while. */
  async #watched(signal: AbortSignal | undefined, work: (watch: IdleWatch) => Promise<void>): Promise<void> {
    const watch = new IdleWatch(this.#options.idleMs ?? IDLE_MS, signal);
    try {
      await work(watch);
    } finally {
      watch.end();
    }
  }
}

function queryText(query: Query = {}): string {
  const values = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value ?? []].flat()) values.append(name, String(one));
  }
  return values.size === 0 ? '' : `?${values}`;
}

/** The first few thousand characters of an answer that says what went wrong. */
async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.length > 4_000) break;
  }
  return text;
}
