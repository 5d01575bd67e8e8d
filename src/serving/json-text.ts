import { isUtf8 } from 'node:buffer';
import { badRequest } from './scoring-error.ts';

const QUOTE = '"';
const LITERALS = ['-Infinity', 'Infinity', 'NaN'] as const;

/**
 * JSON as Python's parser takes it, which MLflow's clients are used to: NaN, Infinity and -Infinity are null here, as
 * missing and infinite cells are everywhere.
 *
 * @throws ScoringError 400
 */
export function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw badRequest('Invalid input. The body is not UTF-8');
  const text = body.toString('utf8').replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text);
  } catch (error) {
    const plain = withoutLiterals(text);
    if (plain !== undefined) {
      try {
        return JSON.parse(plain);
      } catch {
        // The fault that is told is that of the text as it came.
      }
    }
    throw badRequest(`Invalid input. Ensure that input is a valid JSON formatted string. ${reason(error)}`);
  }
}

/** Without the excerpt of the input, which may be long and is the caller's own. */
function reason(error: unknown): string {
  const message = (error as Error).message;
  const at = /at position \d+(?: \(line \d+ column \d+\))?/.exec(message)?.[0];
  return at === undefined ? message.split(',')[0]! : `Unexpected text ${at}`;
}

/** The text with null for Python's number literals outside of strings; undefined: there is none. */
function withoutLiterals(text: string): string | undefined {
  if (!/NaN|Infinity/.test(text)) return undefined;
  const pieces: string[] = [];
  let from = 0;
  let found = false;
  for (let at = 0; at < text.length; ) {
    if (text[at] === QUOTE) {
      at++;
      while (at < text.length && text[at] !== QUOTE) at += text[at] === '\\' ? 2 : 1;
      at++;
      continue;
    }
    const literal = LITERALS.find((word) => text.startsWith(word, at));
    if (literal === undefined) at++;
    else {
      pieces.push(text.slice(from, at), 'null');
      at += literal.length;
      from = at;
      found = true;
    }
  }
  return found ? pieces.join('') + text.slice(from) : undefined;
}
