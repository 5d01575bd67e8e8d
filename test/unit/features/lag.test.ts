import { describe, expect, test } from 'vitest';
import { featureSettings } from '../../../src/config/features.ts';
import { type Table, takeRows } from '../../../src/data/table.ts';
import { applyAmong, applyFeatures, fitFeatures, looksBack } from '../../../src/features/pipeline.ts';
import { Random } from '../../../src/forest/random.ts';
import { runs } from '../../tools/effort.ts';
import { failure } from '../data/read-text.ts';
import { cellsOf, tableOf } from './tables.ts';

const HOUR = 3_600_000;

/** An observation each hour of two stations, one of which opened later. */
const hours = Array.from({ length: 48 }, (_, hour) => hour);
const series = tableOf({
  at: [...hours, ...hours.slice(10)].map((hour) => new Date(hour * HOUR)),
  station: [...hours.map(() => 'A'), ...hours.slice(10).map(() => 'B')],
  bikes: [...hours.map((hour) => hour), ...hours.slice(10).map((hour) => 1000 + hour)],
});
const LAG = { columns: 'bikes', group: ['station'], lags: ['1h', '6h'], means: ['3h'] };
const NAMES = ['bikes.lag-1h', 'bikes.lag-6h', 'bikes.mean-3h'];

function learned(table: Table, settings: object = {}) {
  const target = { task: 'regression', values: new Float64Array(table.nRows) } as const;
  const steps = [{ lag: { ...LAG, ...settings } }];
  return fitFeatures(table, featureSettings.parse({ steps }), { target, time: 'at', splitByTime: true, seed: 0 });
}

function rowsWhere(table: Table, keep: (hour: number, station: string) => boolean): Table {
  const { at, station } = cellsOf(table);
  const rows = Int32Array.from(at!.keys()).filter((row) => keep(Number(at![row]) / HOUR, String(station![row])));
  return takeRows(table, rows);
}

function lagsOf(fitted: ReturnType<typeof learned>, rows: Table) {
  const cells = cellsOf(applyFeatures(fitted, rows));
  return NAMES.map((name) => cells[name]);
}

const training = rowsWhere(series, (hour) => hour < 40);

describe('lags and means over the time before', () => {
  test('are of the same series, without the row itself and what comes after it', () => {
    const fitted = learned(training);
    expect(looksBack(fitted)).toBe(true);
    const [lag1, lag6, mean3] = lagsOf(fitted, training) as (number | null)[][];
    expect(lag1!.slice(0, 3)).toEqual([null, 0, 1]);
    expect(lag6!.slice(5, 8)).toEqual([null, 0, 1]);
    expect(mean3!.slice(0, 5)).toEqual([null, 0, 0.5, 1, 2]);
    // Station B opened at 10 o'clock.
    expect([lag1, lag6, mean3].map((lags) => lags!.slice(40, 43))).toEqual([
      [null, 1010, 1011],
      [null, null, null],
      [null, 1010, 1010.5],
    ]);
  });

  test('of the rows that follow training come from the end of the training rows, one request or many', () => {
    const fitted = learned(training);
    const next = rowsWhere(series, (hour) => hour === 40);
    expect(lagsOf(fitted, next)).toEqual([
      [39, 1039],
      [34, 1034],
      [38, 1038],
    ]);
    const later = rowsWhere(series, (hour) => hour >= 40);
    const whole = learned(series);
    expect(lagsOf(fitted, later)).toEqual(
      lagsOf(whole, series).map((lags) => [...lags!.slice(40, 48), ...lags!.slice(78)]),
    );
  });

  test('are computed from earlier rows that are given along', () => {
    const fitted = learned(training);
    const given = rowsWhere(series, (hour, station) => station === 'A' && hour >= 41 && hour <= 47);
    const [lag1, lag6, mean3] = lagsOf(learned(training, { unknown: 'missing' }), given) as (number | null)[][];
    expect([lag1!.at(-1), lag6!.at(-1), mean3!.at(-1)]).toEqual([46, 41, 45]);
    // What is not known is missing, if the settings want it so, and never a value of another time.
    expect([lag1![0], mean3![0]]).toEqual([null, null]);
    expect(() => lagsOf(fitted, given)).toThrow(/earlier values of "bikes" are needed/);
  });

  test('are refused where neither the request nor the model has the past', async () => {
    const fitted = learned(training);
    const one = rowsWhere(series, (hour, station) => hour === 47 && station === 'B');
    expect(await failure(() => applyFeatures(fitted, one))).toEqual({
      code: 'PAST_UNKNOWN',
      faults: [
        'earlier values of "bikes" are needed for 1 of 1 rows (the first is of 1970-01-02T23:00:00.000Z), and neither the rows given nor the model, which was trained up to 1970-01-02T15:00:00.000Z, has them: give all rows since then along, train again on newer data, or set "unknown: missing" for the lag',
      ],
    });
    const unseen = tableOf({ at: [new Date(40 * HOUR)], station: ['C'], bikes: [1] });
    expect((await failure(() => applyFeatures(fitted, unseen))).code).toBe('PAST_UNKNOWN');
    expect(lagsOf(learned(training, { unknown: 'missing' }), unseen)).toEqual([[null], [null], [null]]);
  });

  test('are the same in training and in any request whose rows have no gaps, or are refused', () => {
    let [answered, refused] = [0, 0];
    for (let seed = 0; seed < runs(200); seed++) {
      const random = new Random(seed);
      const until = 12 + random.below(30);
      const fitted = learned(rowsWhere(series, (hour) => hour < until));
      const from = random.below(2) === 0 ? until : random.below(48);
      const to = from + random.below(48 - from);
      const stations = random.below(3);
      const asked = rowsWhere(
        series,
        (hour, station) => hour >= from && hour <= to && (stations === 2 || station === 'AB'[stations]),
      );
      if (asked.nRows === 0) continue;
      const expected = lagsOf(learned(series), series);
      const { at, station } = cellsOf(asked);
      const places = at!.map((time, row) => {
        const hour = Number(time) / HOUR;
        return station![row] === 'A' ? hour : 48 + hour - 10;
      });
      try {
        expect(lagsOf(fitted, asked)).toEqual(expected.map((lags) => places.map((place) => lags![place])));
        answered++;
      } catch (error) {
        if (!/earlier values of/.test(String(error))) throw error;
        refused++;
      }
    }
    expect(answered).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(20);
  });

  test('of rows among all there is are answered, missing where nothing was before', () => {
    const fitted = learned(rowsWhere(series, (hour) => hour < 8));
    const all = rowsWhere(series, (hour) => hour < 14);
    const last = Int32Array.of(13, 14, 15);
    const cells = cellsOf(applyAmong(fitted, all, last));
    // Station B has opened after training.
    expect(NAMES.map((name) => cells[name])).toEqual([
      [12, null, 1010],
      [7, null, null],
      [11, null, 1010],
    ]);
    expect(() => applyFeatures(fitted, all)).toThrow(/earlier values of/);
  });

  test('do not depend on the order of the rows', () => {
    const fitted = learned(training);
    const order = Int32Array.from({ length: training.nRows }, (_, i) => (i * 37) % training.nRows);
    const [shuffled, plain] = [lagsOf(fitted, takeRows(training, order)), lagsOf(fitted, training)];
    expect(shuffled).toEqual(plain.map((lags) => Array.from(order, (row) => lags![row])));
    expect(learned(takeRows(training, order)).operations![0]!.state).toMatchObject({
      until: 39 * HOUR,
      from: 33 * HOUR,
      step: HOUR,
    });
  });
});
