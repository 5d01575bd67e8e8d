import { didYouMean, listSome } from '../../errors/suggest.ts';
import { NUMBER_FUNCTIONS, type NumberFunction, OTHER_FUNCTIONS, type OtherFunction } from './functions.ts';
import { FormulaError, type Token, tokensOf } from './tokens.ts';

export type Operator = '+' | '-' | '*' | '/' | '%' | '**' | '<' | '<=' | '>' | '>=' | '==' | '!=' | 'and' | 'or';

/** A formula as a tree. Numbers are 1 and 0 where truth is meant. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'column'; readonly name: string; readonly at: number }
  | {
      readonly kind: 'operator';
      readonly operator: Operator;
      readonly args: readonly Expression[];
      readonly at: number;
    }
  | { readonly kind: 'negative' | 'not'; readonly args: readonly Expression[]; readonly at: number }
  | {
      readonly kind: 'call';
      readonly name: NumberFunction | OtherFunction;
      readonly args: readonly Expression[];
      readonly at: number;
    };

/** Operators of two sides, the weakest first. */
const LEVELS: readonly (readonly Operator[])[] = [
  ['or'],
  ['and'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
];
const NOT_LEVEL = 2;
const COMPARISON_LEVEL = 2;
const WORDS = ['and', 'or', 'not', 'true', 'false'];
const FUNCTIONS = [...Object.keys(NUMBER_FUNCTIONS), ...Object.keys(OTHER_FUNCTIONS)];
const MOST_DEPTH = 200;

/**
 * The tree of a formula: `or`, `and`, `not`, comparisons, `+ -`, `* / %`, sign, `**`, from weak to strong; what is equally strong goes from
 * left to right, `**` from right to left.
 *
 * @throws FormulaError at the first place that cannot be read
 */
export function parseFormula(formula: string): Expression {
  const parser = new Parser(tokensOf(formula));
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#level(0);
    const rest = this.#token();
    if (rest.kind !== 'end') throw new FormulaError(rest.at, `${shown(rest)} is not expected here`);
    return expression;
  }

  #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #takes(...texts: readonly string[]): Token | undefined {
    const token = this.#token();
    if ((token.kind !== 'sign' && token.kind !== 'name') || !texts.includes(token.text)) return undefined;
    this.#next++;
    return token;
  }

  #level(level: number): Expression {
    if (level === LEVELS.length) return this.#signed();
    if (level === NOT_LEVEL) {
      const not = this.#takes('not');
      if (not) return { kind: 'not', args: [this.#nested(not, () => this.#level(level))], at: not.at };
    }
    let left = this.#level(level + 1);
    let compared = false;
    for (;;) {
      const operator = this.#takes(...LEVELS[level]!);
      if (!operator) return left;
      if (compared) throw new FormulaError(operator.at, 'comparisons do not chain: join them with "and"');
      compared = level === COMPARISON_LEVEL;
      const args = [left, this.#level(level + 1)];
      left = { kind: 'operator', operator: operator.text as Operator, args, at: operator.at };
    }
  }

  #signed(): Expression {
    const minus = this.#takes('-');
    if (!minus) return this.#takes('+') ? this.#signed() : this.#power();
    const of = this.#nested(minus, () => this.#signed());
    return of.kind === 'number' ? { kind: 'number', value: -of.value } : { kind: 'negative', args: [of], at: minus.at };
  }

  #power(): Expression {
    const base = this.#atom();
    const sign = this.#takes('**');
    if (!sign) return base;
    const args = [base, this.#nested(sign, () => this.#signed())];
    return { kind: 'operator', operator: '**', args, at: sign.at };
  }

  #atom(): Expression {
    const token = this.#token();
    const { kind, text, at } = token;
    this.#next++;
    if (kind === 'number') return { kind, value: Number(text) };
    if (kind === 'text') return { kind, value: text };
    if (kind === 'column') return { kind, name: text, at };
    if (kind === 'name') {
      if (text === 'true' || text === 'false') return { kind: 'number', value: text === 'true' ? 1 : 0 };
      if (!WORDS.includes(text)) return this.#takes('(') ? this.#call(token) : { kind: 'column', name: text, at };
    }
    if (kind === 'sign' && text === '(') {
      const inner = this.#nested(token, () => this.#level(0));
      this.#close(token);
      return inner;
    }
    throw new FormulaError(at, `${shown(token)} is not expected here: a column, a number, a text or "(" is`);
  }

  #call({ text, at }: Token): Expression {
    if (!FUNCTIONS.includes(text)) {
      const hint = didYouMean(text, FUNCTIONS);
      throw new FormulaError(at, `there is no function "${text}".${hint} Functions: ${listSome(FUNCTIONS, 30)}`);
    }
    const open = this.#tokens[this.#next - 1]!;
    const args: Expression[] = [];
    if (!this.#takes(')')) {
      do args.push(this.#nested(open, () => this.#level(0)));
      while (this.#takes(','));
      this.#close(open);
    }
    const name = text as NumberFunction | OtherFunction;
    const { least, most } = name in OTHER_FUNCTIONS ? OTHER_FUNCTIONS[name as OtherFunction] : { least: 1, most: 1 };
    if (args.length < least || args.length > most) {
      const expected = least === most ? `${least}` : `at least ${least}`;
      throw new FormulaError(at, `"${text}" has ${args.length} arguments, expected ${expected}`);
    }
    return { kind: 'call', name, args, at };
  }

  #close(open: Token): void {
    if (this.#takes(')')) return;
    const token = this.#token();
    const place = `the "(" of column ${open.at + 1}`;
    throw new FormulaError(token.at, `${shown(token)} is not expected here: ${place} is not closed`);
  }

  /** A formula must not end the program by its depth. */
  #nested(token: Token, inner: () => Expression): Expression {
    if (++this.#depth > MOST_DEPTH) throw new FormulaError(token.at, `nested more than ${MOST_DEPTH} deep`);
    const expression = inner();
    this.#depth--;
    return expression;
  }
}

function shown({ kind, text }: Token): string {
  return kind === 'end' ? 'the end' : `"${text}"`;
}
