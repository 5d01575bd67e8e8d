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
  readonly goesLeft: Uint8Array;

  /** @param mostBins of any feature, the bin of missing cells included */
  constructor(mostBins: number) {
    this.goesLeft = new Uint8Array(mostBins);
  }

  reset(): void {
    this.feature = -1;
    this.score = Number.NEGATIVE_INFINITY;
  }

  copyOf(): BestCut {
    const copy = new BestCut(this.categorical ? this.goesLeft.length : 0);
    copy.feature = this.feature;
    copy.score = this.score;
    copy.lastLeft = this.lastLeft;
    copy.firstRight = this.firstRight;
    copy.drawn = this.drawn;
    copy.hasMissing = this.hasMissing;
    copy.missingLeft = this.missingLeft;
    copy.categorical = this.categorical;
    if (this.categorical) copy.goesLeft.set(this.goesLeft);
    return copy;
  }
}

/** Mark of a category of which a node has no row: it goes the way of missing cells. */
export const UNSEEN = 2;
