const VARINT = 0;
const LENGTH_DELIMITED = 2;

/**
 * A protobuf message as it is written, field by field. Nested messages are joined without being copied until `encode`.
 *
 * Source  https://protobuf.dev/programming-guides/encoding/
 */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** An int64, an int32, a bool or an enum; negative numbers take ten bytes, as in protobuf. */
  int(field: number, value: number | bigint): this {
    return this.#push(tag(field, VARINT)).#push(varint(value));
  }

  /** A string (as UTF-8) or bytes. */
  bytes(field: number, value: string | Uint8Array): this {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    return this.#delimited(field, bytes.length).#push(bytes);
  }

  message(field: number, value: Message): this {
    this.#delimited(field, value.#length);
    for (const part of value.#parts) this.#push(part);
    return this;
  }

  /** A packed list of int64. */
  ints(field: number, values: Int32Array): this {
    return this.bytes(field, packed(values));
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  #delimited(field: number, length: number): this {
    return this.#push(tag(field, LENGTH_DELIMITED)).#push(varint(length));
  }

  #push(part: Uint8Array): this {
    this.#parts.push(part);
    this.#length += part.length;
    return this;
  }
}

function tag(field: number, wireType: number): Uint8Array {
  return varint(field * 8 + wireType);
}

function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

const NEGATIVE_LENGTH = 10;

function packed(values: Int32Array): Uint8Array {
  let length = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    // 32 - clz32 counts the bits; a varint has 7 a byte.
    length += value < 0 ? NEGATIVE_LENGTH : Math.max(1, Math.ceil((32 - Math.clz32(value)) / 7));
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    let rest = values[i]!;
    if (rest < 0) {
      bytes.set(varint(rest), at);
      at += NEGATIVE_LENGTH;
      continue;
    }
    for (; rest > 127; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
    bytes[at++] = rest;
  }
  return bytes;
}
