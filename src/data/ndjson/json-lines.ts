import { MlopsError, throwFaults } from '../../errors/mlops-error.ts';
import { formatFaults } from '../fault-list.ts';
import { RowText } from './row-text.ts';
import { afterBlanks, afterNested, afterNumber, afterText } from './scan-json.ts';

const LF = 10;
const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const COMMA = 44;
const BRACE = 123;
const BRACE_END = 125;
const BRACKET = 91;
const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word));

interface Key {
  readonly name: string;
  /** As it is most often written, in quotes. */
  readonly bytes: Buffer;
  readonly wanted: boolean;
  /** Among the wanted ones. */
  readonly position: number;
  line: number;
}

/** Lines of objects as rows of RFC 4180 text, columns in the order in which their keys first appear. */
export class JsonLines {
  readonly #name: string;
  readonly #bytes: Buffer;
  readonly #wanted: (key: string) => boolean;
  readonly #maxLineBytes: number;
  readonly #keys: Key[] = [];
  readonly #byName = new Map<string, Key>();
  readonly #malformed: string[] = [];
  readonly #nested = new Map<string, string>();
  #width = 0;
  #csv: RowText | undefined;

  constructor(name: string, bytes: Buffer, wanted: (key: string) => boolean, maxLineBytes: number) {
    this.#name = name;
    this.#bytes = bytes;
    this.#wanted = wanted;
    this.#maxLineBytes = maxLineBytes;
  }

  /** Keys of objects and lists, with what is to be said of them. */
  get nested(): ReadonlyMap<string, string> {
    return this.#nested;
  }

  /** Reads all lines, once more when a key came later than the first rows, which then lack its field. */
  scan(): void {
    this.#csv = this.#rows() ?? this.#rows();
  }

