import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { MlopsError } from '../../errors/mlops-error.ts';
import { listSome } from '../../errors/suggest.ts';
import type { RestClient } from '../rest/rest-client.ts';
import { whole } from '../rest/wire.ts';
import type { ArtifactStore } from '../tracking-store.ts';
import { artifactPath } from './artifact-path.ts';
import { inParallel } from './in-parallel.ts';

const SERVED = 'mlflow-artifacts/artifacts';
const TRANSFERS_AT_ONCE = 8;
/** The file that makes a folder a model. */
const MODEL_FILE = 'MLmodel';

interface StoredFile {
  /** Below the location. */
  readonly path: string;
  readonly size: number;
}

const listing = z.object({
  files: z
    .array(z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: whole.default(0) }))
    .default([]),
});

/**
 * The path of a location that the server itself serves, below all that it serves; undefined for another place.
 *
 * Forms: `mlflow-artifacts:/0/…`, and with this server's name `mlflow-artifacts://host/0/…` or `http(s)://host/api/2.0/mlflow-artifacts/artifacts/0/…`.
 */
export function servedPath(location: string, url: string): string | undefined {
  const [, host, path] = /^mlflow-artifacts:(?:\/\/([^/]+))?\/*(.*)$/.exec(location) ?? [];
  if (path !== undefined)
    return host === undefined || host === new URL(url).host ? path.replace(/\/+$/, '') : undefined;
  const root = `${url}/api/2.0/${SERVED}/`;
  return location.startsWith(root) ? location.slice(root.length).replace(/^\/+|\/+$/g, '') : undefined;
}

export interface ServedArtifactsOptions {
  readonly location: string;
  /** The location below all that the server serves. */
  readonly path: string;
  readonly client: RestClient;
  readonly downloads: Downloads;
}

/** What one store brings to this machine, by where it goes. */
export class Downloads {
  /** So that two readers of the same files share one download. */
  readonly underWay = new Map<string, Promise<void>>();
  /** Made here, so that a later download may take their place as a whole. */
  readonly made = new Set<string>();
}

/**
 * Artifacts that go through an MLflow server (`mlflow-artifacts:`).
 *
 * A file is there whole or not at all. Of a folder, `MLmodel` is sent when all other files are there, so that what was
 * interrupted is not taken for a model; a download has its name when all of it has come.
 */
export class ServedArtifacts implements ArtifactStore {
  readonly location: string;
  readonly #root: string;
  readonly #client: RestClient;
  readonly #downloads: Downloads;

  constructor({ location, path, client, downloads }: ServedArtifactsOptions) {
    this.location = location;
    this.#root = path;
    this.#client = client;
    this.#downloads = downloads;
  }

  async upload(localPath: string, path: string): Promise<void> {
    const wanted = artifactPath(path);
    const files = await filesBelow(localPath, wanted);
    if (files.some((file) => file.path === ''))
      throw new MlopsError('ARTIFACT_PATH_INVALID', `${localPath} is a file: it needs a path below ${this.location}`);
    for (const file of files) requireServable(file.path);
    const isModelFile = ({ path: name }: { path: string }) => name === MODEL_FILE || name.endsWith(`/${MODEL_FILE}`);
    const send = (file: LocalFile) => this.#client.upload(this.#address(file.path), file.local);
    await inParallel(
      files.filter((file) => !isModelFile(file)),
      TRANSFERS_AT_ONCE,
      send,
    );
    await inParallel(files.filter(isModelFile), TRANSFERS_AT_ONCE, send);
  }

