/** One comparison with a peer, measured in the same run on the same machine. */
export interface BenchResult {
  readonly bench: string;
  readonly case: string;
  readonly metric: string;
  readonly ours: number;
  readonly peer: number;
  readonly peer_name: string;
  /** Above 1: ours is better. */
  readonly ratio: number;
  readonly unit: string;
}

/** What every bench module exports. */
export interface BenchModule {
  readonly bench: () => Promise<readonly BenchResult[]>;
  /** The peers with their versions, as their registries name them. */
  readonly peers?: readonly string[];
}

/** The middle one of an odd number of figures. */
export function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)]!;
}
