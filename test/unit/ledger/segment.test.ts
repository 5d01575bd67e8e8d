import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LedgerOperation } from '../../../src/ledger/operation.ts';
import {
  filePath,
  formatSegment,
  parseSegment,
  segmentPath,
  sequenceOf,
  snapshotPath,
} from '../../../src/ledger/segment.ts';
import { operations } from './operations.ts';

const HEADER = { id: 'x', time: '2026-03-01T00:00:00.000Z', actor: 'ada', commit: null, run: null };
const PATH = 'operations/00000/00000001.ndjson';

test('what is written is read again, with NaN, infinities and every character', () => {
  fc.assert(
    fc.property(operations, (written) => {
      const text = formatSegment(HEADER, written);
      expect(text.split('\n')).toHaveLength(written.length + 2);
      expect(parseSegment(PATH, text)).toEqual({ header: { format: 1, ...HEADER }, operations: written });
    }),
  );
});

test('names of segments sort as they follow each other, a thousand to a folder', () => {
  const paths = [1, 9, 10, 999, 1_000, 1_001, 99_999_999].map(segmentPath);
  expect(paths).toEqual(paths.toSorted());
  expect(paths[4]).toBe('operations/00001/00001000.ndjson');
  expect(paths.map(sequenceOf)).toEqual([1, 9, 10, 999, 1_000, 1_001, 99_999_999]);
  expect([snapshotPath(50), sequenceOf(snapshotPath(50)), sequenceOf('operations/README.md')]).toEqual([
    'snapshots/00000050.ndjson',
    50,
    undefined,
  ]);
  expect(filePath('ab'.repeat(32))).toBe(`files/ab/${'ab'.repeat(32)}`);
});

const id = 'a'.repeat(32);
const refused: [string, unknown][] = [
  ['a run id that is a path', { op: 'endRun', runId: '../../../etc', status: 'FINISHED', time: 1 }],
  ['an experiment id that is none', { op: 'createExperiment', experimentId: '1/..', name: 'x', time: 1 }],
  ['a file outside', { op: 'putFiles', files: [{ path: 'a/../../x', digest: 'a'.repeat(64), size: 1 }] }],
  ['an absolute file', { op: 'putFiles', files: [{ path: '/etc/passwd', digest: 'a'.repeat(64), size: 1 }] }],
  ['a digest that is a path', { op: 'putFiles', files: [{ path: 'x', digest: '../x', size: 1 }] }],
  ['an operation of a newer version', { op: 'deleteRun', runId: id }],
  ['a field of a newer version', { op: 'endRun', runId: id, status: 'FINISHED', time: 1, by: 'x' }],
  ...['/etc', 'mlops-ledger:/../x', 'file:///etc', 'C:\\models'].map((storageLocation): [string, unknown] => [
    `models at ${storageLocation}`,
    {
      ...{ op: 'createModelVersion', name: 'x', version: 1, modelId: `m-${id}`, runId: id, storageLocation },
      ...{ description: '', tags: {}, time: 1 },
    },
  ]),
];

test.each(refused)('%s is refused with the line that has it', (_, operation) => {
  expect(() => parseSegment(PATH, formatSegment(HEADER, [operation as LedgerOperation]))).toThrow(
    expect.objectContaining({
      code: 'LEDGER_DAMAGED',
      message: expect.stringMatching(/^operations\/00000\/00000001\.ndjson:2 is not what this version writes: /),
    }),
  );
});

test('a cut off, broken or newer segment says so', () => {
  const whole = formatSegment(HEADER, []);
  const message = (text: string) => {
    try {
      return parseSegment(PATH, text);
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(message(whole.slice(0, -1))).toBe(`${PATH} its last line is cut off`);
  expect(message(`${whole}{\n`)).toBe(`${PATH}:2 is not JSON`);
  expect(message(whole.replace('"format":1', '"format":2'))).toBe(
    `${PATH}:1 has format 2 of a newer version; this one reads up to 1`,
  );
});
