import { DistinctRows, narrow } from './distinct-rows.ts';
import type { Forest } from './forest.ts';
import { type StoredForest, wordsOf } from './stored-forest.ts';

/** @param forest one that was grown or unpacked: it is not checked */
export function packForest(forest: Forest): StoredForest {
  const { feature, left, missingLeft, features, treeStart, categoryStart, categoryBits, leaf, values } = forest;
  const codes = new Uint32Array(feature.length);
  // Numbers of nodes, in the order of the file.
  const splits = new Numbers(feature.length);
  const ofNumbers = new Numbers(feature.length);
  const ofCategories = new Numbers(feature.length);
  const leaves = new Numbers(feature.length);
  let [at, nextWord, leftInOrder, wordsInOrder] = [0, 0, true, true];
  for (let tree = 0; tree + 1 < treeStart.length; tree++) {
    const open = [treeStart[tree]!];
    let nextNode = treeStart[tree]! + 1;
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const f = feature[node]!;
      codes[at++] = f < 0 ? 0 : 1 + 2 * f + missingLeft[node]!;
      if (f < 0) {
        leaves.push(leaf[node]!);
        continue;
      }
      const width = wordsOf(features[f]!);
      if (width < 0) ofNumbers.push(node);
      else {
        ofCategories.push(node);
        wordsInOrder &&= categoryStart[node] === nextWord;
        nextWord += width;
      }
      splits.push(node);
      leftInOrder &&= left[node] === nextNode;
      nextNode += 2;
      open.push(left[node]! + 1, left[node]!);
    }
  }
  return {
    nodes: narrow(codes, 1 + 2 * features.length),
    ...(leftInOrder ? {} : { left: splits.all().map((node) => left[node]!) }),
    ...packThresholds(forest, ofNumbers.all()),
    ...(wordsInOrder ? {} : { categoryStart: ofCategories.all().map((node) => categoryStart[node]!) }),
    categoryBits,
    leaf: narrow(leaves.all(), values.length / forest.outputs),
    values,
    importances: forest.importances,
  };
}

/** A list of at most so many numbers. */
class Numbers {
  readonly #numbers: Uint32Array;
  #size = 0;

  constructor(most: number) {
    this.#numbers = new Uint32Array(most);
  }

  push(number: number): void {
    this.#numbers[this.#size++] = number;
  }

  all(): Uint32Array {
    return this.#numbers.subarray(0, this.#size);
  }
}

type Thresholds = Pick<StoredForest, 'thresholds' | 'thresholdStart' | 'threshold'>;

function packThresholds({ feature, features, threshold }: Forest, nodes: Uint32Array): Thresholds {
  const different = features.map(() => new DistinctRows(1));
  const which = nodes.map((node) => different[feature[node]!]!.add(threshold, node));
  const sizes = different.map(({ size }) => size);
  const index = narrow(which, Math.max(0, ...sizes));
  const thresholdStart = startsOf(sizes);
  const total = thresholdStart.at(-1)!;
  if (8 * total + index.byteLength < 8 * nodes.length) {
    const thresholds = new Float64Array(total);
    for (const [f, rows] of different.entries()) thresholds.set(rows.all(), thresholdStart[f]);
    return { thresholds, thresholdStart, threshold: index };
  }
  const counts = new Uint32Array(features.length);
  for (const node of nodes) counts[feature[node]!]!++;
  const next = startsOf(counts);
  const thresholds = new Float64Array(nodes.length);
  for (const node of nodes) thresholds[next[feature[node]!]!++] = threshold[node]!;
  return { thresholds, thresholdStart: startsOf(counts) };
}

/** Where each of some parts begins that follow one another, and the end. */
function startsOf(sizes: ArrayLike<number>): Uint32Array {
  const starts = new Uint32Array(sizes.length + 1);
  for (let i = 0; i < sizes.length; i++) starts[i + 1] = starts[i]! + sizes[i]!;
  return starts;
}
