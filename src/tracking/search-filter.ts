import { MlopsError } from '../errors/mlops-error.ts';
import { didYouMean } from '../errors/suggest.ts';

export type Entity = 'metrics' | 'params' | 'tags' | 'attributes';
export type Comparator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'ILIKE' | 'IN' | 'NOT IN';

export interface Comparison {
  readonly entity: Entity;
  readonly key: string;
  readonly comparator: Comparator;
  readonly value: string | number | readonly string[];
}

export interface Ordering {
  readonly entity: Entity;
  readonly key: string;
  readonly descending: boolean;
}

const ENTITIES: Readonly<Record<string, Entity>> = {
  metrics: 'metrics',
  metric: 'metrics',
  params: 'params',
  param: 'params',
  parameters: 'params',
  parameter: 'params',
  tags: 'tags',
  tag: 'tags',
  attributes: 'attributes',
  attribute: 'attributes',
  attr: 'attributes',
  run: 'attributes',
};

/** The attributes of a run; those of numbers take numbers. */
const ATTRIBUTES: Readonly<Record<string, 'number' | 'text'>> = {
  run_id: 'text',
  run_name: 'text',
  status: 'text',
  user_id: 'text',
  artifact_uri: 'text',
  start_time: 'number',
  end_time: 'number',
};
/** MLflow's other names for attributes. */
const ALIASES: Readonly<Record<string, string>> = { created: 'start_time', 'run name': 'run_name', 'run id': 'run_id' };

