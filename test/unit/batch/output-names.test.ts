import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outputNames } from '../../../src/batch/output-names.ts';

const named = (inputs: readonly string[]) => [...outputNames(inputs, new Map()).values()].map((name) => name.output);

describe('names of outputs', () => {
  it('are the stems of the inputs', () => {
    const inputs = [
      'incoming/2012-12-01.csv',
      './week.2.CSV',
      's3://bucket/new/a b.csv',
      'sqlite:///shop.db?table=orders',
    ];
    expect(named(inputs)).toEqual(['2012-12-01.csv', 'week.2.csv', 'a b.csv', 'shop.db-table-orders.csv']);
  });

  it('have the folder before them where inputs share a stem, also when only the case differs', () => {
    expect(named(['a/week.csv', 'b/Week.csv', 'other.csv'])).toEqual(['a-week.csv', 'b-Week.csv', 'other.csv']);
    expect(named(['x/a/week.csv', 'y/a/week.csv'])).toEqual([
      expect.stringMatching(/^a-week-[0-9a-f]{8}\.csv$/),
      expect.stringMatching(/^a-week-[0-9a-f]{8}\.csv$/),
    ]);
  });

  it('stay what they were before', () => {
    const names = outputNames(
      ['a/week.csv', 'b/week.csv'],
      new Map([
        ['b/week.csv', 'week.csv'],
        ['gone/a-week.csv', 'a-week.csv'],
      ]),
    );
    expect(names.get('b/week.csv')!.output).toBe('week.csv');
    expect(names.get('a/week.csv')!.output).toMatch(/^a-week-[0-9a-f]{8}\.csv$/);
  });

  it('never meet one another, nor the rejects of another input, nor leave the folder', () => {
    const segment = fc.constantFrom(
      '..',
      '.',
      '',
      'a',
      'A',
      'a.rejected',
      'manifest.json',
      'ä b',
      'x'.repeat(300),
      '\u0000',
      'con:',
      '*',
    );
    const input = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `${segments.join('/')}.csv`);
    fc.assert(
      fc.property(fc.uniqueArray(input, { maxLength: 12 }), (inputs) => {
        const names = outputNames(inputs, new Map());
        expect([...names.keys()].sort()).toEqual([...inputs].sort());
        const files = [...names.values()]
          .flatMap(({ output, rejected }) => [output, rejected])
          .map((n) => n.toLowerCase());
        expect(new Set(['manifest.json', ...files]).size).toBe(2 * inputs.length + 1);
        for (const file of files) expect(file).toMatch(/^[\p{L}\p{N}_][\p{L}\p{N}._ -]{0,140}$/u);
      }),
    );
  });
});
