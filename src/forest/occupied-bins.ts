import { type BinnedFeatures, MISSING } from './bins.ts';
import type { Response } from './response.ts';

/**
 * What a node holds of one feature: its occupied bins in ascending order, each with the number of its rows, their weight, and
 * the sum of the response (scalar: one number; classes: the weight of each class). Missing cells come apart.
 *
 * The arrays are reused from feature to feature; only the first `size` entries count.
 */
export interface OccupiedBins {
  size: number;
  readonly bin: Uint8Array;
  readonly count: Int32Array;
  readonly weight: Float64Array;
  /** Row-major: entry × stride. */
  readonly sum: Float64Array;
  missingCount: number;
  missingWeight: number;
  readonly missingSum: Float64Array;
}

/** Below so many rows for each bin, a few rows are sorted rather than all bins swept. */
const SPARSE = 8;

/** Collects occupied bins of nodes of one data set. */
export class BinCollector {
  readonly result: OccupiedBins;
  readonly #binned: BinnedFeatures;
  readonly #response: Response;
  readonly #weights: Float64Array;
  readonly #stride: number;
  readonly #count = new Int32Array(256);
  readonly #weight = new Float64Array(256);
  readonly #sum: Float64Array;

  constructor(binned: BinnedFeatures, response: Response, weights: Float64Array) {
    this.#binned = binned;
    this.#response = response;
    this.#weights = weights;
    this.#stride = response.kind === 'scalar' ? 1 : response.outputs;
    this.#sum = new Float64Array(256 * this.#stride);
    this.result = {
      size: 0,
      bin: new Uint8Array(256),
      count: new Int32Array(256),
      weight: new Float64Array(256),
      sum: new Float64Array(256 * this.#stride),
      missingCount: 0,
      missingWeight: 0,
      missingSum: new Float64Array(this.#stride),
    };
  }

  /** The occupied bins of `feature` among `rows[start … end - 1]`. */
  collect(feature: number, rows: Int32Array, start: number, end: number): OccupiedBins {
    const bins = this.#binned.bins.subarray(feature * this.#binned.nRows, (feature + 1) * this.#binned.nRows);
    if (this.#response.kind === 'scalar') this.#addScalar(bins, this.#response.values, rows, start, end);
    else this.#addClasses(bins, this.#response.codes, rows, start, end);
    this.#compress(this.#binned.nBins[feature]!, bins, rows, start, end);
    return this.result;
  }

  #addScalar(bins: Uint8Array, values: Float64Array, rows: Int32Array, start: number, end: number): void {
    const count = this.#count;
    const weight = this.#weight;
    const sum = this.#sum;
    const weights = this.#weights;
    for (let i = start; i < end; i++) {
      const row = rows[i]!;
      const bin = bins[row]!;
      const w = weights[row]!;
      count[bin]!++;
      weight[bin]! += w;
      sum[bin]! += w * values[row]!;
    }
  }

  #addClasses(bins: Uint8Array, codes: Int32Array, rows: Int32Array, start: number, end: number): void {
    const stride = this.#stride;
    for (let i = start; i < end; i++) {
      const row = rows[i]!;
      const bin = bins[row]!;
      const w = this.#weights[row]!;
      this.#count[bin]!++;
      this.#weight[bin]! += w;
      this.#sum[bin * stride + codes[row]!]! += w;
    }
  }

  /** Moves what was added into the result and leaves the sums at zero. */
  #compress(nBins: number, bins: Uint8Array, rows: Int32Array, start: number, end: number): void {
    const { result } = this;
    result.size = 0;
    if ((end - start) * SPARSE < nBins) {
      for (let i = start; i < end; i++) {
        const bin = bins[rows[i]!]!;
        if (bin !== MISSING) insert(result, bin);
      }
      for (let at = 0; at < result.size; at++) this.#move(result.bin[at]!, at);
    } else {
      for (let bin = 0; bin < nBins; bin++) {
        if (this.#count[bin] === 0) continue;
        result.bin[result.size] = bin;
        this.#move(bin, result.size++);
      }
    }
    result.missingCount = this.#count[MISSING]!;
    result.missingWeight = this.#weight[MISSING]!;
    this.#count[MISSING] = 0;
    this.#weight[MISSING] = 0;
    for (let k = 0; k < this.#stride; k++) {
      result.missingSum[k] = this.#sum[MISSING * this.#stride + k]!;
      this.#sum[MISSING * this.#stride + k] = 0;
    }
  }

  #move(bin: number, at: number): void {
    const { result } = this;
    const stride = this.#stride;
    result.count[at] = this.#count[bin]!;
    result.weight[at] = this.#weight[bin]!;
    this.#count[bin] = 0;
    this.#weight[bin] = 0;
    for (let k = 0; k < stride; k++) {
      result.sum[at * stride + k] = this.#sum[bin * stride + k]!;
      this.#sum[bin * stride + k] = 0;
    }
  }
}

/** Keeps `result.bin` sorted and without repeats. */
function insert(result: OccupiedBins, bin: number): void {
  let at = result.size;
  while (at > 0 && result.bin[at - 1]! > bin) at--;
  if (at > 0 && result.bin[at - 1] === bin) return;
  for (let i = result.size; i > at; i--) result.bin[i] = result.bin[i - 1]!;
  result.bin[at] = bin;
  result.size++;
}
