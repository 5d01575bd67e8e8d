/** Reads a CSV file several times: its path, the threads, how often. Prints the best figures as JSON. */
import { statSync } from 'node:fs';
import { csvSettings } from '../../../src/config/data-settings.ts';
import { readParts } from '../../../src/data/csv/read-parts.ts';
import { openFile } from '../../../src/data/sources/byte-source.ts';
import type { Table } from '../../../src/data/table.ts';

export interface ReadFigures {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** The most memory of the process while it read for the first time, beyond what it had before. */
  readonly peakBytes: number;
  readonly columnBytes?: number;
}

const [path = '', threads = '1', repeats = '1'] = process.argv.slice(2);
const bytes = statSync(path).size;
const csv = csvSettings.parse({});
const { signal } = new AbortController();
const part = { name: path, bytes, path, open: () => openFile({ kind: 'file', name: path, path, bytes }) };
const before = process.memoryUsage.rss();
let figures: ReadFigures | undefined;
for (let i = 0; i < Number(repeats); i++) {
  const wall = performance.now();
  const cpu = process.cpuUsage();
  const { table } = await readParts([part], { csv, signal, threads: Number(threads) });
  const { user, system } = process.cpuUsage(cpu);
  const wallSeconds = (performance.now() - wall) / 1000;
  const cpuSeconds = (user + system) / 1e6;
  figures = {
    wallSeconds: Math.min(wallSeconds, figures?.wallSeconds ?? wallSeconds),
    cpuSeconds: Math.min(cpuSeconds, figures?.cpuSeconds ?? cpuSeconds),
    peakBytes: figures?.peakBytes ?? process.resourceUsage().maxRSS * 1024 - before,
    columnBytes: sizeOf(table),
  };
}
console.log(JSON.stringify(figures));

function sizeOf(table: Table): number {
  const cells = table.columns.map((column) => (column.kind === 'categorical' ? 4 : 8) * table.nRows);
  return cells.reduce((sum, size) => sum + size, 0);
}