  async list(path: string): Promise<StoredFile[]> {
    const start = artifactPath(path);
    const found = await this.#below(start);
    if (found.length === 0 && start !== '') {
      // The server lists nothing below a file.
      const above = await this.#entries(parentOf(start));
      found.push(...above.filter((entry) => !entry.isFolder && entry.path === start));
    }
    return found.map(({ path: name, size }) => ({ path: name, size })).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async fetch(path: string, into: string): Promise<string> {
    const wanted = artifactPath(path);
    const target = resolve(into, wanted);
    const underWay = this.#downloads.underWay.get(target) ?? this.#download(wanted, target);
    this.#downloads.underWay.set(target, underWay);
    try {
      await underWay;
    } finally {
      this.#downloads.underWay.delete(target);
    }
    return target;
  }

  async #download(wanted: string, target: string): Promise<void> {
    const files = await this.list(wanted);
    if (files.length === 0) {
      const there = (await this.list('')).map((file) => file.path);
      throw new MlopsError(
        'ARTIFACT_NOT_FOUND',
        `there is no artifact "${wanted}" in ${this.location}. There: ${listSome(there) || 'nothing'}`,
      );
    }
    await mkdir(dirname(target), { recursive: true });
    const temporary = `${target}.part-${randomUUID()}`;
    try {
      await inParallel(files, TRANSFERS_AT_ONCE, async (file) => {
        const place = join(temporary, file.path.slice(wanted.length));
        await this.#client.download(this.#address(file.path), place);
        const { size } = await stat(place);
        if (size !== file.size) {
          throw new MlopsError(
            'STORE_UNREACHABLE',
            `"${file.path}" of ${this.location} came with ${size} bytes, but the server lists ${file.size}: it changed in the meantime or was cut off`,
          );
        }
      });
      await this.#place(temporary, target);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  /** Gives a whole download its name; what was in the folder before and is not ours stays there. */
  async #place(temporary: string, target: string): Promise<void> {
    const there = await stat(target).catch(() => undefined);
    if (there?.isDirectory() && this.#downloads.made.has(target)) {
      const old = `${temporary}-old`;
      await rename(target, old);
      await rename(temporary, target);
      await rm(old, { recursive: true, force: true });
      return;
    }
    if (there?.isDirectory() && (await stat(temporary)).isDirectory()) {
      for (const file of await filesBelow(temporary, '')) {
        const place = join(target, file.path);
        await mkdir(dirname(place), { recursive: true });
        await rename(file.local, place);
      }
      return;
    }
    await rename(temporary, target);
    this.#downloads.made.add(target);
  }

  /** All files below a folder of the location; none when there is no such folder. */
  async #below(path: string): Promise<StoredFile[]> {
    const entries = await this.#entries(path);
    const folders = entries.filter((entry) => entry.isFolder);
    const deeper = await inParallel(folders, TRANSFERS_AT_ONCE, (folder) => this.#below(folder.path));
    return [...entries.filter((entry) => !entry.isFolder), ...deeper.flat()];
  }

  async #entries(path: string): Promise<(StoredFile & { isFolder: boolean })[]> {
    const { files } = await this.#client.get(SERVED, { path: joined(this.#root, path) }, listing);
    return files.map((file) => ({
      // Whatever a server says, nothing is written outside the place of a download.
      path: artifactPath(joined(path, file.path)),
      size: file.file_size,
      isFolder: file.is_dir,
    }));
  }

  #address(path: string): string {
    return `${SERVED}/${joined(this.#root, path).split('/').map(encodeURIComponent).join('/')}`;
  }
}

interface LocalFile {
  readonly local: string;
  /** Where it goes. */
  readonly path: string;
}

/** The file itself, or the files below a folder, links followed. */
async function filesBelow(local: string, path: string): Promise<LocalFile[]> {
  if (!(await stat(local)).isDirectory()) return [{ local, path }];
  const names = (await readdir(local)).sort();
  const found = await Promise.all(names.map((name) => filesBelow(join(local, name), joined(path, name))));
  return found.flat();
}

/** MLflow's server reads names as URLs and decodes them more than once, so some would not come back. */
function requireServable(path: string): void {
  if (!/#|\\|%[0-9a-f]{2}|[?;](\/|$)|\p{Cc}/iu.test(path)) return;
  throw new MlopsError(
    'ARTIFACT_PATH_INVALID',
    `an MLflow server does not keep an artifact named "${path}": rename it without "#", "\\", control characters, "?" or ";" at the end, and "%" before two hexadecimal digits`,
  );
}

function joined(...parts: string[]): string {
  return parts.filter((part) => part !== '').join('/');
}

function parentOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}
