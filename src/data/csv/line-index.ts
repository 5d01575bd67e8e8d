/** Where rows stand: in which part, and on which line. Rows are entered in ascending order, and only where lines do not follow on. */
export class LineIndex {
  readonly #names: { readonly name: string; readonly row: number }[] = [];
  /** Two numbers an entry: the row, and the line that it begins on. */
  #entries: number[] = [];

  startPart(name: string, row: number): void {
    this.#names.push({ name, row });
  }

  /** Row `row` begins on line `line`, and the next ones on those behind it. */
  add(row: number, line: number): void {
    const at = this.#entries.length;
    if (at > 0 && line - this.#entries[at - 1]! === row - this.#entries[at - 2]!) return;
    if (at > 0 && this.#entries[at - 2] === row) this.#entries[at - 1] = line;
    else this.#entries.push(row, line);
  }

  /** Of rows that begin with `row` on `line`. Other threads may enter what comes before. @param jumps see `Rows` */
  addRows(row: number, line: number, jumps: readonly number[]): void {
    this.#entries.push(row, line);
    for (let i = 0; i < jumps.length; i += 2) this.add(row + jumps[i]!, line + jumps[i + 1]!);
  }

  /** `data/hours.csv:812` */
  placeOf(row: number): string {
    const name = this.#names.findLast((part) => part.row <= row)?.name ?? '';
    let [low, high] = [0, this.#entries.length / 2];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#entries[2 * middle]! <= row) low = middle;
      else high = middle;
    }
    return `${name}:${this.#entries[2 * low + 1]! + row - this.#entries[2 * low]!}`;
  }

  get entries(): readonly number[] {
    return this.#entries;
  }

  /** Takes over what threads entered, each for blocks of its own. */
  adopt(parts: readonly (readonly number[])[]): void {
    const pairs: (readonly [number, number])[] = [];
    for (const entries of [this.#entries, ...parts]) {
      for (let i = 0; i < entries.length; i += 2) pairs.push([entries[i]!, entries[i + 1]!]);
    }
    this.#entries = [];
    for (const [row, line] of pairs.sort(([a], [b]) => a - b)) this.add(row, line);
  }
}
