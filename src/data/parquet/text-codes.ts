import { isUtf8 } from 'node:buffer';

/** Codes of texts, in order of first appearance; the empty text is a missing cell, as in CSV files. */
export class TextCodes {
  readonly texts: string[] = [];
  readonly #codes = new Map<string, number>([['', -1]]);

  codeOf(text: string): number {
    let code = this.#codes.get(text);
    if (code === undefined) {
      code = this.texts.length;
      this.texts.push(text);
      this.#codes.set(text, code);
    }
    return code;
  }

  /** The same of UTF-8; undefined: it is none. */
  codeOfBytes(bytes: Uint8Array): number | undefined {
    if (!isUtf8(bytes)) return undefined;
    return this.codeOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  }
}