  /** What was scanned. @throws NDJSON_MALFORMED · COLUMN_UNSUPPORTED · DATA_EMPTY, each with all lines or columns at fault */
  toCsv(): Buffer {
    throwFaults('NDJSON_MALFORMED', formatFaults(this.#malformed));
    throwFaults('COLUMN_UNSUPPORTED', [...this.#nested.values()]);
    if (this.#width === 0) {
      const said = this.#keys.length === 0 ? 'holds no object' : 'has no column to read';
      throw new MlopsError('DATA_EMPTY', `${this.#name} ${said}`);
    }
    const header = new RowText(this.#width);
    for (const { wanted, position, name } of this.#keys) if (wanted) header.putText(position, name);
    header.endRow();
    return Buffer.concat([header.text(), this.#csv!.text()]);
  }

  /** Undefined when a key was met first after a row had been written. */
  #rows(): RowText | undefined {
    const bytes = this.#bytes;
    let rows: RowText | undefined;
    let grown = false;
    let line = 0;
    this.#malformed.length = 0;
    for (const key of this.#keys) key.line = 0;
    for (let start = 0; start < bytes.length; ) {
      line++;
      const feed = bytes.indexOf(LF, start);
      const end = feed === -1 ? bytes.length : feed;
      const at = afterBlanks(bytes, start, end);
      if (at < end) {
        const before = this.#width;
        if (end - start > this.#maxLineBytes)
          this.#fault(line, `a line of ${end - start} bytes, at most ${this.#maxLineBytes} (data.csv.max-line-bytes)`);
        else {
          const known = rows;
          rows ??= new RowText(before);
          const fault = this.#object(at, end, line, rows);
          if (fault !== undefined) this.#fault(line, fault);
          if (this.#width > before && known) grown = true;
          rows.width = this.#width;
          rows.endRow();
        }
      }
      start = end + 1;
    }
    return grown ? undefined : (rows ?? new RowText(0));
  }

  /** Reads one object. Returns what is wrong with it. */
  #object(start: number, end: number, line: number, row: RowText): string | undefined {
    const bytes = this.#bytes;
    if (bytes[start] !== BRACE) return notAnObject(bytes[start]!);
    let at = afterBlanks(bytes, start + 1, end);
    if (bytes[at] === BRACE_END) return this.#ending(at, end);
    for (let expected = 0; ; ) {
      const key = this.#key(at, end, expected);
      if (typeof key === 'string') return key;
      expected = this.#keys.indexOf(key, expected) + 1;
      if (key.line === line) return `"${key.name}" twice`;
      key.line = line;
      at = afterBlanks(bytes, this.#keyEnd, end);
      if (bytes[at] !== COLON) return `no colon behind "${key.name}"`;
      at = afterBlanks(bytes, at + 1, end);
      const next = this.#value(key, at, end, line, row);
      if (next === -1)
        return `"${key.name}" has ${shown(bytes, at, end)}, which is no JSON value; write null for a missing one`;
      at = afterBlanks(bytes, next, end);
      if (bytes[at] === BRACE_END && at < end) return this.#ending(at, end);
      if (bytes[at] !== COMMA || at >= end) return at >= end ? UNENDED : `no comma behind the value of "${key.name}"`;
      at = afterBlanks(bytes, at + 1, end);
    }
  }

  #ending(at: number, end: number): string | undefined {
    return afterBlanks(this.#bytes, at + 1, end) === end
      ? undefined
      : 'more than one object; begin a new line for each';
  }

  #keyEnd = 0;

  /** The key at `at`, which mostly is the one that came next in the object before. */
  #key(at: number, end: number, expected: number): Key | string {
    const bytes = this.#bytes;
    const likely = this.#keys[expected];
    if (likely && startsWith(bytes, at, likely.bytes)) {
      this.#keyEnd = at + likely.bytes.length;
      return likely;
    }
    if (at >= end) return UNENDED;
    const keyEnd = bytes[at] === QUOTE ? afterText(bytes, at, end) : -1;
    const name = keyEnd === -1 ? undefined : parsed(bytes, at, keyEnd);
    if (name === undefined) return `${shown(bytes, at, end)}, expected a key in quotes`;
    this.#keyEnd = keyEnd;
    if (name === '') return 'a key without a name';
    let key = this.#byName.get(name);
    if (!key) {
      const wanted = this.#wanted(name);
      key = {
        name,
        bytes: Buffer.from(bytes.subarray(at, keyEnd)),
        wanted,
        position: wanted ? this.#width++ : -1,
        line: 0,
      };
      this.#keys.push(key);
      this.#byName.set(name, key);
    }
    return key;
  }

  /** Puts a value into the row. Returns what is behind it, or -1. */
  #value(key: Key, at: number, end: number, line: number, row: RowText): number {
    const bytes = this.#bytes;
    const first = bytes[at]!;
    if (first === QUOTE) {
      const next = afterText(bytes, at, end);
      if (next === -1) return -1;
      const escaped = bytes.subarray(at, next).includes(BACKSLASH);
      if (!escaped) {
        if (key.wanted) row.putRaw(key.position, bytes, at, next);
        return next;
      }
      const text = parsed(bytes, at, next);
      if (text === undefined || text.includes('\0')) return -1;
      if (key.wanted) row.putText(key.position, text);
      return next;
    }
    if (first === BRACE || first === BRACKET) {
      const next = afterNested(bytes, at, end);
      if (next !== -1 && key.wanted && !this.#nested.has(key.name)) {
        const what = first === BRACE ? 'an object' : 'a list';
        this.#nested.set(
          key.name,
          `${this.#name}:${line}: "${key.name}" is ${what}, expected a number, text, boolean or null; put it under data.exclude, or flatten it`,
        );
      }
      return next;
    }
    const word = WORDS.findIndex((text) => startsWith(bytes, at, text));
    const next = word === -1 ? afterNumber(bytes, at, end) : at + WORDS[word]!.length;
    if (next > at && next <= end && word !== 2 && key.wanted) row.putRaw(key.position, bytes, at, next);
    return next > end ? -1 : next;
  }

  #fault(line: number, what: string): void {
    this.#malformed.push(`${this.#name}:${line}: ${what}`);
  }
}

const UNENDED = 'the object does not end on its line; write one whole object a line';

function notAnObject(byte: number): string {
  if (byte === BRACKET) return 'a list, expected one object a line (`jq -c ".[]"` makes lines of a list)';
  return 'no object, expected one a line, such as {"x": 1, "y": "a"}';
}

function startsWith(bytes: Buffer, at: number, text: Buffer): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** Undefined: an escape that JSON does not know. */
function parsed(bytes: Buffer, start: number, end: number): string | undefined {
  try {
    return JSON.parse(bytes.toString('utf8', start, end)) as string;
  } catch {
    return undefined;
  }
}

function shown(bytes: Buffer, at: number, end: number): string {
  const text = bytes
    .toString('utf8', at, Math.min(end, at + 24))
    .split(/[,}\]]/, 1)[0]!
    .trim();
  return text === '' ? 'nothing' : text;
}
