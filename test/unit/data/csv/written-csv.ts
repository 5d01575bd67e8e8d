import fc from 'fast-check';

/** Texts that are likely to break a reader. */
const cell = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '1', '0', '.', '-', 'é', '😀'), maxLength: 8 }),
  fc.constantFrom('', 'NA', '01234', '1e999', '+5', '0x10', 'Infinity', 'true', '2024-02-29', '9007199254740993', '\t'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer().map(String),
);

export interface Written {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Which fields stand in quotes that need none, the ends of lines, and whether the last one has one. */
  readonly quotes: readonly boolean[];
  readonly ends: readonly string[];
  readonly lastEnd: boolean;
}

/** RFC 4180 text in all its freedoms. */
export const written: fc.Arbitrary<Written> = fc.integer({ min: 1, max: 4 }).chain((width) =>
  fc.record({
    header: fc.uniqueArray(cell, { minLength: width, maxLength: width }).filter((names) => !names.includes('')),
    rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 12 }),
    quotes: fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
    ends: fc.array(fc.constantFrom('\n', '\r\n'), { minLength: 1, maxLength: 3 }),
    lastEnd: fc.boolean(),
  }),
);

export function textOf({ header, rows, quotes, ends, lastEnd }: Written): string {
  let fields = 0;
  const field = (text: string, alone: boolean): string => {
    const quote = quotes[fields++ % quotes.length]! || (alone && text === '');
    return quote || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [header, ...rows].map((row) => row.map((text) => field(text, row.length === 1)).join(','));
  return lines.map((line, i) => line + (i === lines.length - 1 && !lastEnd ? '' : ends[i % ends.length])).join('');
}
