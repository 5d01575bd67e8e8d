import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { csvSettings } from '../../../../src/config/data-settings.ts';
import { type ReadOptions, readTable } from '../../../../src/data/read-table.ts';
import { runProgram } from '../../../tools/run-program.ts';
import { failure, plain } from '../read-text.ts';

const cwd = mkdtempSync(join(tmpdir(), 'mlops-stored-'));
afterAll(() => rmSync(cwd, { recursive: true }));

function write(files: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
}

const read = (sources: string[], csv: Record<string, unknown> = {}, more: Partial<ReadOptions> = {}) =>
  readTable(sources, {
    ...{ cwd, csv: csvSettings.parse(csv), credential: () => undefined, signal: new AbortController().signal },
    ...more,
  });

const ROWS = `x,y\n${Array.from({ length: 50_000 }, (_, i) => `${i},word ${i % 9}\n`).join('')}`;

describe('compressed files', () => {
  test('are read as what they hold, alone or among others, of one member or several', async () => {
    write({
      'a.csv': 'x,y\n1,a\n',
      'b.csv.gz': Buffer.concat([gzipSync('x,y\n2,'), gzipSync('b\n3,c\n')]),
      'c.csv.zst': Buffer.concat([zstdCompressSync('y,x\nd,4'), zstdCompressSync('\n'), zstdCompressSync('e,5\n')]),
    });
    const { table, parts, bytes } = await read(['?.csv*']);
    expect(plain(table)).toEqual({ x: ['numeric', 1, 2, 3, 4, 5], y: ['categorical', 'a', 'b', 'c', 'd', 'e'] });
    expect(parts.map(({ name }) => name)).toEqual(['a.csv', 'b.csv.gz', 'c.csv.zst']);
    expect(bytes).toBe(parts.reduce((sum, part) => sum + ('bytes' in part ? part.bytes : 0), 0));
  });

  test('give the table and the digest of the text in them', async () => {
    write({ 'rows.csv': ROWS, 'rows.gz': gzipSync(ROWS), 'rows.zst': zstdCompressSync(ROWS) });
    const [text, ...others] = await Promise.all(['rows.csv', 'rows.gz', 'rows.zst'].map((name) => read([name])));
    for (const other of others) expect([other.digest, other.table.nRows]).toEqual([text!.digest, 50_000]);
  });

  test('hold any encoding and dialect', async () => {
    write({ 'latin.csv.gz': gzipSync(Buffer.from("a;b\n'é;';1\n", 'latin1')) });
    const { table } = await read(['latin.csv.gz'], { delimiter: ';', quote: "'", encoding: 'latin1' });
    expect(plain(table)).toEqual({ a: ['categorical', 'é;'], b: ['numeric', 1] });
  });

  test('that end too early or are damaged are named, and no part of them is read as a table', async () => {
    const gzip = gzipSync(ROWS);
    const zstd = zstdCompressSync(ROWS);
    const spoilt = Buffer.from(gzip);
    spoilt.fill(0xff, 5000, 5100);
    write({ 'half.gz': gzip.subarray(0, 10_000), 'half.zst': zstd.subarray(0, zstd.length - 4), 'bad.gz': spoilt });
    expect(await failure(() => read(['half.gz']))).toEqual({
      code: 'DATA_UNREADABLE',
      faults: ['half.gz ends in the middle of its gzip data, after 10000 bytes; fetch or write the file again'],
    });
    expect(await failure(() => read(['half.zst']))).toEqual({
      code: 'DATA_UNREADABLE',
      faults: [
        `half.zst ends in the middle of its Zstandard data, after ${zstd.length - 4} bytes; fetch or write the file again`,
      ],
    });
    const bad = await failure(() => read(['bad.gz']));
    expect([bad.code, bad.faults[0]]).toEqual([
      'DATA_UNREADABLE',
      expect.stringMatching(/^bad\.gz is damaged gzip data \(.+\); fetch or write the file again$/),
    ]);
  });
});

