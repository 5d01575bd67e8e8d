import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Arrays, readArrays, type StoredArray, writeArrays } from '../../../src/forest/array-file.ts';
import { decodeForest, encodeForest } from '../../../src/forest/codec.ts';
import type { Forest } from '../../../src/forest/forest.ts';
import { predictForest } from '../../../src/forest/predict-forest.ts';
import { runs } from '../../tools/effort.ts';
import { grow, mixedSet, numbers, regression, table, texts } from './small-sets.ts';

const many = Array.from({ length: 600 }, (_, i) => i);
const forests = await Promise.all([
  grow(mixedSet(80, 'regression'), { nEstimators: 3 }),
  grow(mixedSet(80, 'classification', 1, 2), { nEstimators: 3 }),
  grow(mixedSet(80, 'classification', 1, 5), { nEstimators: 3, bootstrap: true }),
  // Nodes in another order than that of the file.
  grow(mixedSet(200, 'classification', 1, 5), { maxLeafNodes: 30, nEstimators: 3 }),
  // Thresholds that all differ, and nearly all leaves.
  grow(mixedSet(300, 'regression', 2), { splitter: 'random', nEstimators: 2 }),
  grow(
    regression(
      table(
        numbers('x', many),
        texts(
          'k',
          many.map((i) => `${i % 40}`),
        ),
      ),
      many,
    ),
    { maxBins: 200 },
  ),
  grow(regression(table(numbers('x', [1, 2])), [1, 2])),
  grow(regression(table(numbers('x', [1, 1])), [1, 2])),
]);
const small = encodeForest(forests[1]!);

/** A file with a right checksum whose arrays say something else. */
function altered(change: (arrays: Record<string, Arrays[string]>) => void, about?: object): Uint8Array {
  const read = readArrays(small);
  const arrays = Object.fromEntries(Object.entries(read.arrays).map(([name, array]) => [name, array.slice()]));
  change(arrays);
  return writeArrays({ ...(read.about as object), ...about }, arrays);
}

describe('a forest as bytes', () => {
  it('comes back whole', () => {
    for (const forest of forests) {
      const bytes = encodeForest(forest);
      expect(decodeForest(bytes)).toEqual(forest);
      expect(Buffer.compare(encodeForest(decodeForest(bytes)), bytes)).toBe(0);
    }
  });

  it('takes less than four bytes a node where leaves and thresholds occur again', async () => {
    const forest = await grow(mixedSet(2000, 'classification', 1, 5), { nEstimators: 20, bootstrap: true });
    expect(encodeForest(forest).length / forest.feature.length).toBeLessThan(4);
  });

  it('is viewed where it lies, and read at any offset of a larger buffer', () => {
    const bytes = encodeForest(forests[0]!);
    expect(decodeForest(bytes).categoryBits.buffer).toBe(bytes.buffer);
    for (const offset of [3, 8]) {
      const larger = new Uint8Array(bytes.length + 8);
      larger.set(bytes, offset);
      expect(decodeForest(larger.subarray(offset, offset + bytes.length))).toEqual(forests[0]);
    }
  });
});

