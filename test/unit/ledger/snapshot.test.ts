import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Locations } from '../../../src/ledger/locations.ts';
import {
  applyOperation,
  experimentIdOf,
  type LedgerContents,
  type LedgerOperation,
} from '../../../src/ledger/operation.ts';
import { rebuild } from '../../../src/ledger/rebuild.ts';
import { formatSegment, segmentPath } from '../../../src/ledger/segment.ts';
import { writeSnapshot } from '../../../src/ledger/snapshot.ts';
import { runs } from '../../tools/effort.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
const HEADER = { id: 'x', time: '2026-03-01T00:00:00.000Z', actor: 'ada', commit: null, run: null };
const EMPTY = { tip: undefined, snapshot: undefined, segments: [], sequence: 0 };

/** A machine with a folder of its own, its store rebuilt from a snapshot and segments. */
function machine(snapshot: string | undefined, segments: readonly LedgerOperation[][]): LedgerContents {
  const directory = join(folder, String(count++));
  return rebuild(
    {
      ...EMPTY,
      snapshot: snapshot === undefined ? undefined : { path: 'snapshots/00000001.ndjson', sequence: 1, text: snapshot },
      segments: segments.map((operations, i) => ({
        path: segmentPath(i + 1),
        text: formatSegment(HEADER, operations),
      })),
    },
    join(directory, 'mlflow.db'),
    new Locations(join(directory, 'mlruns')),
    () => {},
  );
}

const hex = (number: number) => number.toString(16).padStart(32, '0');
const experiments = ['bikes', 'wines'];

/** What a project might record, from a few numbers. */
function story(steps: readonly { kind: number; text: string; value: number }[]): LedgerOperation[] {
  const operations: LedgerOperation[] = experiments.map((name, i) => ({
    op: 'createExperiment',
    experimentId: experimentIdOf(name),
    name,
    time: i,
  }));
  const versions = new Map<string, number>();
  steps.forEach(({ kind, text, value }, i) => {
    const experimentId = experimentIdOf(experiments[i % 2]!);
    const [runId, modelId] = [hex(i), `m-${hex(i)}`];
    operations.push(
      { op: 'createRun', runId, experimentId, runName: text, time: i, tags: { note: text } },
      {
        op: 'logBatch',
        runId,
        params: { p: text },
        metrics: [{ key: 'm', value, timestamp: i, step: 0 }],
        tags: { note: `${text}!` },
      },
    );
    if (kind === 0) return;
    operations.push(
      { op: 'createLoggedModel', modelId, name: 'model', experimentId, runId, outputId: hex(i + 1000), time: i },
      {
        op: 'putFiles',
        files: [{ path: `${experimentId}/models/${modelId}/artifacts/MLmodel`, digest: hex(i).repeat(2), size: i }],
      },
      { op: 'finalizeLoggedModel', modelId, status: 'READY', time: i },
    );
    if (kind === 1) return;
    const name = experiments[kind % 2]!;
    const version = (versions.get(name) ?? 0) + 1;
    versions.set(name, version);
    operations.push(
      {
        ...{
          op: 'createModelVersion',
          name,
          version,
          modelId,
          runId,
          description: text,
          tags: { verdict: text },
          time: i,
        },
        storageLocation: `mlops-ledger:/${experimentId}/models/${modelId}/artifacts`,
      },
      { op: 'setAlias', name, alias: 'champion', version, time: i },
      { op: 'setRegisteredModelTag', name, key: `mlops.history.${String(version).padStart(6, '0')}`, value: text },
    );
  });
  return operations;
}

const steps = fc.array(
  fc.record({ kind: fc.nat(3), text: fc.string({ unit: 'grapheme', maxLength: 6 }), value: fc.double() }),
  { minLength: 1, maxLength: 6 },
);

test('a snapshot and the segments after it give on another machine what the whole log gives', () => {
  fc.assert(
    fc.property(steps, fc.nat(), (taken, cut) => {
      const operations = story(taken);
      const at = cut % (operations.length + 1);
      const whole = machine(undefined, [operations]);
      const early = machine(undefined, [operations.slice(0, at)]);
      const later = machine(writeSnapshot(early, 1), [operations.slice(at)]);
      expect(writeSnapshot(later, 9)).toBe(writeSnapshot(whole, 9));
      expect(later.db.all('SELECT storage_location FROM model_versions ORDER BY rowid')).toEqual(
        whole.db.all('SELECT storage_location FROM model_versions ORDER BY rowid').map((row) => ({
          storage_location: String(row.storage_location).replace(whole.locations.root, later.locations.root),
        })),
      );
      for (const { db } of [whole, early, later]) db.close();
    }),
    { numRuns: runs(25) },
  );
});

test('a snapshot names tables, columns and places of the store only', () => {
  const fresh = machine(undefined, []);
  const text = writeSnapshot(fresh, 1);
  fresh.db.close();
  const refused = (from: string, to: string) => () => machine(text.replace(from, to), []);
  const because = (message: RegExp) =>
    expect.objectContaining({ code: 'LEDGER_DAMAGED', message: expect.stringMatching(message) });
  expect(refused('"table":"runs"', '"table":"sqlite_master"')).toThrow(because(/:4 names a table/));
  expect(refused('"run_uuid","name"', '"run_uuid) --","name"')).toThrow(because(/:4 names a table or column/));
  expect(refused('mlops-ledger:/0', '/etc')).toThrow(because(/:3 has a place of artifacts that no other machine has/));
  expect(refused('[0,"Default"', '["Default"')).toThrow(because(/:3 has 5 values/));
});

test('an operation that does not fit the state before it is damage, and the store that was there stays', () => {
  const path = join(folder, 'kept', 'mlflow.db');
  const locations = new Locations(join(folder, 'kept', 'mlruns'));
  const kept = rebuild(EMPTY, path, locations, () => {});
  kept.db.write(() =>
    applyOperation(kept, { op: 'createRegisteredModel', name: 'bikes', description: 'kept', time: 1 }),
  );
  const text = formatSegment(HEADER, [{ op: 'setAlias', name: 'bikes', alias: 'x', version: 7, time: 1 }]);
  const log = { ...EMPTY, segments: [{ path: segmentPath(1), text }] };
  expect(() => rebuild(log, path, locations, () => kept.db.close())).toThrow(
    expect.objectContaining({
      code: 'LEDGER_DAMAGED',
      message: expect.stringContaining('00000001.ndjson cannot be applied: there is no registered model "bikes"'),
    }),
  );
  expect(kept.db.all('SELECT name, description FROM registered_models')).toEqual([
    { name: 'bikes', description: 'kept' },
  ]);
  kept.db.close();
});

test('two machines that create the same experiment mean one, whose id follows from its name', () => {
  expect(experimentIdOf('bikes')).toBe(experimentIdOf('bikes'));
  expect(experimentIdOf('bikes')).toMatch(/^[1-9]\d{14}$/);
  const create: LedgerOperation = {
    op: 'createExperiment',
    experimentId: experimentIdOf('bikes'),
    name: 'bikes',
    time: 5,
  };
  const { db } = machine(undefined, [[create], [{ ...create, time: 6 }]]);
  expect(db.all('SELECT name, creation_time FROM experiments ORDER BY experiment_id')).toEqual([
    { name: 'Default', creation_time: 0 },
    { name: 'bikes', creation_time: 5 },
  ]);
  db.close();
});
