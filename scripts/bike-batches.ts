/**
 * Cuts the files in examples/bike-sharing/incoming from the data set: the weeks of December 2012 as they would have come in,
 * without the columns that are known only after the fact.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', 'examples', 'bike-sharing');
const [head, ...rows] = readFileSync(join(folder, 'bike-sharing-hourly.csv'), 'utf8').trim().split('\n');
const columns = head!.split(',');
const kept = columns
  .map((name, i) => ({ name, i }))
  .filter(({ name }) => !['casual', 'registered', 'cnt'].includes(name));
const cut = (line: string): string => {
  const cells = line.split(',');
  return kept.map(({ i }) => cells[i]).join(',');
};
const dateOf = (line: string): string => line.split(',')[columns.indexOf('dteday')]!;
for (const day of [1, 8, 15, 22]) {
  const from = `2012-12-${String(day).padStart(2, '0')}`;
  const to = `2012-12-${String(day + 6).padStart(2, '0')}`;
  const week = rows.filter((row) => dateOf(row) >= from && dateOf(row) <= to);
  writeFileSync(join(folder, 'incoming', `${from}.csv`), `${[head!, ...week].map(cut).join('\n')}\n`);
}
