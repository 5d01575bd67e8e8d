import { describe, expect, test } from 'vitest';
import type { UnparsedCell } from '../../../../src/data/csv/column-builder.ts';
import { failure, plain, type ReadText, readText } from '../read-text.ts';

const columns = async (text: string | Buffer | string[], options?: ReadText) => plain(await readText(text, options));
/** One column `x` of these cells. */
const cells = async (...texts: string[]) => (await columns(`x,y\n${texts.map((text) => `${text},\n`).join('')}`)).x;

describe('RFC 4180', () => {
  test('fields may be quoted and then hold delimiters, quotes and line breaks; lines end with LF or CRLF', async () => {
    expect(await columns('name,"no, te",n\r\n"a ""b""","x,\ny",1\n""""," "," 2"\r\n\n,"",3')).toEqual({
      name: ['categorical', 'a "b"', '"', null],
      'no, te': ['categorical', 'x,\ny', ' ', null],
      n: ['numeric', 1, 2, 3],
    });
  });

  test('a byte order mark, a last line without end and blank lines change nothing', async () => {
    const expected = { a: ['numeric', 1, 3], b: ['categorical', 'x', 'y'] };
    for (const text of ['a,b\n1,x\n3,y\n', '\ufeffa,b\n1,x\n3,y', '\n\r\na,b\n\n1,x\r\n\r\n3,y\n\n']) {
      expect(await columns(text)).toEqual(expected);
    }
  });

  test('a header alone gives a table without rows', async () => {
    const table = await readText('a,b');
    expect([table.nRows, plain(table)]).toEqual([0, { a: ['numeric'], b: ['numeric'] }]);
  });

  test('a field of two megabytes and a header of ten thousand columns are read', async () => {
    const long = 'ä'.repeat(1_000_000);
    expect((await columns(`a,b\n"${long}",1\n${long},2\n`)).a).toEqual(['categorical', long, long]);
    const names = Array.from({ length: 10_000 }, (_, i) => `c${i}`);
    const wide = await readText(`${names.join(',')}\n${names.map((_, i) => i).join(',')}\n`);
    expect(wide.columns.map((column) => 'values' in column && column.values[0])).toEqual(names.map((_, i) => i));
  });

  test('rows of very unequal length are all kept', async () => {
    const rows = [...Array.from({ length: 300 }, () => `"${'x'.repeat(500)}",1`), ...Array(100_000).fill(',2')];
    const table = await readText(`a,b\n${rows.join('\n')}\n`);
    expect(table.nRows).toBe(100_300);
    expect(plain(table).b!.filter((value) => value === 2).length).toBe(100_000);
  });
});

