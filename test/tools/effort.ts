/** How many times more is tried than in `npm test`: `npm run test:long` sets it. */
const EFFORT = Number(process.env.TEST_EFFORT ?? '1');

/** The number of runs of a property or of repeats of a race: so many in `npm test`, more in `npm run test:long`. */
export function runs(usual: number): number {
  return Math.ceil(usual * EFFORT);
}
