import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import type { BenchResult } from './result.ts';

const FILE = join(import.meta.dirname, '../../docs/benchmarks.md');
const HEAD = `# Benchmarks

Each table was measured in one run on one machine, ours and the peers in turns; a ratio above 1 means that ours is better. The command
above a table measures it again (it installs the peers) and, with \`--record\`, writes it here.
`;

/** Puts the table of a bench into docs/benchmarks.md, in the place of its last one. */
export function record(name: string, results: readonly BenchResult[], versions: readonly string[]): void {
  const text = existsSync(FILE) ? readFileSync(FILE, 'utf8') : HEAD;
  const section = sectionOf(name, results, versions);
  const old = new RegExp(`\\n## ${name}\\n[^]*?(?=\\n## |$)`);
  writeFileSync(FILE, old.test(text) ? text.replace(old, () => `\n${section}`) : `${text}\n${section}`);
}

function sectionOf(name: string, results: readonly BenchResult[], versions: readonly string[]): string {
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  const machine = `${cpus().length} cores of ${processor}, ${memory} GB, ${platform()} ${arch()}, Node ${process.versions.node}`;
  const rows = results.map(
    (r) =>
      `| ${r.case} | ${r.metric} | ${figure(r.ours)}${unit(r)} | ${figure(r.peer)}${unit(r)} | ${r.peer_name} | ${figure(r.ratio)} |`,
  );
  return [
    `## ${name}`,
    '',
    `\`npm run bench -- ${name}\` on ${new Date().toISOString().slice(0, 10)}: ${machine}${versions.length === 0 ? '' : `; ${versions.join(', ')}`}.`,
    '',
    '| Case | Measured | Ours | Peer | | Ratio |',
    '|---|---|--:|--:|---|--:|',
    ...rows,
    '',
  ].join('\n');
}

function unit({ unit }: BenchResult): string {
  return unit.trim() === '' ? '' : ` ${unit}`;
}

function figure(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}
