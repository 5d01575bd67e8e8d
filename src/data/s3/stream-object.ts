import { crc32 } from 'node:zlib';
import type { ByteSource } from '../sources/byte-source.ts';
import type { ObjectPart } from '../sources/part.ts';
import type { S3Access } from './access.ts';
import { type ObjectSource, openObject } from './open-object.ts';

/** What is asked for at a time, and how many pieces are on their way while one is worked on. */
const PIECE_BYTES = 8 * 2 ** 20;
const AHEAD = 3;

/**
 * An object that is read from its beginning to its end in steps of any size, with the next pieces on their way beside one
 * another. What was read whole is compared with the checksum that the store keeps.
 */
export function streamObject(part: ObjectPart, access: S3Access): ObjectSource {
  const source = openObject(part, access);
  const stream = new ObjectStream(source);
  return {
    name: part.name,
    bytes: part.bytes,
    get version() {
      return source.version;
    },
    read: (start, end) => stream.read(start, end),
    async close() {
      try {
        const crc = await stream.end();
        if (crc !== undefined) await source.check(crc);
      } finally {
        await source.close();
      }
    },
  };
}

class ObjectStream {
  readonly #source: ByteSource;
  readonly #pieces = new Map<number, Promise<ArrayBuffer>>();
  /** Pieces before it have been read, and are part of the checksum. */
  #done = 0;
  #crc = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  async read(start: number, end: number): Promise<ArrayBuffer> {
    const into = new Uint8Array(end - start);
    for (let at = start; at < end; ) {
      const number = Math.floor(at / PIECE_BYTES);
      const piece = new Uint8Array(await this.#piece(number));
      const offset = at - number * PIECE_BYTES;
      const found = piece.subarray(offset, offset + end - at);
      into.set(found, at - start);
      at += found.length;
    }
    return into.buffer;
  }

  async #piece(number: number): Promise<ArrayBuffer> {
    for (let next = number; next <= number + AHEAD; next++) this.#begin(next);
    const bytes = await this.#pieces.get(number)!;
    if (number === this.#done) {
      this.#done++;
      this.#crc = crc32(new Uint8Array(bytes), this.#crc);
    }
    for (const earlier of this.#pieces.keys()) if (earlier < number) this.#pieces.delete(earlier);
    return bytes;
  }

  #begin(number: number): void {
    const start = number * PIECE_BYTES;
    if (start >= this.#source.bytes || this.#pieces.has(number)) return;
    const piece = this.#source.read(start, Math.min(this.#source.bytes, start + PIECE_BYTES));
    // Told when its turn comes.
    piece.catch(() => undefined);
    this.#pieces.set(number, piece);
  }

  /** The checksum of the whole, if the whole was read. */
  async end(): Promise<number | undefined> {
    const whole = this.#done * PIECE_BYTES >= this.#source.bytes;
    if (whole) await Promise.allSettled(this.#pieces.values());
    return whole && this.#source.bytes > 0 ? this.#crc : undefined;
  }
}