const TOKEN =
  /\s*(?:(?<string>'[^']*'|"[^"]*")|(?<quoted>`[^`]*`)|(?<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))|(?<operator><=|>=|!=|=|<|>)|(?<mark>[(),.])|(?<word>[^\s<>=!(),.`'"]+))/y;

interface Token {
  readonly kind: 'string' | 'quoted' | 'number' | 'operator' | 'mark' | 'word';
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

/**
 * Reads MLflow's filter syntax: comparisons joined by AND, e.g. `metrics.rmse < 50 AND tags.stage = 'x'`.
 *
 * @throws FILTER_INVALID
 */
export function parseFilter(filter: string): Comparison[] {
  const reader = new FilterReader(filter);
  if (reader.atEnd()) return [];
  const comparisons = [reader.comparison()];
  while (!reader.atEnd()) {
    reader.keyword('AND');
    comparisons.push(reader.comparison());
  }
  return comparisons;
}

/** Reads `metrics.rmse ASC` and the like. */
export function parseOrderBy(orderBy: string): Ordering {
  const reader = new FilterReader(orderBy);
  const { entity, key } = reader.identifier();
  const direction = reader.atEnd() ? 'ASC' : reader.oneOf(['ASC', 'DESC']);
  if (!reader.atEnd()) reader.fail('the end');
  return { entity, key, descending: direction === 'DESC' };
}

class FilterReader {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    let at = 0;
    while (text.slice(at).trim() !== '') {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(text);
      if (!match) throw this.#error(at, 'a name, a number or a quoted text');
      const [kind, value] = Object.entries(match.groups!).find(([, found]) => found !== undefined)!;
      at = TOKEN.lastIndex;
      this.#tokens.push({ kind: kind as Token['kind'], text: value!, at: at - value!.length, end: at });
    }
  }

  atEnd(): boolean {
    return this.#next >= this.#tokens.length;
  }

  comparison(): Comparison {
    const { entity, key } = this.identifier();
    const comparator = this.#comparator();
    const numeric = entity === 'metrics' || (entity === 'attributes' && ATTRIBUTES[key] === 'number');
    if (comparator === 'IN' || comparator === 'NOT IN') {
      if (numeric) this.fail(`=, !=, <, <=, > or >= for the number ${entity}.${key}`, this.#next - 1);
      return { entity, key, comparator, value: this.#list() };
    }
    if (numeric) {
      if (comparator === 'LIKE' || comparator === 'ILIKE')
        this.fail('=, !=, <, <=, > or >= for a number', this.#next - 1);
      const token = this.#take('number', 'a number');
      return { entity, key, comparator, value: Number(token.text) };
    }
    if (!['=', '!=', 'LIKE', 'ILIKE'].includes(comparator))
      this.fail('=, !=, LIKE, ILIKE or IN for a text', this.#next - 1);
    return { entity, key, comparator, value: unquote(this.#take('string', "a text in quotes, e.g. 'x'").text) };
  }

  identifier(): { entity: Entity; key: string } {
    const first = this.#name('a name, e.g. metrics.rmse');
    if (this.#peek()?.text !== '.') return { entity: 'attributes', key: this.#attribute(first.text) };
    const entity = ENTITIES[first.text.toLowerCase()];
    if (!entity) this.fail('metrics, params, tags or attributes', this.#next - 1);
    this.#next++;
    const key = this.#dottedName();
    return { entity: entity!, key: entity === 'attributes' ? this.#attribute(key) : key };
  }

  keyword(word: string): void {
    this.oneOf([word]);
  }

  oneOf(words: readonly string[]): string {
    const token = this.#peek();
    const found = words.find((word) => token?.kind === 'word' && token.text.toUpperCase() === word);
    if (!found) this.fail(words.join(' or '));
    this.#next++;
    return found!;
  }

  fail(expected: string, index = this.#next): never {
    throw this.#error(this.#tokens[index]?.at ?? this.#text.length, expected);
  }

  /** A name of params, metrics and tags may hold dots: they belong to it while nothing stands between the parts. */
  #dottedName(): string {
    const first = this.#name('the name of a metric, param, tag or attribute');
    if (first.kind !== 'word') return first.text;
    let { text, end } = first;
    for (;;) {
      const [dot, part] = this.#tokens.slice(this.#next, this.#next + 2);
      if (dot?.text !== '.' || dot.at !== end || !part || part.at !== dot.end) return text;
      text += `.${part.text}`;
      end = part.end;
      this.#next += 2;
    }
  }

  #name(expected: string): Token {
    const token = this.#peek();
    if (token?.kind === 'quoted' || (token?.kind === 'string' && token.text.startsWith('"'))) {
      this.#next++;
      return { ...token, text: unquote(token.text) };
    }
    if (token?.kind === 'number' || token?.kind === 'word') {
      this.#next++;
      return token;
    }
    return this.fail(expected);
  }

  #attribute(given: string): string {
    const name = ALIASES[given.toLowerCase()] ?? given;
    if (name in ATTRIBUTES) return name;
    const candidates = Object.keys(ATTRIBUTES);
    return this.fail(
      `metrics.NAME, params.NAME, tags.NAME or one of the attributes ${candidates.join(', ')}.${didYouMean(given, candidates)}`,
      this.#next - 1,
    );
  }

  #comparator(): Comparator {
    const token = this.#peek();
    const text = token?.text.toUpperCase();
    if (token?.kind === 'operator' || (token?.kind === 'word' && ['LIKE', 'ILIKE', 'IN'].includes(text!))) {
      this.#next++;
      return text as Comparator;
    }
    if (token?.kind === 'word' && text === 'NOT' && this.#tokens[this.#next + 1]?.text.toUpperCase() === 'IN') {
      this.#next += 2;
      return 'NOT IN';
    }
    return this.fail('=, !=, <, <=, >, >=, LIKE, ILIKE, IN or NOT IN');
  }

  #list(): string[] {
    this.#mark('(');
    const values = [unquote(this.#take('string', "a text in quotes, e.g. 'x'").text)];
    while (this.#peek()?.text === ',') {
      this.#next++;
      values.push(unquote(this.#take('string', "a text in quotes, e.g. 'x'").text));
    }
    this.#mark(')');
    return values;
  }

  #mark(mark: string): void {
    if (this.#peek()?.text !== mark) this.fail(`"${mark}"`);
    this.#next++;
  }

  #take(kind: Token['kind'], expected: string): Token {
    const token = this.#peek();
    if (token?.kind !== kind) return this.fail(expected);
    this.#next++;
    return token;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #error(at: number, expected: string): MlopsError {
    return new MlopsError(
      'FILTER_INVALID',
      `"${this.#text}", character ${at + 1}: expected ${expected}, found ${this.#text.slice(at, at + 20) || 'the end'}`,
    );
  }
}

function unquote(text: string): string {
  return text.slice(1, -1);
}
