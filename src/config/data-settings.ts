import { z } from 'zod';
import { checkSettings } from './data-checks.ts';
import { s3Settings } from './s3-settings.ts';

const name = z.string().min(1);

/** `data.split` of mlops.yaml. */
export const splitSettings = z
  .strictObject({
    method: z
      .enum(['auto', 'random', 'stratified', 'group', 'time', 'column'])
      .default('auto')
      .describe('How rows are held out. auto: time when data.time is set, stratified for classification, else random.'),
    'test-fraction': z.number().gt(0).lt(1).default(0.2).describe('Share of the rows that is held out for evaluation.'),
    column: name.optional().describe('The column to group by (group), or that says train or test (column).'),
    key: z
      .array(name)
      .min(1)
      .optional()
      .describe(
        'Columns that name a row (random, stratified): rows with the same key fall on the same side; default: all.',
      ),
    gap: z.number().min(0).default(0).describe('Days left out between training and evaluation rows (time).'),
  })
  .prefault({});

/** `data.csv`: the dialect, where it is not RFC 4180 with commas and double quotes in UTF-8. */
export const csvSettings = z
  .strictObject({
    delimiter: z.string().min(1).max(8).default(',').describe('What separates fields.'),
    quote: z.string().max(1).default('"').describe('What encloses a field; empty: nothing does.'),
    escape: z.string().max(1).default('"').describe('What escapes a quote in a quoted field.'),
    comment: z.string().max(8).default('').describe('Lines that begin with it are left out; empty: none.'),
    encoding: z.enum(['utf-8', 'latin1', 'utf-16le']).default('utf-8').describe('How the bytes stand for text.'),
    'missing-values': z
      .array(z.string())
      .default([])
      .describe('Texts that mean a missing cell, beside the empty one; in number columns NA, NaN and null always do.'),
    'kind-share': z
      .number()
      .gt(0.5)
      .max(1)
      .default(0.999)
      .describe(
        'Least share of the cells that must be numbers for a column to be numeric, or instants to be datetime; the others count as missing, with a warning.',
      ),
    'max-line-bytes': z
      .int()
      .min(1024)
      .max(2 ** 30)
      .default(16 * 2 ** 20)
      .describe('Longest row that is read, in bytes: a quote that is never closed must not fill the memory.'),
  })
  .prefault({});

/** Columns of which one must be named for the table to be learned from. */
export const dataSettings = {
  source: z
    .union([name, z.array(name).min(1)])
    .optional()
    .describe(
      'Where the table is: path or glob of CSV (also .gz, .zst), Parquet or NDJSON files, - for standard input, s3://…, sqlite:///…, databricks://…; a list joins parts.',
    ),
  target: name.optional().describe('The column to predict.'),
  time: name.optional().describe('The column that says when a row happened.'),
  exclude: z
    .array(name)
    .default([])
    .describe('Columns that are never features: identifiers, and what is known only after the fact.'),
  csv: csvSettings.describe('The dialect of CSV files.'),
  s3: s3Settings.describe('Where s3://… is, when it is not AWS.'),
  checks: checkSettings.describe('What the table must fulfil.'),
  split: splitSettings.describe('Which rows are held out for evaluation.'),
};

export type SplitSettings = z.output<typeof splitSettings>;
export type CsvSettings = z.output<typeof csvSettings>;
