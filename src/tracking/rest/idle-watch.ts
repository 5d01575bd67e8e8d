import type { Readable } from 'node:stream';

/** Ends a transfer of files when nothing has passed for a while. */
export class IdleWatch {
  readonly signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;

  constructor(idleMs: number, outer: AbortSignal | undefined) {
    const idle = new AbortController();
    this.#timer = setTimeout(() => idle.abort(new Error(`nothing moved for ${idleMs / 1_000} s`)), idleMs);
    this.signal = outer ? AbortSignal.any([idle.signal, outer]) : idle.signal;
  }

  /** The chunks of a stream; what it fails with goes through `failed`. */
  async *passing(stream: Readable, failed: (error: unknown) => unknown): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stream) {
        this.#timer.refresh();
        yield chunk as Uint8Array;
      }
    } catch (error) {
      throw failed(error);
    }
  }

  /** Something has passed elsewhere. */
  moved(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
