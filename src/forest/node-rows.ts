import { MISSING } from './bins.ts';
import type { GrowingSet } from './growing-set.ts';
import { sampleCount } from './params.ts';
import type { Random } from './random.ts';
import { balancedWeights } from './response.ts';

/**
 * The rows that a tree sees, each once (drawn twice: twice the weight). The rows of a node lie next to one another; what is
 * read for each of them lies at the same position, so that growing reads memory in order.
 */
export class NodeRows {
  size = 0;
  readonly row: Int32Array;
  readonly weight: Float64Array;
  /** The response: a number, or the code of a class. */
  readonly value: Float64Array;
  readonly #set: GrowingSet;
  readonly #times: Float64Array;
  readonly #rightRow: Int32Array;
  readonly #rightWeight: Float64Array;
  readonly #rightValue: Float64Array;

  constructor(set: GrowingSet) {
    const { nRows } = set.binned;
    this.#set = set;
    this.row = new Int32Array(nRows);
    this.weight = new Float64Array(nRows);
    this.value = new Float64Array(nRows);
    this.#times = new Float64Array(nRows);
    this.#rightRow = new Int32Array(nRows);
    this.#rightWeight = new Float64Array(nRows);
    this.#rightValue = new Float64Array(nRows);
  }

  /** Draws the rows of one tree. */
  draw(random: Random): void {
    const { weights, params, response, binned } = this.#set;
    const { nRows } = binned;
    const times = this.#times;
    if (params.bootstrap) {
      times.fill(0);
      for (let i = sampleCount(params.maxSamples, nRows); i > 0; i--) times[random.below(nRows)]!++;
    } else times.fill(1);
    const values = response.kind === 'scalar' ? response.values : response.codes;
    const ofClass =
      params.classWeight === 'balanced_subsample' ? balancedWeights(values, response.outputs, times) : undefined;
    let size = 0;
    for (let row = 0; row < nRows; row++) {
      const weight = times[row]! * weights[row]!;
      if (weight <= 0) continue;
      this.row[size] = row;
      this.weight[size] = ofClass ? weight * ofClass[values[row]!]! : weight;
      this.value[size++] = values[row]!;
    }
    this.size = size;
  }

  /**
   * Moves the rows start … end - 1 so that those in bins 0 … `lastLeft` come first, each side in its old order.
   *
   * @returns where the right side begins
   */
  divideNumbers(start: number, end: number, bins: Uint8Array, lastLeft: number, missingLeft: boolean): number {
    // Turned by one, the bin of missing cells comes before all others.
    const turn = missingLeft ? 256 - MISSING : 0;
    const limit = lastLeft + turn;
    const { row, weight, value } = this;
    const rightRow = this.#rightRow;
    const rightWeight = this.#rightWeight;
    const rightValue = this.#rightValue;
    let left = start;
    let right = 0;
    for (let i = start; i < end; i++) {
      const at = row[i]!;
      const w = weight[i]!;
      const v = value[i]!;
      // Written to both sides, of which one is taken: which it is cannot be foreseen, and a wrong guess costs more.
      row[left] = at;
      weight[left] = w;
      value[left] = v;
      rightRow[right] = at;
      rightWeight[right] = w;
      rightValue[right] = v;
      const goesRight = (limit - ((bins[at]! + turn) & 255)) >>> 31;
      left += 1 - goesRight;
      right += goesRight;
    }
    this.#append(left, right);
    return left;
  }

  /** The same for categories: those marked 1 in `goesLeft` (by bin) come first. */
  divideCategories(start: number, end: number, bins: Uint8Array, goesLeft: Uint8Array): number {
    const { row, weight, value } = this;
    let left = start;
    let right = 0;
    for (let i = start; i < end; i++) {
      const at = row[i]!;
      if (goesLeft[bins[at]!] === 1) {
        row[left] = at;
        weight[left] = weight[i]!;
        value[left++] = value[i]!;
      } else {
        this.#rightRow[right] = at;
        this.#rightWeight[right] = weight[i]!;
        this.#rightValue[right++] = value[i]!;
      }
    }
    this.#append(left, right);
    return left;
  }

  #append(left: number, right: number): void {
    const { row, weight, value } = this;
    for (let i = 0; i < right; i++) {
      row[left + i] = this.#rightRow[i]!;
      weight[left + i] = this.#rightWeight[i]!;
      value[left + i] = this.#rightValue[i]!;
    }
  }
}
