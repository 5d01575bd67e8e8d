const MOST = 10;

/** The first ten faults, and how many more there are: a log that can be read. */
export function formatFaults(faults: readonly string[]): string[] {
  return faults.length <= MOST ? [...faults] : [...faults.slice(0, MOST), `… and ${faults.length - MOST} more`];
}
