import type { Forest } from './forest.ts';

/**
 * Whether walking from any root ends at a leaf: children come after their parent within their tree, and splits name what there is.
 *
 * @throws RangeError
 */
export function checkNodes(forest: Forest): void {
  const { features, treeStart, feature, left, categoryStart, categoryBits } = forest;
  const words = features.map((of) => (of.kind === 'categorical' ? Math.ceil(of.categories.length / 32) : 0));
  const nTrees = treeStart.length - 1;
  if (nTrees < 1 || treeStart[0] !== 0 || treeStart[nTrees] !== feature.length) {
    throw new RangeError('has trees that do not follow one another');
  }
  for (let tree = 0; tree < nTrees; tree++) {
    const end = treeStart[tree + 1]!;
    if (end <= treeStart[tree]!) throw new RangeError(`has a tree ${tree} without nodes`);
    for (let node = treeStart[tree]!; node < end; node++) {
      const f = feature[node]!;
      if (f === -1) continue;
      const isSplit = f >= 0 && f < features.length && left[node]! > node && left[node]! + 1 < end;
      const wordsEnd = categoryStart[node]! + (words[f] ?? 0);
      if (!isSplit || (words[f]! > 0 && (categoryStart[node]! < 0 || wordsEnd > categoryBits.length))) {
        throw new RangeError(`has a node ${node} that leads nowhere`);
      }
    }
  }
}
