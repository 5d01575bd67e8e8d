import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Run, TrackingStore } from '../../tracking/tracking-store.ts';
import type { Stores } from '../open-stores.ts';
import { type CopiedIds, ownTags } from './copy-runs.ts';

/** What differs between a store and its copy, in words; empty when nothing was lost. */
export async function compareStores(from: Stores, to: Stores, ids: CopiedIds, scratch: string): Promise<string[]> {
  const faults: string[] = [];
  for (const [id, copyId] of ids.runs) {
    const [run, copy] = await Promise.all([from.tracking.getRun(id), to.tracking.getRun(copyId)]);
    faults.push(...compareRuns(run, copy));
    for (const key of Object.keys(run.metrics)) {
      const [a, b] = await Promise.all([
        from.tracking.getMetricHistory(id, key),
        to.tracking.getMetricHistory(copyId, key),
      ]);
      if (text(a) !== text(b))
        faults.push(`run ${id}: ${a.length} points of metric "${key}" became ${b.length} others`);
    }
    faults.push(
      ...(await compareFiles(from.tracking, run.artifactUri, to.tracking, copy.artifactUri, `run ${id}`, scratch)),
    );
  }
  for (const [id, copyId] of ids.models) {
    const [model, copy] = await Promise.all([from.tracking.getLoggedModel(id), to.tracking.getLoggedModel(copyId)]);
    if (model.status !== copy.status) faults.push(`model ${id} is ${model.status}, its copy ${copy.status}`);
    if (model.status !== 'READY') continue;
    const places = [from.tracking, model.artifactLocation, to.tracking, copy.artifactLocation] as const;
    faults.push(...(await compareFiles(...places, `model ${id}`, scratch)));
  }
  return faults.concat(await compareRegistries(from, to, ids));
}

function compareRuns(run: Run, copy: Run): string[] {
  const parts = {
    name: [run.runName, copy.runName],
    status: [run.status, copy.status],
    times: [
      [run.startTime, run.endTime],
      [copy.startTime, copy.endTime],
    ],
    params: [run.params, copy.params],
    metrics: [run.metrics, copy.metrics],
    datasets: [sorted(run.datasets), sorted(copy.datasets)],
    tags: [ownTags(run), ownTags(copy)],
  };
  return Object.entries(parts).flatMap(([what, [a, b]]) =>
    text(a) === text(b) ? [] : [`run ${run.runId}: its ${what} differ in the copy ${copy.runId}`],
  );
}

async function compareRegistries(from: Stores, to: Stores, ids: CopiedIds): Promise<string[]> {
  const faults: string[] = [];
  for (const model of await from.registry.listRegisteredModels()) {
    const copy = await to.registry.findRegisteredModel(model.name);
    const parts = (of: typeof model) => text([of.description, of.tags, of.aliases]);
    if (!copy) faults.push(`model "${model.name}" is missing`);
    else if (parts(model) !== parts(copy)) faults.push(`"${model.name}": description, tags or aliases differ`);
    if (!copy) continue;
    const copies = await to.registry.listModelVersions(model.name);
    for (const version of await from.registry.listModelVersions(model.name)) {
      const other = copies.find((candidate) => candidate.version === version.version);
      const expected = text([
        version.description,
        version.tags,
        version.aliases.toSorted(),
        ids.models.get(version.modelId),
      ]);
      const found = other && text([other.description, other.tags, other.aliases.toSorted(), other.modelId]);
      if (found !== expected) faults.push(`"${model.name}" v${version.version} differs or is missing`);
    }
  }
  return faults;
}

async function compareFiles(
  from: TrackingStore,
  source: string,
  to: TrackingStore,
  target: string,
  what: string,
  scratch: string,
): Promise<string[]> {
  const [a, b] = [from.artifacts(source), to.artifacts(target)];
  const [files, copies] = await Promise.all([a.list(''), b.list('')]);
  if (text(sorted(files)) !== text(sorted(copies)))
    return [`${what}: ${files.length} files became ${copies.length} others`];
  if (files.length === 0) return [];
  const into = await mkdtemp(join(scratch, 'compare-'));
  try {
    const [ours, theirs] = [await a.fetch('', join(into, 'a')), await b.fetch('', join(into, 'b'))];
    const faults: string[] = [];
    for (const { path } of files) {
      const same = (await digestOf(join(ours, path))) === (await digestOf(join(theirs, path)));
      if (!same) faults.push(`${what}: the bytes of ${path} differ`);
    }
    return faults;
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256').update(String((await stat(path)).size));
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function sorted(entries: readonly unknown[]): unknown[] {
  return entries.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
}

/** Keys in order, so that two stores may give them in any. */
function text(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'number' && !Number.isFinite(part)) return String(part);
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
