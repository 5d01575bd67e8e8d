import type { Forest } from './forest.ts';
import { type StoredForest, wordsOf } from './stored-forest.ts';

/**
 * One pass over the nodes. Children come after their parent and each node is made once, so that walking from a root always ends at
 * a leaf.
 *
 * @throws RangeError when arrays do not fit together
 */
export function unpackForest(about: Pick<Forest, 'task' | 'outputs' | 'features'>, stored: StoredForest): Forest {
  const { outputs, features } = about;
  const { nodes, thresholds, thresholdStart, categoryBits, values, importances } = stored;
  const { left: children, threshold: places, categoryStart: starts, leaf: rows } = stored;
  const size = nodes.length;
  requireSizes(about, stored);
  const feature = new Int32Array(size).fill(-1);
  const threshold = new Float64Array(size);
  const left = new Int32Array(size).fill(-1);
  const missingLeft = new Uint8Array(size);
  const categoryStart = new Int32Array(size).fill(-1);
  const leaf = new Int32Array(size).fill(-1);
  const nRows = values.length / outputs;
  const words = Int32Array.from(features, wordsOf);
  const nextThreshold = thresholdStart.slice();
  const treeStart = [0];
  const seen = new Uint8Array(children ? size : 0);
  // Right children that are still to come.
  const open: number[] = [];
  let [node, next, last, nInner, nSplits, nCategorical, nLeaves, nWords] = [0, 1, 0, 0, 0, 0, 0, 0];
  for (let at = 0; at < size; at++) {
    const code = nodes[at]!;
    if (code === 0) {
      const row = rows[nLeaves++]!;
      // Not a number where there is no such leaf.
      if (!(row < nRows)) throw new RangeError(`has a leaf ${at} without a value`);
      leaf[node] = row;
      const right = open.pop();
      if (right !== undefined) node = right;
      else {
        if (last >= next) throw new RangeError(`has a tree ${treeStart.length - 1} with nodes of others`);
        treeStart.push(next);
        node = next++;
      }
      continue;
    }
    const f = (code - 1) >>> 1;
    const child = children ? children[nInner]! : next;
    nInner++;
    if (
      f >= features.length ||
      !(child > node && child + 1 < size) ||
      (children && seen[child]! + seen[child + 1]! > 0)
    ) {
      throw new RangeError(`has a node ${at} that leads nowhere`);
    }
    if (children) {
      seen.fill(1, child, child + 2);
      if (child >= last) last = child + 1;
    }
    feature[node] = f;
    missingLeft[node] = (code - 1) & 1;
    left[node] = child;
    if (words[f]! < 0) {
      const place = places ? thresholdStart[f]! + places[nSplits]! : nextThreshold[f]!++;
      nSplits++;
      if (!(place < thresholdStart[f + 1]!)) throw new RangeError(`has a node ${at} without a threshold`);
      threshold[node] = thresholds[place]!;
    } else {
      const from = starts ? starts[nCategorical++]! : nWords;
      if (!(from + words[f]! <= categoryBits.length)) throw new RangeError(`has a node ${at} without categories`);
      categoryStart[node] = from;
      nWords += words[f]!;
    }
    open.push(child + 1);
    node = child;
    next += 2;
  }
  const ends =
    treeStart.at(-1) === size &&
    (children === undefined || children.length === nInner) &&
    nWords === categoryBits.length &&
    (starts === undefined || starts.length === nCategorical) &&
    nSplits === (places ?? thresholds).length &&
    nLeaves === rows.length;
  if (!ends) throw new RangeError('has trees that do not end where its arrays do');
  return {
    ...{ ...about, treeStart: Int32Array.from(treeStart), feature, threshold, left, missingLeft },
    ...{ categoryStart, categoryBits, leaf, values, importances },
  };
}

function requireSizes({ outputs, features }: Pick<Forest, 'outputs' | 'features'>, stored: StoredForest): void {
  const { nodes, thresholds, thresholdStart, values, importances } = stored;
  const begins = thresholdStart.length === features.length + 1 && thresholdStart[0] === 0;
  const ascending = thresholdStart.every((start, f) => f === 0 || start >= thresholdStart[f - 1]!);
  if (!begins || !ascending || thresholdStart.at(-1) !== thresholds.length || importances.length !== features.length) {
    throw new RangeError(`has arrays that do not belong to its ${features.length} features`);
  }
  if (nodes.length === 0) throw new RangeError('has no tree');
  if (values.length % outputs !== 0) throw new RangeError(`has leaves that do not have ${outputs} values each`);
}
