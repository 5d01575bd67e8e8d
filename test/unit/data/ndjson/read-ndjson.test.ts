import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvSettings } from '../../../../src/config/data-settings.ts';
import { csvText } from '../../../../src/data/csv/write-csv.ts';
import { type NdjsonOptions, readNdjson } from '../../../../src/data/ndjson/read-ndjson.ts';
import { tableOfFields } from '../../../../src/data/read-table.ts';
import type { Table } from '../../../../src/data/table.ts';
import { runs } from '../../../tools/effort.ts';
import { failure, plain, readText } from '../read-text.ts';

async function readLines(text: string | Buffer, options: NdjsonOptions = {}): Promise<Table> {
  const fields = await readNdjson('events.ndjson', Buffer.from(text), options);
  return tableOfFields([fields], { csv: csvSettings.parse({}) }, []);
}

describe('NDJSON', () => {
  test('objects become columns in the order of their keys; what is lacking, null or empty is missing', async () => {
    const text = [
      '\ufeff{"n": 1, "s": "a,b", "t": true}',
      '',
      '  { "s" : "say \\"hi\\"\\n", "n" : -2.5e3 , "when":"2024-01-02T03:04:05Z" }\r',
      '{}',
      '{"t":false,"id":"01234","n":null,"s":""}',
      '{"t":null,"id":"\\u00e9\\ud83d\\ude80","s":"NA"}',
    ].join('\n');
    expect(plain(await readLines(text))).toEqual({
      n: ['numeric', 1, -2500, null, null, null],
      s: ['categorical', 'a,b', 'say "hi"\n', null, null, 'NA'],
      t: ['categorical', 'true', null, null, 'false', null],
      when: ['datetime', null, '2024-01-02T03:04:05.000Z', null, null, null],
      id: ['categorical', null, null, null, '01234', 'é🚀'],
    });
    expect(plain(await readLines('{"x":null}\n{"x":"a"}\n{"x":""}\n{}\n'))).toEqual({
      x: ['categorical', null, 'a', null, null],
    });
  });

  test('whole numbers that no double holds are texts, others beyond 2^53 are numbers', async () => {
    expect(plain(await readLines('{"id":9007199254740993,"n":1152921504606846976}\n{"id":1,"n":2}'))).toEqual({
      id: ['categorical', '9007199254740993', '1'],
      n: ['numeric', 2 ** 60, 2],
    });
  });

  test('any table is what it is as CSV, whatever the order of keys and whichever are left out', async () => {
    const cell = fc.oneof(
      fc.constantFrom(
        null,
        '',
        'NA',
        '007',
        '5',
        '-0',
        '2024-02-30',
        '2024-02-29',
        ' x ',
        'a"b',
        '\\',
        ',',
        '\n',
        '\r\n',
      ),
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.bigInt(),
      fc.boolean(),
    );
    const rows = fc.array(fc.record({ a: cell, b: cell, 'c "d"': cell }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(rows, fc.array(fc.nat(5)), fc.boolean(), async (list, orders, omit) => {
        const json = (value: unknown): string => (typeof value === 'bigint' ? String(value) : JSON.stringify(value));
        const lines = list.map((row, i) => {
          const entries = Object.entries(row).filter(([, value]) => i === 0 || !omit || value !== null);
          if (i > 0) for (let k = orders[i] ?? 0; k > 0; k--) entries.push(entries.shift() ?? ['a', null]);
          return `{${entries.map(([key, value]) => `${JSON.stringify(key)}: ${json(value)}`).join(',')}}\n`;
        });
        const text = (value: unknown): string =>
          value === null ? '' : `"${(typeof value === 'string' ? value : json(value)).replaceAll('"', '""')}"`;
        const csv = ['a,b,"c ""d"""', ...list.map((row) => Object.values(row).map(text).join(','))].join('\n');
        expect(csvText(await readLines(lines.join('')))).toEqual(csvText(await readText(`${csv}\n`)));
      }),
      { numRuns: runs(300) },
    );
  });

  test('every malformed line is named, as JSON.parse would refuse it', async () => {
    const text = [
      '{"x": 1}',
      '{"x": NaN}',
      '{"x": 01}',
      '{"x": 1',
      '[{"x": 1}]',
      'x,y',
      '{"x": 1} {"x": 2}',
      '{"x": 1, "x": 2}',
      "{'x': 1}",
      '{"x": "a\\q"}',
      '{"x" 1}',
      '{"x": tru}',
      '{"x": 1 "y": 2}',
    ].join('\n');
    const end = 'which is no JSON value; write null for a missing one';
    expect(await failure(() => readLines(text))).toEqual({
      code: 'NDJSON_MALFORMED',
      faults: [
        `events.ndjson:2: "x" has NaN, ${end}`,
        'events.ndjson:3: "x" has 01, which is no JSON value; write null for a missing one',
        'events.ndjson:4: the object does not end on its line; write one whole object a line',
        'events.ndjson:5: a list, expected one object a line (`jq -c ".[]"` makes lines of a list)',
        'events.ndjson:6: no object, expected one a line, such as {"x": 1, "y": "a"}',
        'events.ndjson:7: more than one object; begin a new line for each',
        'events.ndjson:8: "x" twice',
        `events.ndjson:9: 'x': 1, expected a key in quotes`,
        `events.ndjson:10: "x" has "a\\q", ${end}`,
        'events.ndjson:11: no colon behind "x"',
        '… and 2 more',
      ],
    });
    expect(await failure(() => readLines(Buffer.from('{"x":1}\n{"x":"\xe9"}\n', 'latin1')))).toEqual({
      code: 'NDJSON_MALFORMED',
      faults: ['events.ndjson:2: bytes that are not UTF-8; write JSON in UTF-8'],
    });
    expect((await failure(() => readLines('\n\n'))).faults).toEqual(['events.ndjson holds no object']);
  });

  test('a line is accepted just when JSON.parse takes it for a flat object with keys that are all different', async () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '"a"',
      '"b"',
      ':',
      ',',
      '1',
      '-',
      '0',
      '.5',
      'e3',
      'true',
      'null',
      ' ',
      '"',
      '\\u00e',
      '[',
      ']',
    );
    const line = fc.array(piece, { maxLength: 12 }).map((parts) => `{${parts.join('')}`);
    await fc.assert(
      fc.asyncProperty(line, async (text) => {
        const accepted = await readLines(`${text}\n`).then(
          () => true,
          (error: { code?: string }) => error.code !== 'NDJSON_MALFORMED',
        );
        let flat = true;
        try {
          const keys = text.match(/"(?:[^"\\]|\\.)*"\s*:/g) ?? [];
          flat =
            typeof JSON.parse(text) === 'object' &&
            new Set(keys.map((key) => key.replace(/\s*:$/, ''))).size === keys.length;
          flat &&= !('' in JSON.parse(text));
        } catch {
          flat = false;
        }
        // What is nested is refused as a column, and looked into no further than to its end.
        if (!/[[{]/.test(text.slice(1))) expect([text, accepted]).toEqual([text, flat]);
        else if (flat) expect([text, accepted]).toEqual([text, true]);
      }),
      { numRuns: runs(3000) },
    );
  });

  test('nested values are refused by name with their line, and passed over where they are not wanted', async () => {
    const text = '{"x":1,"tags":["a","]"]}\n{"x":2,"address":{"city":{"name":"}\\""}},"tags":[]}\n';
    const expected = 'expected a number, text, boolean or null; put it under data.exclude, or flatten it';
    expect(await failure(() => readLines(text))).toEqual({
      code: 'COLUMN_UNSUPPORTED',
      faults: [
        `events.ndjson:1: "tags" is a list, ${expected}`,
        `events.ndjson:2: "address" is an object, ${expected}`,
      ],
    });
    expect(plain(await readLines(text, { columns: (column) => column === 'x' }))).toEqual({ x: ['numeric', 1, 2] });
    const left: string[] = [];
    const exclude = { exclude: ['tags', 'x', 'address', 'z'], onLeftOut: (name: string) => left.push(name) };
    expect([plain(await readLines(text, exclude)), left]).toEqual([{ x: ['numeric', 1, 2] }, ['tags', 'address']]);
  });

  test('a line of more than 16 MiB is refused', async () => {
    const text = `{"x":1}\n{"x":"${'a'.repeat(16 * 2 ** 20)}"}\n`;
    expect((await failure(() => readLines(text))).faults).toEqual([
      `events.ndjson:2: a line of ${16 * 2 ** 20 + 8} bytes, at most ${16 * 2 ** 20} (data.csv.max-line-bytes)`,
    ]);
  });
});