describe('what is malformed is refused with its line', () => {
  const faults = async (text: string | Buffer | string[]) => (await failure(() => readText(text))).faults;

  test('every line with too few or too many fields is named at once', async () => {
    expect(await failure(() => readText('a,b\n1,2\n3\n"x\ny",2\n4,5,6\n,,,\n'))).toEqual({
      code: 'CSV_MALFORMED',
      faults: [
        'part.csv:3: 1 field, expected 2 as in the header',
        'part.csv:6: 3 fields, expected 2 as in the header',
        'part.csv:7: 4 fields, expected 2 as in the header',
      ],
    });
  });

  test('of many faults the first ten are told and the others counted, over all files', async () => {
    const shown = await faults([`a,b\n${'1\n'.repeat(8)}`, `a,b\n${'1,2,3\n'.repeat(8)}`]);
    expect(shown.slice(7)).toEqual([
      'part 1.csv:9: 1 field, expected 2 as in the header',
      'part 2.csv:2: 3 fields, expected 2 as in the header',
      'part 2.csv:3: 3 fields, expected 2 as in the header',
      '… and 6 more',
    ]);
  });

  test('quotes in the wrong place', async () => {
    const written = 'a quote in a quoted field is written twice';
    expect(await faults('a,b\n1,"x"y\n2,z\n')).toEqual([`part.csv:2: text behind a quote; ${written}`]);
    expect(await faults('a,b\n1,"x\n2,"y\n')).toEqual([
      `part.csv:3: text behind a quote, which closes the field that begins on line 2; ${written}`,
    ]);
    expect(await faults('a,b\n1,2\n3,"x\n\n')).toEqual(['part.csv:3: a quoted field begins here and is never closed']);
    expect(await faults('a,b\n1,5" pipe\n')).toEqual([
      'part.csv:2: a quote in a field that does not begin with one; put the field in quotes and write the quote twice',
    ]);
    expect(await faults('a,"b\n1,2\n')).toEqual(['part.csv:1: a quoted field begins here and is never closed']);
  });

  test('a carriage return alone, a NUL byte, bytes that are not UTF-8', async () => {
    expect(await faults('a,b\r1,2\r')).toEqual([
      'part.csv:1: a carriage return that no line feed follows; end lines with LF or CRLF, and put text with line breaks in quotes',
    ]);
    expect(await faults('a,b\n1,2\n3,\0\n')).toEqual([
      'part.csv:3: a NUL byte; if the file is UTF-16, set data.csv.encoding to utf-16le',
    ]);
    expect(await faults(Buffer.from('a,b\n1,é\n', 'latin1'))).toEqual([
      'part.csv:2:3: bytes that are not UTF-8; set data.csv.encoding to latin1 or utf-16le',
    ]);
  });

  test('headers that do not name every column once', async () => {
    expect(await failure(() => readText('a,b,a,b,a\n1,2,3,4,5\n'))).toEqual({
      code: 'COLUMN_DUPLICATE',
      faults: [
        'part.csv: the header names "a" twice; rename one of them',
        'part.csv: the header names "b" twice; rename one of them',
      ],
    });
    expect(await failure(() => readText('\na,,""\n1,2,3\n'))).toEqual({
      code: 'CSV_MALFORMED',
      faults: ['part.csv:2: column 2 has no name in the header', 'part.csv:2: column 3 has no name in the header'],
    });
  });

  test('an empty file has no header', async () => {
    for (const text of ['', '\ufeff', '\n\r\n']) {
      expect(await failure(() => readText(text))).toEqual({
        code: 'DATA_EMPTY',
        faults: ['part.csv is empty: it has no header'],
      });
    }
  });

  test('parts with other columns', async () => {
    expect(await failure(() => readText(['a,b\n1,2\n', 'a,c\n1,2\n']))).toEqual({
      code: 'DATA_UNREADABLE',
      faults: ['part 2.csv lacks b, which part 1.csv has', 'part 2.csv has c, which part 1.csv lacks'],
    });
  });
});

