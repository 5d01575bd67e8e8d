/** The best cut that was found in a node so far; one record is reused from node to node. */
export class BestCut {
  /** -1: none. */
  feature = -1;
  score = Number.NEGATIVE_INFINITY;
  /** Of a numeric feature: the last bin that goes left, and the first occupied one after it (-1: only missing cells go right). */
  lastLeft = 0;
  firstRight = 0;
  /** The threshold of an extremely randomised tree, else NaN. */
  drawn = Number.NaN;
  /** Whether the node has missing cells of the feature, and whether they go left. */
  hasMissing = false;
  missingLeft = false;
  categorical = false;
  /** Of a categorical feature by bin: 1 left, 0 right, `UNSEEN` where the node has no row. */
  readonly goesLeft = new Uint8Array(256);

  reset(): void {
    this.feature = -1;
    this.score = Number.NEGATIVE_INFINITY;
  }

  copyFrom(other: BestCut): void {
    this.feature = other.feature;
    this.score = other.score;
    this.lastLeft = other.lastLeft;
    this.firstRight = other.firstRight;
    this.drawn = other.drawn;
    this.hasMissing = other.hasMissing;
    this.missingLeft = other.missingLeft;
    this.categorical = other.categorical;
    if (other.categorical) this.goesLeft.set(other.goesLeft);
  }
}

/** Mark of a category of which a node has no row: it goes the way of missing cells. */
export const UNSEEN = 2;
