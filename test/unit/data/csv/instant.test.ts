import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseInstant } from '../../../../src/data/csv/instant.ts';
import { runs } from '../../../tools/effort.ts';

test('dates and instants in their forms', () => {
  const forms = {
    '2024-02-29': '2024-02-29T00:00:00.000Z',
    '2024-02-29T23:59': '2024-02-29T23:59:00.000Z',
    '2024-02-29 23:59:58': '2024-02-29T23:59:58.000Z',
    '2024-02-29T23:59:58.1239Z': '2024-02-29T23:59:58.123Z',
    '2024-02-29T23:59:58,5z': '2024-02-29T23:59:58.500Z',
    '2024-02-29 00:30:00 +01:00': '2024-02-28T23:30:00.000Z',
    '2024-02-29T00:30-0930': '2024-02-29T10:00:00.000Z',
    '2024-02-29T00:30+05': '2024-02-28T19:30:00.000Z',
    '0001-01-01': '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999999999': '9999-12-31T23:59:59.999Z',
  };
  for (const [text, iso] of Object.entries(forms)) expect(new Date(parseInstant(text)).toISOString(), text).toBe(iso);
});

test('what is no date, no time and no zone', () => {
  const wrong = [
    ...['', '2024', '2024-2-9', '2023-02-29', '2024-00-10', '2024-13-01', '2024-01-00', '2024-04-31', '20240101'],
    ...['24-01-01', '2024/01/01', '2024-01-01T', '2024-01-01T1:00', '2024-01-01T24:00', '2024-01-01T12:60'],
    ...['2024-01-01T12:00:60', '2024-01-01T12:00:0', '2024-01-01T12:00:', '2024-01-01T12:00:00.', '2024-01-01T12'],
    ...['2024-01-01T12:00:00.1234567891', '2024-01-01T12:00 ', '2024-01-01T12:00X', '2024-01-01T12:00+1'],
    ...['2024-01-01T12:00+25:00', '2024-01-01T12:00+01:60', '2024-01-01T12:00+01:0', '2024-01-01T12:00+0100:'],
    ...['2024-01-01Z', '2024-01-01x12:00', ' 2024-01-01', '２024-01-01', `2024-01-01T12:00:00${' '.repeat(40)}`],
  ];
  expect(wrong.filter((text) => !Number.isNaN(parseInstant(text)))).toEqual([]);
});

test('every instant of four-digit years comes back from its ISO text, in any zone', () => {
  const instant = fc.date({
    min: new Date('0001-01-02T00:00:00Z'),
    max: new Date('9999-12-30T00:00:00Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(instant, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, offset) => {
      expect(parseInstant(date.toISOString())).toBe(date.getTime());
      const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 23).replace('T', ' ');
      const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
      const zone = `${offset < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
      expect(parseInstant(local + zone)).toBe(date.getTime());
    }),
    { numRuns: runs(5000) },
  );
});
