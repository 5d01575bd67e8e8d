import { createHash } from 'node:crypto';

export interface OutputName {
  readonly output: string;
  readonly rejected: string;
}

/**
 * A file name for each input: its stem; where inputs share a stem, the folder goes before it; where that is shared too, a
 * hash follows. An input keeps the name that it had before.
 *
 * @param inputs paths or URIs, each once
 * @param before names given earlier, also to inputs that are not among these
 */
export function outputNames(inputs: readonly string[], before: ReadonlyMap<string, string>): Map<string, OutputName> {
  const names = new Map<string, OutputName>();
  // File systems may not tell upper from lower case.
  const taken = new Set(['manifest.json']);
  const take = (stem: string): OutputName | undefined => {
    const name = { output: `${stem}.csv`, rejected: `${stem}.rejected.csv` };
    const keys = [name.output.toLowerCase(), name.rejected.toLowerCase()];
    if (keys.some((key) => taken.has(key))) return undefined;
    for (const key of keys) taken.add(key);
    return name;
  };
  for (const [input, output] of before) {
    const name = take(output.replace(/\.csv$/, ''));
    if (name && inputs.includes(input)) names.set(input, name);
  }
  const fresh = inputs.filter((input) => !names.has(input));
  const stems = counted(fresh.map(stemOf));
  const longs = counted(fresh.map(longStemOf));
  for (const input of fresh) {
    const [stem, long] = [stemOf(input), longStemOf(input)];
    const hash = createHash('sha256').update(input).digest('hex');
    const name =
      (stems.get(stem.toLowerCase()) === 1 ? take(stem) : undefined) ??
      (longs.get(long.toLowerCase()) === 1 ? take(long) : undefined) ??
      take(`${long}-${hash.slice(0, 8)}`) ??
      take(hash)!;
    names.set(input, name);
  }
  return names;
}

function counted(stems: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const stem of stems) counts.set(stem.toLowerCase(), (counts.get(stem.toLowerCase()) ?? 0) + 1);
  return counts;
}

/** `incoming/2012-12-01.csv` → `2012-12-01`, `sqlite:///shop.db?table=orders` → `shop.db-table-orders` */
function stemOf(input: string): string {
  return clean(segmentsOf(input).at(-1) ?? '');
}

function longStemOf(input: string): string {
  return clean(segmentsOf(input).slice(-2).join('-'));
}

function segmentsOf(input: string): string[] {
  const path = input
    .replace(/^[a-z][a-z0-9+.-]*:\/\/+/i, '')
    .replace(/\.(csv|tsv|txt|parquet|pq|ndjson|jsonl)(\.(gz|zst))?$/i, '');
  return path.split(/[\\/]/).filter((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

/** Neither hidden nor longer than a file name may be, and without what some file system forbids. */
function clean(stem: string): string {
  const plain = stem.replace(/[^\p{L}\p{N}._ -]+/gu, '-').replace(/^[.\s-]+|[.\s-]+$/g, '');
  return [...plain].slice(0, 60).join('') || 'predictions';
}
