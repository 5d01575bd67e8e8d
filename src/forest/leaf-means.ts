import { type AtLeaf, type Cells, DividedRows } from './divide-rows.ts';
import { type Forest, treeCount } from './forest.ts';

/** From so many values of a leaf on, most of them are zero. */
export const MANY_OUTPUTS = 9;

const kept = new WeakMap<Forest, LeafMeans>();

/** For so many rows at a time, or more. Kept with the forest. */
export function leafMeans(forest: Forest, most: number): LeafMeans {
  const before = kept.get(forest);
  if (before && before.most >= most) return before;
  const made = new LeafMeans(forest, most);
  kept.set(forest, made);
  return made;
}

/** Means of the leaves that rows reach, added up tree by tree, so that what a row gets does not depend on the rows it comes with. */
class LeafMeans {
  readonly most: number;
  readonly #forest: Forest;
  readonly #rows: DividedRows;

  /** @param most rows at a time */
  constructor(forest: Forest, most: number) {
    const { outputs } = forest;
    this.most = most;
    this.#forest = forest;
    this.#rows = new DividedRows(forest, most, most, outputs < MANY_OUTPUTS ? outputs : 0);
  }

  /**
   * Writes the means of rows from … end - 1.
   *
   * @param cells one array of nRows a feature of the forest
   * @param means nRows × outputs, row-major
   */
  write(cells: readonly Cells[], from: number, end: number, means: Float64Array): void {
    const { outputs } = this.#forest;
    const nTrees = treeCount(this.#forest);
    const rows = this.#rows;
    const count = end - from;
    rows.load(cells, from, end);
    const ofRows = means.subarray(from * outputs, end * outputs);
    if (outputs >= MANY_OUTPUTS) {
      ofRows.fill(0);
      this.#descend(count, manyAdder(this.#forest, rows, ofRows));
      for (let i = 0; i < ofRows.length; i++) ofRows[i]! /= nTrees;
      return;
    }
    const { numbers } = rows;
    const step = rows.stride >> 3;
    for (let row = 0; row < count; row++) for (let k = 0; k < outputs; k++) numbers[row * step + k] = 0;
    this.#descend(count, adder(this.#forest, numbers));
    for (let row = 0, to = 0; row < count; row++) {
      for (let k = 0; k < outputs; k++) ofRows[to++] = numbers[row * step + k]! / nTrees;
    }
  }

  #descend(count: number, atLeaf: AtLeaf): void {
    const nTrees = treeCount(this.#forest);
    for (let tree = 0; tree < nTrees; tree++) this.#rows.descend(tree, 0, count, atLeaf);
  }
}

/** Adds to the sums that lie with the cells of a row. */
function adder({ outputs, leaf, values }: Forest, numbers: Float64Array): AtLeaf {
  if (outputs === 1) {
    return (node, places, start, end) => {
      const mean = values[leaf[node]!]!;
      for (let i = start; i < end; i++) numbers[places[i]! >> 3]! += mean;
    };
  }
  if (outputs === 2) {
    return (node, places, start, end) => {
      const at = 2 * leaf[node]!;
      const [first, second] = [values[at]!, values[at + 1]!];
      for (let i = start; i < end; i++) {
        const to = places[i]! >> 3;
        numbers[to]! += first;
        numbers[to + 1]! += second;
      }
    };
  }
  return (node, places, start, end) => {
    const at = leaf[node]! * outputs;
    for (let i = start; i < end; i++) {
      const to = places[i]! >> 3;
      for (let k = 0; k < outputs; k++) numbers[to + k]! += values[at + k]!;
    }
  };
}

function manyAdder(forest: Forest, rows: DividedRows, sums: Float64Array): AtLeaf {
  const { outputs, leaf, values } = forest;
  const { first, output } = presentOutputs(forest);
  return (node, places, start, end) => {
    const of = leaf[node]!;
    for (let j = first[of]!; j < first[of + 1]!; j++) {
      const k = output[j]!;
      const share = values[of * outputs + k]!;
      for (let i = start; i < end; i++) sums[rows.rowAt(places[i]!) * outputs + k]! += share;
    }
  };
}

/** The outputs of each row of `values` that are not zero: those of row r are first[r] … first[r + 1] - 1 of `output`. */
export interface PresentOutputs {
  readonly first: Int32Array;
  readonly output: Uint16Array;
}

const known = new WeakMap<Forest, PresentOutputs>();

/** Adding a zero changes no sum; of a thousand classes a leaf mostly holds one. */
export function presentOutputs(forest: Forest): PresentOutputs {
  const before = known.get(forest);
  if (before) return before;
  const { outputs, values } = forest;
  const nRows = values.length / outputs;
  const first = new Int32Array(nRows + 1);
  for (let row = 0, i = 0; row < nRows; row++) {
    let count = 0;
    for (let k = 0; k < outputs; k++) if (values[i++] !== 0) count++;
    first[row + 1] = first[row]! + count;
  }
  const output = new Uint16Array(first[nRows]!);
  for (let row = 0, i = 0, to = 0; row < nRows; row++) {
    for (let k = 0; k < outputs; k++) if (values[i++] !== 0) output[to++] = k;
  }
  const present = { first, output };
  known.set(forest, present);
  return present;
}
