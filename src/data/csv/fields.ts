/** The cells of one CSV file or part before they have a kind. Rows count from 0 behind the header. */
export interface Fields {
  /** For messages: the file. */
  readonly name: string;
  readonly header: readonly string[];
  readonly nRows: number;
  text(column: number, row: number): string;
  isEmpty(column: number, row: number): boolean;
  /** The line of the file that the row begins on, from 1. */
  line(row: number): number;
  /**
   * The cell as a finite decimal number; NaN when it is none. Not `Number(text)`: hexadecimal, blanks and `Infinity` are
   * no numbers here.
   */
  number(column: number, row: number): number;
  /**
   * Codes of the cells in a dictionary that grows in order of first appearance; -1 for cells whose text is in `missing`.
   */
  encode(column: number, dictionary: Dictionary, missing: ReadonlySet<string>, out: Int32Array, offset: number): void;
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
