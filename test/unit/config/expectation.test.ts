import { expect, test } from 'vitest';
import { z } from 'zod';
import { expectation } from '../../../src/config/expectation.ts';

test('what a schema allows, in words that fit behind "expected"', () => {
  const words: [z.ZodType, string][] = [
    [z.int(), 'an integer'],
    [z.int().min(1), 'an integer from 1 up'],
    [z.int().min(1).max(9).default(3), 'an integer from 1 to 9'],
    [z.int().max(9), 'an integer up to 9'],
    [z.number().gt(0), 'a number above 0'],
    [z.number().gt(0).lt(1), 'a number above 0 and below 1'],
    [z.number().min(0).lt(1), 'a number from 0 and below 1'],
    [z.number().lt(1), 'a number below 1'],
    [z.boolean().optional(), 'true or false'],
    [z.enum(['gini', 'entropy']), 'one of gini, entropy'],
    [z.enum(['local']), 'local'],
    [z.literal(7), '7'],
    [z.int().min(1).nullable(), 'an integer from 1 up or null'],
    [z.union([z.enum(['sqrt', 'log2']), z.number().gt(0)]), 'one of sqrt, log2 or a number above 0'],
    [z.string(), 'text'],
    [z.string().min(1), 'text that is not empty'],
    [z.string().regex(/^\d+[dh]$/), 'text like ^\\d+[dh]$'],
    [z.array(z.string().min(1)), 'a list of texts'],
    [z.array(z.enum(['a', 'b'])), 'a list, each one of a, b'],
    [z.array(z.strictObject({ a: z.string() })), 'a list of mappings'],
    [z.record(z.string(), z.number().gt(0)), 'a mapping, each value a number above 0'],
    [z.record(z.string(), z.unknown()), 'a mapping'],
    [z.strictObject({ a: z.string() }).prefault({ a: 'x' }), 'a mapping'],
    [z.unknown(), 'a value'],
  ];
  expect(words.map(([schema]) => expectation(schema))).toEqual(words.map(([, text]) => text));
});