describe('kinds', () => {
  test('decimal numbers in all their forms, blanks around them taken off', async () => {
    expect(await cells('0', '-0.5', '+5', '1e3', '2.5E-3', '.5', '7.', ' 8', '9\t', '00.5', '"1.5"')).toEqual([
      'numeric',
      ...[0, -0.5, 5, 1000, 0.0025, 0.5, 7, 8, 9, 0.5, 1.5],
    ]);
  });

  test('what only looks like a number makes the column one of texts', async () => {
    for (const text of [
      '0x10',
      'Infinity',
      '-inf',
      '1e999',
      '1,5'.replace(',', ' '),
      '5%',
      '١',
      '1_000',
      '--1',
      '.',
      '1e',
    ]) {
      expect(await cells('1', text)).toEqual(['categorical', '1', text]);
    }
  });

  test('codes with leading zeros and whole numbers that no double holds stay as they are written', async () => {
    expect(await cells('10001', '01234')).toEqual(['categorical', '10001', '01234']);
    expect(await cells('9007199254740993', '9007199254740992')).toEqual([
      'categorical',
      '9007199254740993',
      '9007199254740992',
    ]);
    expect(await cells('07', '12', '-0123', '00.5')).toEqual(['numeric', 7, 12, -123, 0.5]);
    expect(await cells('', '1', '', '')).toEqual(['numeric', null, 1, null, null]);
    expect(await cells('9007199254740992', '-1152921504606846976', '1e20')).toEqual([
      'numeric',
      2 ** 53,
      -(2 ** 60),
      1e20,
    ]);
  });

  test('whole numbers are told from others within ±2^53', async () => {
    const integer = async (...texts: string[]) => {
      const [column] = (await readText(`x,y\n${texts.map((text) => `${text},\n`).join('')}`)).columns;
      return column?.kind === 'numeric' && column.integer;
    };
    expect(await integer('1', '-2.0', '3e2', '')).toBe(true);
    expect(await integer('9007199254740991')).toBe(true);
    expect(await integer('9007199254740992')).toBe(false);
    expect(await integer('1', '0.5')).toBe(false);
  });

  test('ISO 8601 dates and instants, with and without zone, are instants in UTC', async () => {
    expect(await cells('2024-02-29', '2024-02-29T12:30', '2024-02-29 12:30:15.25+02:00', '', 'NaT')).toEqual([
      'datetime',
      ...['2024-02-29T00:00:00.000Z', '2024-02-29T12:30:00.000Z', '2024-02-29T10:30:15.250Z', null, null],
    ]);
    expect(await cells('2024-02-29', '2023-02-29')).toEqual(['categorical', '2024-02-29', '2023-02-29']);
    expect(await cells('2024-02-29', '20240301')).toEqual(['categorical', '2024-02-29', '20240301']);
  });

  test('true and false are texts', async () => {
    expect(await cells('true', 'false', '')).toEqual(['categorical', 'true', 'false', null]);
  });

  test('NA and its like are missing among numbers and instants, and words among words', async () => {
    expect(await cells('NA', '1', 'nan', 'null', '  ')).toEqual(['numeric', null, 1, null, null, null]);
    expect(await cells('NA', '2024-01-01', 'null')).toEqual(['datetime', null, '2024-01-01T00:00:00.000Z', null]);
    expect(await cells('NA', 'x', 'null', ' ')).toEqual(['categorical', 'NA', 'x', 'null', ' ']);
    expect(await cells('', '', '"x"')).toEqual(['categorical', null, null, 'x']);
    expect(await cells('', '')).toEqual(['numeric', null, null]);
  });

  test('texts of missing-values are missing everywhere', async () => {
    const csv = { 'missing-values': ['-', '?', '-999', '1900-01-01'] };
    expect(await columns('a,b,c\n1,-,?\n?,x,2024-01-01\n"-",?,-\n-999,-999,1900-01-01\n', { csv })).toEqual({
      a: ['numeric', 1, null, null, null],
      b: ['categorical', null, 'x', null, null],
      c: ['datetime', null, '2024-01-01T00:00:00.000Z', null, null],
    });
  });

  test('a column that turns out to be wider late is read again from its first row', async () => {
    const numbers = Array.from({ length: 5000 }, (_, i) => `"q""${i}\n",${i % 7}.50,2020-01-${10 + (i % 9)}`);
    const parts = [`id,n,t\n${numbers.join('\r\n')}`, 't,n,id\nsoon,"1,5",last\n'];
    const table = plain(await readText(parts, { csv: { 'kind-share': 1 } }));
    expect(table.n!.slice(0, 4)).toEqual(['categorical', '0.50', '1.50', '2.50']);
    expect(table.n!.at(-1)).toBe('1,5');
    expect(table.t!.slice(0, 3)).toEqual(['categorical', '2020-01-10', '2020-01-11']);
    expect(table.id![5000]).toBe('q"4999\n');
  });

  test('a text is known again in every part, and an instant is that of its own part', async () => {
    const parts = Array.from({ length: 200 }, (_, i) => `t,c\n2024-01-${10 + (i % 20)},k${i % 7}\n`);
    const table = plain(await readText(parts));
    expect(table.t!.slice(1)).toEqual(parts.map((_, i) => `2024-01-${10 + (i % 20)}T00:00:00.000Z`));
    expect(table.c!.slice(1)).toEqual(parts.map((_, i) => `k${i % 7}`));
  });

  test('300,000 different texts stay different', async () => {
    const texts = Array.from({ length: 300_000 }, (_, i) => `id-${(i * 2654435761) % 2 ** 32}`);
    const [column] = (await readText(`id,x\n${texts.map((text) => `${text},1\n`).join('')}`)).columns;
    expect(column?.kind === 'categorical' && column.categories.join()).toBe([...new Set(texts)].join());
  });

  test('columns may be named as the methods of objects', async () => {
    const text = 'constructor,__proto__,toString\n1,x,2024-01-01\n';
    const kinds = { other: 'numeric' } as const;
    expect((await readText(text, { kinds })).columns.map(({ name, kind }) => [name, kind])).toEqual([
      ['constructor', 'numeric'],
      ['__proto__', 'categorical'],
      ['toString', 'datetime'],
    ]);
  });

  test('a kind that is asked for is kept; cells that do not fit are missing and reported', async () => {
    const unparsed: UnparsedCell[] = [];
    const kinds = { zip: 'categorical', n: 'numeric', t: 'datetime' } as const;
    const text = ['zip,n,t\n01234,5,2024-01-01\n5,x,NA\n', 'n,zip,t\n007,NA,soon\n,,""\n'];
    expect(await columns(text, { kinds, unparsed })).toEqual({
      zip: ['categorical', '01234', '5', 'NA', null],
      n: ['numeric', 5, null, 7, null],
      t: ['datetime', '2024-01-01T00:00:00.000Z', null, null, null],
    });
    expect(unparsed).toEqual([
      { column: 'n', row: 1, text: 'x' },
      { column: 't', row: 2, text: 'soon' },
    ]);
  });
});

