import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_BATCH, wireBatches } from '../../../src/tracking/rest/batches.ts';
import { runs } from '../../tools/effort.ts';

const metric = fc.record({
  key: fc.constantFrom('rmse', 'mae'),
  value: fc.double(),
  timestamp: fc.nat(),
  step: fc.nat(),
});
/** `count` entries of texts up to the longest that MLflow takes, in all alphabets. */
const texts = fc
  .tuple(fc.nat(300), fc.constantFrom(0, 10, 6_000), fc.constantFrom('a', 'é', '日', '"'))
  .map(([count, length, letter]) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, letter.repeat(length)])),
  );

test('the requests of a batch hold all of it, in order, each within the limits of the server', () => {
  fc.assert(
    fc.property(texts, texts, fc.array(metric, { maxLength: 2_500, size: 'max' }), (params, tags, metrics) => {
      const batches = wireBatches({ params, tags, metrics });
      for (const batch of batches) {
        for (const kind of ['params', 'tags', 'metrics'] as const)
          expect(batch[kind].length).toBeLessThanOrEqual(MAX_BATCH[kind]);
        const entries = batch.params.length + batch.tags.length + batch.metrics.length;
        expect(entries).toBeGreaterThan(0);
        expect(entries).toBeLessThanOrEqual(MAX_BATCH.entries);
        const body = JSON.stringify({ run_id: '0'.repeat(32), ...batch });
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_BATCH.bytes);
      }
      const record = (kind: 'params' | 'tags') =>
        Object.fromEntries(batches.flatMap((batch) => batch[kind].map(({ key, value }) => [key, value])));
      expect(record('params')).toEqual(params);
      expect(record('tags')).toEqual(tags);
      const sent = batches.flatMap((batch) => batch.metrics).map((one) => ({ ...one, value: Number(one.value) }));
      expect(sent).toEqual(metrics);
    }),
    { numRuns: runs(30) },
  );
});

test('NaN and infinities are written as texts, which JSON has no numbers for', () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0.5];
  const metrics = values.map((value, step) => ({ key: 'm', value, timestamp: 1, step }));
  const [batch] = JSON.parse(JSON.stringify(wireBatches({ metrics }))) as ReturnType<typeof wireBatches>;
  expect(batch!.metrics.map(({ value }) => value)).toEqual(['NaN', 'Infinity', '-Infinity', -0.5]);
});

test('a batch without entries needs no request', () => {
  expect(wireBatches({})).toEqual([]);
});
