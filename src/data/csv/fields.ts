/** The text of one CSV file, its header read and its rows not yet. */
export interface Fields {
  /** For messages: the file. */
  readonly name: string;
  readonly header: readonly string[];
  /** RFC 4180 in UTF-8 without byte order mark; the last line ends with a line feed. */
  readonly bytes: Buffer;
  /** One byte. */
  readonly delimiter: number;
  /** Where the rows begin in `bytes`. */
  readonly body: number;
}

/** Texts in order of first appearance. */
export class Dictionary {
  readonly texts: string[] = [];
  readonly #codes = new Map<string, number>();

  codeOf(text: string): number {
    let code = this.#codes.get(text);
    if (code === undefined) {
      code = this.texts.length;
      this.texts.push(text);
      this.#codes.set(text, code);
    }
    return code;
  }
}
