/** A table that the example never saw: flats that were let in a made-up town. */

export interface RentsRequest {
  readonly rows: number;
  /** The same seed gives the same rows. */
  readonly seed: number;
  /** Larger flats in newer houses of one district: what a model of the others has not seen. */
  readonly drifted?: boolean;
  /** When the first one was listed; they cover a year. */
  readonly year?: number;
  /** Leave the rent out, as it is not known yet. */
  readonly unlabelled?: boolean;
}

const DISTRICTS = ['harbour', 'mill', 'old town', 'station'];
const HEADER = ['listed', 'district', 'area', 'rooms', 'built', 'furnished', 'rent'];
const DAY_MS = 86_400_000;

/** The CSV, oldest listing first. */
export function rentsCsv(request: RentsRequest): string {
  const { rows, seed, drifted = false, year = 2025, unlabelled = false } = request;
  const random = generator(seed);
  const columns = unlabelled ? HEADER.length - 1 : HEADER.length;
  const lines = [HEADER.slice(0, columns).join(',')];
  for (let row = 0; row < rows; row++) {
    const listed = new Date(Date.UTC(year, 0, 1) + Math.floor((row * 365) / rows) * DAY_MS).toISOString().slice(0, 10);
    const district = drifted ? 0 : Math.floor(random() * DISTRICTS.length);
    const area = Math.round((drifted ? 120 : 25) + random() * 95);
    const rooms = Math.max(1, Math.round(area / 28 + random()));
    const built = Math.round((drifted ? 2005 : 1900) + random() * (drifted ? 20 : 120));
    const furnished = random() < 0.3;
    const perArea = 8 + 4 * district + (built - 1900) / 40;
    const rent = 150 + area * perArea + (furnished ? 120 : 0);
    const cells = [listed, DISTRICTS[district], area, rooms, built, furnished, Math.round(rent + random() * 60)];
    lines.push(cells.slice(0, columns).join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** Numbers from 0 up to 1. Source  Park & Miller 1988, Communications of the ACM 31(10) */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