describe('dialects', () => {
  test('other delimiters of one byte', async () => {
    expect(await columns('a;b\n"x;y";1.5\n', { csv: { delimiter: ';' } })).toEqual({
      a: ['categorical', 'x;y'],
      b: ['numeric', 1.5],
    });
    expect(await columns('a\tb\n\t1\n', { csv: { delimiter: '\t' } })).toEqual({
      a: ['numeric', null],
      b: ['numeric', 1],
    });
  });

  test('a delimiter that numbers hold', async () => {
    for (const delimiter of ['.', '-', 'e', '5']) {
      expect(await columns(`a${delimiter}b\n1${delimiter}2\n`, { csv: { delimiter } })).toEqual({
        a: ['numeric', 1],
        b: ['numeric', 2],
      });
    }
  });

  test('quotes, escapes and comments of other dialects give the same kinds', async () => {
    const csv = { delimiter: '||', quote: "'", escape: '\\', comment: '#' };
    const text = "# made by hand\na||b||c\n'it\\'s'||01234||1\n# more\n'x||y'||5||2,5\n";
    expect(await columns(text, { csv })).toEqual({
      a: ['categorical', "it's", 'x||y'],
      b: ['categorical', '01234', '5'],
      c: ['categorical', '1', '2,5'],
    });
    expect(await columns('a\n"x"\n', { csv: { quote: '' } })).toEqual({ a: ['categorical', '"x"'] });
  });

  test('faults of other dialects have the line of the file', async () => {
    expect(await failure(() => readText("a|b\n'x\ny'|1\n2\n", { csv: { delimiter: '|', quote: "'" } }))).toEqual({
      code: 'CSV_MALFORMED',
      faults: ['part.csv:4: 1 field, expected 2 as in the header'],
    });
    const open = await failure(() => readText("a,b\n1,'x\n", { csv: { quote: "'" } }));
    expect([open.code, open.faults[0]!.slice(0, 11)]).toEqual(['CSV_MALFORMED', 'part.csv:2:']);
  });

  test('Latin-1 and UTF-16', async () => {
    const expected = { a: ['categorical', 'é'], b: ['numeric', 1] };
    expect(await columns(Buffer.from('a,b\né,1\n', 'latin1'), { csv: { encoding: 'latin1' } })).toEqual(expected);
    const utf16 = Buffer.from('\ufeffa,b\né,1\n', 'utf16le');
    expect(await columns(utf16, { csv: { encoding: 'utf-16le' } })).toEqual(expected);
    expect(await failure(() => readText(utf16.subarray(0, 9), { csv: { encoding: 'utf-16le' } }))).toEqual({
      code: 'CSV_MALFORMED',
      faults: ['part.csv: bytes that are not UTF-16; check data.csv.encoding'],
    });
  });
});