describe('text that is not what it should be', () => {
  test('UTF-16 is told from UTF-8 by its mark', async () => {
    write({
      'le.csv': Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'),
      'be.csv': Buffer.from('\ufeffa,b\n1,2\n', 'utf16le').swap16(),
    });
    expect((await failure(() => read(['le.csv']))).faults).toEqual([
      'le.csv is UTF-16, not UTF-8; set data.csv.encoding to utf-16le',
    ]);
    expect((await failure(() => read(['be.csv']))).faults[0]).toMatch(/^be\.csv is UTF-16 with the high byte first;/);
    expect(plain((await read(['le.csv'], { encoding: 'utf-16le' })).table)).toEqual({
      a: ['numeric', 1],
      b: ['numeric', 2],
    });
  });

  test('bytes that are not UTF-8 are found with line and character, however far behind', async () => {
    const name = Buffer.from('\n7,é\xe4€\n', 'latin1');
    write({ 'far.csv': Buffer.concat([Buffer.from(ROWS.trimEnd()), Buffer.from('\n8,é'), name, Buffer.from(ROWS)]) });
    expect((await failure(() => read(['far.csv']))).faults).toEqual([
      'far.csv:50003:3: bytes that are not UTF-8; set data.csv.encoding to latin1 or utf-16le',
    ]);
  });

  test('a row over max-line-bytes ends the reading before it fills the memory', async () => {
    write({ 'open.csv': `x,y\n1,2\n3,"${ROWS}` });
    expect(await failure(() => read(['open.csv'], { 'max-line-bytes': 100_000 }))).toEqual({
      code: 'CSV_MALFORMED',
      faults: [
        'open.csv:3: a row of more than 100000 bytes begins here; close its quotes, or set data.csv.max-line-bytes higher',
      ],
    });
    expect((await failure(() => read(['open.csv']))).faults).toEqual([
      'open.csv:3: a quoted field begins here and is never closed',
    ]);
  });

  test('a file that is written to while it is read is refused, in one thread and in several', async () => {
    const large = ROWS + ROWS.slice(4).repeat(59);
    for (const [threads, text] of [
      [1, ROWS + ROWS.slice(4).repeat(4)],
      [2, large],
    ] as const) {
      const path = join(cwd, 'growing.csv');
      writeFileSync(path, text);
      const size = statSync(path).size;
      let written = false;
      const onProgress = (done: number): void => {
        if (!written && done < size) appendFileSync(path, '1,2\n');
        written = true;
      };
      expect(await failure(() => read(['growing.csv'], {}, { threads, onProgress }))).toEqual({
        code: 'DATA_CHANGED',
        faults: ['growing.csv changed while it was read; run again when nothing writes to it'],
      });
      expect(written).toBe(true);
    }
  });
});

describe('standard input', () => {
  const program = `
    import { csvSettings } from '${join(import.meta.dirname, '../../../../src/config/data-settings.ts')}';
    import { readTable } from '${join(import.meta.dirname, '../../../../src/data/read-table.ts')}';
    const { table, parts, readings } = await readTable(['a.csv', '-'], {
      cwd: ${JSON.stringify(cwd)}, csv: csvSettings.parse({}), credential: () => undefined,
      signal: new AbortController().signal,
    });
    console.log(JSON.stringify({ rows: table.nRows, names: parts.map((p) => p.name), reason: readings[0].reason }));
  `;

  test('is one source among others, compressed or not, and read again where a kind was guessed wrong', async () => {
    write({ 'a.csv': 'x,y\n1,a\n' });
    const input = gzipSync(`${ROWS}unlike a number,b\n${'?,c\n'.repeat(100)}`);
    const { stdout, stderr } = await runProgram(process.execPath, ['--input-type=module-typescript', '-e', program], {
      input,
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      rows: 50_102,
      names: ['a.csv', 'standard input'],
      reason: '101 of 50102 cells are not numbers: "unlike a number" (standard input:50002)',
    });
  });
});
