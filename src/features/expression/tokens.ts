/** A formula that cannot be read, with the place: columns count from 1. */
export class FormulaError extends Error {
  readonly at: number;

  constructor(at: number, problem: string) {
    super(problem);
    this.at = at;
  }
}

export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'column' | 'sign' | 'end';
  /** A text without its quotes, a column without its backticks. */
  readonly text: string;
  /** Where it begins, from 0. */
  readonly at: number;
}

const PATTERNS: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /\s+/y],
  ['number', /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['name', /[\p{L}_][\p{L}\p{N}\p{M}_.]*/uy],
  ['text', /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/y],
  ['column', /`[^`]+`/y],
  ['sign', /\*\*|<=|>=|==|!=|[-+*/%()<>,]/y],
];

/** Signs of other languages, and what is meant by them here. */
const MEANT: Readonly<Record<string, string>> = {
  '=': '==',
  '<>': '!=',
  '&': 'and',
  '|': 'or',
  '!': 'not',
  '~': 'not',
  '^': '**',
  '?': 'if(condition, then, else)',
};

const MOST_TOKENS = 2000;

/** @throws FormulaError */
export function tokensOf(formula: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < formula.length) {
    const token = tokenAt(formula, at);
    if (token.kind !== 'space') tokens.push({ kind: token.kind, text: contentOf(token), at });
    at += token.text.length;
    if (tokens.length > MOST_TOKENS) throw new FormulaError(at, `longer than ${MOST_TOKENS} words and signs`);
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

function tokenAt(formula: string, at: number): { kind: Token['kind'] | 'space'; text: string } {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const text = pattern.exec(formula)?.[0];
    if (text !== undefined) return { kind, text };
  }
  const sign = String.fromCodePoint(formula.codePointAt(at)!);
  if ('"\'`'.includes(sign)) throw new FormulaError(at, `the ${sign} is not closed`);
  const meant = MEANT[sign];
  throw new FormulaError(at, `"${sign}" has no meaning here${meant === undefined ? '' : `: write ${meant}`}`);
}

function contentOf({ kind, text }: { kind: string; text: string }): string {
  if (kind === 'column') return text.slice(1, -1);
  return kind === 'text' ? text.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : text;
}