describe('bytes that are no forest', () => {
  it('are refused at every length and with every byte changed', () => {
    for (let end = 0; end < small.length; end++) {
      expect(() => decodeForest(small.subarray(0, end)), `${end} bytes`).toThrow(RangeError);
    }
    const damaged = small.slice();
    for (let at = 0; at < small.length; at++) {
      for (const change of [1, 0x80, 0xff]) {
        damaged[at] = small[at]! ^ change;
        expect(() => decodeForest(damaged), `byte ${at}`).toThrow(RangeError);
      }
      damaged[at] = small[at]!;
    }
    expect(() => decodeForest(new Uint8Array([...small, ...new Uint8Array(8)]))).toThrow('its checksum differs');
  });

  it('are named for what they are', () => {
    const text = (of: string): Uint8Array => new TextEncoder().encode(of);
    const none = 'does not begin with MLOPSRF: it is no forest of this toolkit';
    for (const foreign of [
      new Uint8Array(0),
      text('PK\x03\x04 a zip file'),
      text('{"kind": "forest"}'),
      text('\x08\x0aonnx'),
    ]) {
      expect(() => decodeForest(foreign)).toThrow(none);
    }
    const older =
      'has format 1 of an older version, this one reads format 2: train the model again, or use the version that wrote it';
    expect(() => decodeForest(text('MLOPSRF1 and so on'))).toThrow(older);
    expect(() => decodeForest(text('MLOPSRF3 and so on'))).toThrow('format 3 of a newer version');
    expect(() => decodeForest(text('MLOPSRF2'))).toThrow('ends after 8 bytes: it was cut');
  });

  it('are refused before anything is made of a size that the file does not have', () => {
    const header = (arrays: unknown, about: unknown = {}): Uint8Array => {
      const bytes = writeArrays({ pad: ' '.repeat(200) }, {});
      const json = JSON.stringify({ about, arrays });
      bytes.set(text(json.padEnd(new DataView(bytes.buffer).getUint32(12, true))), 16);
      return withChecksum(bytes);
    };
    const text = (of: string): Uint8Array => new TextEncoder().encode(of);
    expect(() => decodeForest(header([['nodes', 'f64', 2 ** 50]]))).toThrow('its header asks for');
    for (const arrays of [[['nodes', 'f64', -1]], [['nodes', 'f99', 1]], [['nodes', 'u8', 0.5]], {}, [null]]) {
      expect(() => decodeForest(header(arrays))).toThrow('has a header that does not list its arrays');
    }
    expect(() => decodeForest(header([], { outputs: 1 }))).toThrow('has a header that describes no forest');
    const long = small.slice();
    new DataView(long.buffer).setUint32(12, 2 ** 32 - 1, true);
    expect(() => decodeForest(withChecksum(long))).toThrow('has a header of 4294967311 bytes');
    // So many outputs that a leaf is longer than the file.
    expect(() => decodeForest(altered(() => {}, { outputs: 2 ** 40 }))).toThrow('values each');
  });

  it('are refused when what they say leads nowhere, although they are as they were written', () => {
    const refused = (change: (arrays: Record<string, Arrays[string]>) => void, why: string): void =>
      expect(() => decodeForest(altered(change))).toThrow(why);
    refused((arrays) => arrays.nodes!.fill(0), 'without a value');
    refused((arrays) => arrays.nodes!.fill(1), 'without a threshold');
    refused((arrays) => (arrays.nodes![0] = 255), 'a node 0 that leads nowhere');
    refused((arrays) => (arrays.nodes = arrays.nodes!.slice(0, -1)), 'leads nowhere');
    refused((arrays) => (arrays.nodes = new Uint8Array(0)), 'has no tree');
    refused((arrays) => (arrays.nodes = new Float64Array(8)), 'no array "nodes" of the right type');
    refused((arrays) => delete arrays.values, 'no array "values" of the right type');
    refused((arrays) => (arrays.threshold![0] = 255), 'without a threshold');
    refused((arrays) => (arrays.threshold = new Uint8Array(1)), 'without a threshold');
    refused((arrays) => (arrays.leaf![0] = 255), 'without a value');
    refused((arrays) => (arrays.leaf = new Uint8Array(1)), 'without a value');
    refused((arrays) => (arrays.values = arrays.values!.slice(1)), 'values each');
    refused((arrays) => (arrays.categoryBits = arrays.categoryBits!.slice(1)), 'without categories');
    refused((arrays) => (arrays.thresholdStart![1] = 2 ** 31), 'do not belong to its 4 features');
    refused((arrays) => (arrays.importances = new Float64Array(99)), 'do not belong to its 4 features');
  });

  it('are refused when children are numbered so that a walk would not end, or leave its tree', () => {
    const bestFirst = encodeForest(forests[3]!);
    const { about, arrays } = readArrays(bestFirst);
    const left = arrays.left!;
    const numbered = (change: (left: StoredArray) => StoredArray | undefined): (() => Forest) => {
      const copy = left.slice();
      return () => decodeForest(writeArrays(about, { ...arrays, left: change(copy) ?? copy }));
    };
    expect(numbered(() => undefined)()).toEqual(forests[3]);
    for (const child of [0, left[1]!, left[1]! + 1, 2 ** 31]) {
      expect(numbered((of) => void (of[0] = child))).toThrow('leads nowhere');
    }
    expect(numbered((of) => of.slice(1))).toThrow(RangeError);
    // The children of the last split of the first tree, which are leaves, put behind all others.
    const lastSplit = (forests[3]!.treeStart[1]! - 1) / 2 - 1;
    const elsewhere = forests[3]!.feature.length - 2;
    expect(numbered((of) => void (of[lastSplit] = elsewhere))).toThrow('a tree 0 with nodes of others');
  });

  it('are refused whatever stands behind the right beginning and the right checksum', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.json(), fc.boolean(), (noise, json, isJson) => {
        const content = isJson ? Buffer.from(json) : noise;
        const bytes = new Uint8Array(16 + 8 * Math.ceil(content.length / 8));
        bytes.set(Buffer.from('MLOPSRF2'));
        bytes.set(content, 16);
        new DataView(bytes.buffer).setUint32(12, content.length, true);
        expect(() => decodeForest(withChecksum(bytes))).toThrow(RangeError);
      }),
      { numRuns: runs(300) },
    );
  });

  it('never crash and never loop, whatever their arrays hold', () => {
    const names = [
      'nodes',
      'thresholds',
      'thresholdStart',
      'threshold',
      'categoryBits',
      'values',
      'leaf',
      'importances',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...names), fc.nat(), fc.nat(300), fc.nat(400)), {
          minLength: 1,
          maxLength: 4,
        }),
        (changes) => {
          const bytes = altered((arrays) => {
            for (const [name, at, value, length] of changes) {
              arrays[name]![at % arrays[name]!.length] = value;
              if (length < 40) arrays[name] = arrays[name]!.slice(0, length + 1);
            }
          });
          try {
            const forest = decodeForest(bytes);
            expect(predictForest(forest, mixedSet(10, 'classification', 1, 2).features).length).toBe(20);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        },
      ),
      { numRuns: runs(300) },
    );
  });
});

/** Makes a changed file one that was written so. */
function withChecksum(bytes: Uint8Array): Uint8Array {
  const words = new Uint32Array(bytes.buffer, 12);
  let sum = words.length;
  for (const word of words) {
    sum = Math.imul(sum ^ word, 0x9e3779b1);
    sum ^= sum >>> 15;
  }
  new DataView(bytes.buffer).setUint32(8, sum >>> 0, true);
  return bytes;
}
