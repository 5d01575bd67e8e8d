const LF = 10;
const QUOTE = 34;
const COMMA = 44;
/** Longer fields are copied by the engine. */
const SHORT = 24;

/** Writes rows of RFC 4180 text whose fields come in any order. */
export class RowText {
  width: number;
  #bytes = Buffer.allocUnsafe(65_536);
  #length = 0;
  /** Where the fields of the row stand in `#from`: start and end of each; an end of 0: the field is missing. */
  #spans = new Int32Array(64);
  #sources: (Buffer | undefined)[] = [];

  constructor(width: number) {
    this.width = width;
  }

  /** A field that is written as it stands; a text that begins and ends with a quote has none between them. */
  putRaw(position: number, bytes: Buffer, start: number, end: number): void {
    this.#put(position, bytes, start, end);
  }

  /** A field of any text. */
  putText(position: number, text: string): void {
    const bytes = Buffer.from(`"${text.replaceAll('"', '""')}"`);
    this.#put(position, bytes, 0, bytes.length);
  }

  #put(position: number, bytes: Buffer, start: number, end: number): void {
    if (2 * position + 1 >= this.#spans.length) {
      const spans = new Int32Array(4 * (position + 1));
      spans.set(this.#spans);
      this.#spans = spans;
    }
    this.#spans[2 * position] = start;
    this.#spans[2 * position + 1] = end;
    this.#sources[position] = bytes;
  }

  endRow(): void {
    const { width } = this;
    for (let c = 0; c < width; c++) {
      const start = this.#spans[2 * c] ?? 0;
      const end = this.#spans[2 * c + 1] ?? 0;
      this.#need(end - start + 3);
      if (c > 0) this.#bytes[this.#length++] = COMMA;
      if (end > 0) this.#field(this.#sources[c]!, start, end);
      // A blank line would be skipped as one that holds no row.
      else if (width === 1) this.#length += this.#bytes.write('""', this.#length, 'latin1');
      if (2 * c + 1 < this.#spans.length) this.#spans[2 * c + 1] = 0;
    }
    this.#need(1);
    this.#bytes[this.#length++] = LF;
  }

  text(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Without its quotes where it needs none, which is read faster. */
  #field(bytes: Buffer, from: number, to: number): void {
    let [start, end] = [from, to];
    if (bytes[start] === QUOTE && end - start > 2) {
      let plain = true;
      for (let at = start + 1; at < end - 1; at++) {
        const byte = bytes[at]!;
        if (byte === COMMA || byte === QUOTE || byte < 32) plain = false;
      }
      if (plain) {
        start++;
        end--;
      }
    }
    if (end - start > SHORT) bytes.copy(this.#bytes, this.#length, start, end);
    else for (let at = start, to = this.#length; at < end; at++, to++) this.#bytes[to] = bytes[at]!;
    this.#length += end - start;
  }

  #need(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
