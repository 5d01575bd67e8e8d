import fc from 'fast-check';
import type { LedgerOperation } from '../../../src/ledger/operation.ts';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const text = fc.string({ unit: 'binary', maxLength: 12 });
const texts = fc.dictionary(
  text.filter((key) => key !== '__proto__'),
  text,
  { maxKeys: 4, noNullPrototype: true },
);
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
const experimentId = fc.integer({ min: 0, max: 999_999_999_999_999 }).map(String);
const version = fc.integer({ min: 1, max: 1_000 });
const modelId = hex(32).map((id) => `m-${id}`);

/** Any operations, one after the other, whether or not they make sense together. */
export const operations: fc.Arbitrary<LedgerOperation[]> = fc.array(
  fc.oneof(
    fc.record({ op: fc.constant('createExperiment'), experimentId, name: text, time }),
    fc.record({ op: fc.constant('createRun'), runId: hex(32), experimentId, runName: text, time, tags: texts }),
    fc.record({
      op: fc.constant('logBatch'),
      runId: hex(32),
      params: texts,
      // JSON has no −0.
      metrics: fc.array(
        fc.record({ key: text, value: fc.double().map((value) => value + 0), timestamp: time, step: fc.integer() }),
        { maxLength: 3 },
      ),
      tags: texts,
    }),
    fc.record({ op: fc.constant('endRun'), runId: hex(32), status: fc.constantFrom('FINISHED', 'KILLED'), time }),
    fc.record({ op: fc.constant('setAlias'), name: text, alias: text, version, time }),
    fc.record({ op: fc.constant('setRegisteredModelTag'), name: text, key: text, value: text }),
    fc.record({
      op: fc.constant('createModelVersion'),
      name: text,
      version,
      modelId,
      runId: hex(32),
      storageLocation: fc.constantFrom('', 'mlops-ledger:/1/models/m/artifacts', 's3://bucket/m'),
      description: text,
      tags: texts,
      time,
    }),
    fc.record({
      op: fc.constant('putFiles'),
      files: fc.array(fc.record({ path: hex(8).map((name) => `1/${name}`), digest: hex(64), size: fc.nat() }), {
        maxLength: 3,
      }),
    }),
  ) as fc.Arbitrary<LedgerOperation>,
  { maxLength: 8 },
);
