import { createHash } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Readable } from 'node:stream';
import axios, { type AxiosResponse } from 'axios';
import { MlopsError } from '../../errors/mlops-error.ts';
import { type Connection, type Credential, connect } from './connection.ts';
import { connectionError, isPassing, retryAfter } from './failures.ts';
import { IdleWatch } from './idle-watch.ts';
import { Refusal } from './refusal.ts';
import { interrupted, type RetryPolicy, Transient, withRetries } from './retry.ts';

/** Where an object store lets whoever has the address do one thing for some minutes: a secret. */
export interface SignedUrl {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Range {
  /** First byte, and the one behind the last. */
  readonly start: number;
  readonly end: number;
}

export interface SignedTransfersOptions {
  readonly credential: Credential;
  readonly signal: AbortSignal | undefined;
  readonly retry: RetryPolicy;
  readonly idleMs: number;
}

/**
 * Parts of files to and from an object store, by addresses that an MLflow server has signed. No login goes with them, and no
 * address or signature stands in a message.
 *
 * @throws STORE_UNREACHABLE · STORE_REFUSED (a Refusal) · INTERRUPTED
 */
export class SignedTransfers {
  readonly #options: SignedTransfersOptions;
  /** By origin. */
  readonly #connections = new Map<string, Connection>();

  constructor(options: SignedTransfersOptions) {
    this.#options = options;
  }

  /** Sends a part, with a digest that the store compares. Answers the tag that the store gives it. */
  put(signed: SignedUrl, bytes: Uint8Array): Promise<string> {
    const headers = { 'content-md5': createHash('md5').update(bytes).digest('base64') };
    return this.#repeated('PUT', signed, async (watch) => {
      const answer = await this.#once('PUT', { ...signed, headers: { ...headers, ...signed.headers } }, watch, bytes);
      for await (const _ of watch.passing(answer.data, (error) => error));
      return String(answer.headers.etag ?? '');
    });
  }

  /**
   * Bytes of an object; where the connection is cut, it goes on behind what came in.
   *
   * @param etag of the state that is read, when it is known
   * @returns the bytes with the size of the whole object and its state
   */
  async get(signed: SignedUrl, { start, end }: Range, etag?: string) {
    const bytes = Buffer.allocUnsafe(end - start);
    let filled = 0;
    let state = etag;
    return this.#repeated('GET', signed, async (watch) => {
      const headers = {
        ...signed.headers,
        range: `bytes=${start + filled}-${end - 1}`,
        ...(state === undefined ? {} : { 'if-match': state }),
      };
      const answer = await this.#once('GET', { url: signed.url, headers }, watch);
      const [, from, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(String(answer.headers['content-range'] ?? '')) ?? [];
      if (answer.status !== 206 || Number(from) !== start + filled) {
        answer.data.destroy();
        throw this.#refusal('GET', signed, answer.status, 'the store does not give parts of an object');
      }
      state = answer.headers.etag === undefined ? state : String(answer.headers.etag);
      for await (const chunk of watch.passing(answer.data, (error) => this.#failed('GET', signed, watch, error))) {
        if (filled + chunk.length > bytes.length)
          throw this.#refusal('GET', signed, answer.status, 'more bytes than were asked for');
        bytes.set(chunk, filled);
        filled += chunk.length;
      }
      if (filled === bytes.length) return { bytes, size: Number(size), etag: state };
      throw new Transient(`${shown('GET', signed)} failed: the connection ended early`, { notDone: true });
    });
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
  }

  #repeated<T>(method: string, signed: SignedUrl, work: (watch: IdleWatch) => Promise<T>): Promise<T> {
    if (!URL.canParse(signed.url) || !/^https?:/.test(signed.url)) {
      throw new MlopsError('STORE_UNREACHABLE', `the server gives an address for ${method} that is no URL`);
    }
    const { signal, retry: policy, idleMs } = this.#options;
    return withRetries({ policy, repeatable: true, isTransfer: true, signal }, async () => {
      const watch = new IdleWatch(idleMs, signal);
      try {
        return await work(watch);
      } finally {
        watch.end();
      }
    });
  }

  async #once(
    method: 'GET' | 'PUT',
    signed: SignedUrl,
    watch: IdleWatch,
    data?: Uint8Array,
  ): Promise<AxiosResponse<Readable>> {
    const { origin } = new URL(signed.url);
    const connection = this.#connections.get(origin) ?? connect(origin, this.#options.credential, { login: false });
    this.#connections.set(origin, connection);
    let answer: AxiosResponse<Readable>;
    try {
      answer = await axios.request({
        ...{
          adapter: 'http',
          method,
          url: signed.url,
          headers: { 'content-type': false, ...signed.headers },
          responseType: 'stream',
        },
        ...(data === undefined ? {} : { data: Buffer.from(data.buffer, data.byteOffset, data.byteLength) }),
        ...(connection.proxied ? {} : { proxy: false as const }),
        ...{ httpAgent: connection.reused.http, httpsAgent: connection.reused.https, signal: watch.signal },
        ...{ maxRedirects: 0, maxBodyLength: Number.POSITIVE_INFINITY, validateStatus: () => true },
        onUploadProgress: () => watch.moved(),
      });
    } catch (error) {
      throw this.#failed(method, signed, watch, error);
    }
    if (answer.status >= 200 && answer.status < 300) return answer;
    let text = '';
    for await (const chunk of answer.data) if (text.length < 4_000) text += String(chunk);
    throw this.#refusal(method, signed, answer.status, spoken(text), answer.headers['retry-after']);
  }

  #failed(method: string, signed: SignedUrl, watch: IdleWatch, error: unknown): Error {
    if (this.#options.signal?.aborted) return interrupted(this.#options.signal.reason);
    const why = watch.signal.aborted ? watch.signal.reason : error;
    return connectionError(shown(method, signed), why, (text) => text.replaceAll(signed.url, shown(method, signed)));
  }

  #refusal(method: string, signed: SignedUrl, status: number, said: string, after?: unknown): Error {
    const answer = `${shown(method, signed)} was answered with ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
    const message = said === '' ? answer : `${answer}: ${said}`;
    return isPassing(status)
      ? new Transient(message, { notDone: true, retryAfterMs: retryAfter(after) })
      : new Refusal(message, { status, errorCode: '', said });
  }
}

/** An object store says in XML what it refuses, and beside it parts of the signature: only code and message are told. */
function spoken(text: string): string {
  const [code, message] = ['Code', 'Message'].map((name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]);
  return [code, message].filter((part) => part !== undefined).join(': ');
}

/** Without the query, which is the signature. */
function shown(method: string, { url }: SignedUrl): string {
  const { origin, pathname } = new URL(url);
  return `${method} ${origin}${pathname}`;
}
