import { MlopsError } from '../../errors/mlops-error.ts';

const MOST = 10;

/** The malformed lines of files: the first ten by their words, the others by their number, so that a log can be read. */
export class MalformedLines {
  readonly #messages: string[] = [];
  #count = 0;

  /** @param line asked for only when the message is kept */
  add(file: string, line: () => number, problem: string): void {
    if (this.#count++ < MOST) this.#messages.push(`${file}:${line()}: ${problem}`);
  }

  /** @throws CSV_MALFORMED */
  throwIfAny(): void {
    if (this.#count === 0) return;
    const more = this.#count - this.#messages.length;
    throw new MlopsError('CSV_MALFORMED', more === 0 ? this.#messages : [...this.#messages, `… and ${more} more`]);
  }
}

/** `1 field, expected 3 as in the header` */
export function raggedProblem(found: number, expected: number): string {
  return `${found} ${found === 1 ? 'field' : 'fields'}, expected ${expected} as in the header`;
}
