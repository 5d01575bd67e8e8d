import { MlopsError } from '../../errors/mlops-error.ts';
import { fieldEnd, fieldProblem, fieldText, lineAt } from './field-end.ts';

const CR = 13;
const LF = 10;

export interface Header {
  readonly names: readonly string[];
  /** Where the rows begin. */
  readonly body: number;
  /** The line that they begin on, from 1. */
  readonly line: number;
}

/**
 * The names in the first line of `text` that is not blank.
 *
 * @param text begins with the first line and ends with a line feed
 * @returns undefined when there is none
 * @throws CSV_MALFORMED · COLUMN_DUPLICATE
 */
export function readHeader(name: string, text: Buffer, delimiter: number): Header | undefined {
  let at = 0;
  while (text[at] === LF || (text[at] === CR && text[at + 1] === LF)) at += text[at] === LF ? 1 : 2;
  if (at >= text.length) return undefined;
  const names: string[] = [];
  for (; ; at++) {
    const end = fieldEnd(text, at, delimiter);
    if (end === -1) {
      const { at: where, problem } = fieldProblem(text, at);
      throw new MlopsError('CSV_MALFORMED', `${name}:${lineAt(text, where)}: ${problem}`);
    }
    names.push(fieldText(text, at, end));
    at = end;
    if (text[at] !== delimiter) break;
  }
  const line = lineAt(text, at);
  checkNames(name, names, line);
  return { names, body: text[at] === CR ? at + 2 : at + 1, line: line + 1 };
}

function checkNames(name: string, names: readonly string[], line: number): void {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const column of names) if (column !== '') (seen.has(column) ? twice : seen).add(column);
  if (twice.size > 0) {
    throw new MlopsError(
      'COLUMN_DUPLICATE',
      [...twice].map((column) => `${name}: the header names "${column}" twice; rename one of them`),
    );
  }
  const blank = names.flatMap((column, i) => (column === '' ? [i + 1] : []));
  if (blank.length > 0) {
    throw new MlopsError(
      'CSV_MALFORMED',
      blank.map((position) => `${name}:${line}: column ${position} has no name in the header`),
    );
  }
}
