import { expect, test } from 'vitest';
import type { Table } from '../../../src/data/table.ts';
import type { Predictions } from '../../../src/model/predict.ts';
import { LogQueue } from '../../../src/serving/log-queue.ts';
import type { LogRecord } from '../../../src/serving/log-record.ts';
import type { PredictionLog } from '../../../src/serving/prediction-log.ts';

const rows = (count: number): { inputs: Table; predictions: Predictions } => ({
  inputs: { nRows: count, columns: [{ kind: 'numeric', name: 'x', values: new Float64Array(count), integer: true }] },
  predictions: { task: 'regression', values: new Float64Array(count) },
});

/** A log in memory, which refuses the first writes. */
function memoryLog(refusals: number) {
  const batches: string[][] = [];
  let closed = 0;
  const log: PredictionLog = {
    origin: { model: 'm', version: 1, digest: '0' },
    now: () => 5,
    write: async (records: readonly LogRecord[]) => {
      if (refusals-- > 0) throw new Error('the log is held');
      batches.push(records.map(({ id, time, rows: count }) => `${id}@${time}×${count}`));
    },
    has: async () => false,
    close: async () => void closed++,
  };
  return { log, batches, closed: () => closed };
}

test('what waits is written in batches, in order, at the latest when the queue is closed', async () => {
  const { log, batches, closed } = memoryLog(0);
  const warnings: string[] = [];
  const queue = new LogQueue(log, (message) => warnings.push(message));
  for (let i = 0; i < 300; i++) queue.add({ id: String(i), latencyMs: 1, ...rows(i % 2) });
  expect(batches).toEqual([]);
  await queue.close();
  expect(batches).toEqual([Array.from({ length: 150 }, (_, i) => `${2 * i + 1}@5×1`)]);
  expect(closed()).toBe(1);
  expect(warnings).toEqual([]);
});

test('a write that fails is tried again, and nothing is lost', async () => {
  const { log, batches } = memoryLog(1);
  const warnings: string[] = [];
  const queue = new LogQueue(log, (message) => warnings.push(message));
  queue.add({ id: 'a', latencyMs: 1, ...rows(2) });
  while (warnings.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  queue.add({ id: 'b', latencyMs: 1, ...rows(1) });
  await queue.close();
  expect(batches).toEqual([['a@5×2', 'b@5×1']]);
  expect(warnings).toEqual(['predictions wait to be logged: the log is held']);
});

test('what is beyond the room of the queue is counted and said', async () => {
  const { log, batches } = memoryLog(0);
  const warnings: string[] = [];
  const queue = new LogQueue(log, (message) => warnings.push(message));
  for (const id of ['a', 'b', 'c']) queue.add({ id, latencyMs: 1, ...rows(90_000) });
  await queue.close();
  expect(batches).toEqual([['a@5×90000', 'b@5×90000']]);
  expect(warnings).toEqual(['90000 predictions were not logged: the log could not keep up']);
});
