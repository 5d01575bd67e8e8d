import { z } from 'zod';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { RestClient } from '../rest/rest-client.ts';
import { whole } from '../rest/wire.ts';
import type { ArtifactStore } from '../tracking-store.ts';
import { artifactPath } from './artifact-path.ts';
import type { DirectArtifacts } from './direct-artifacts.ts';
import type { Downloads } from './downloads.ts';
import { inParallel } from './in-parallel.ts';
import { filesBelow, joined, type LocalFile, sendFiles, TRANSFERS_AT_ONCE } from './local-files.ts';

const SERVED = 'mlflow-artifacts/artifacts';

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
  readonly direct: DirectArtifacts;
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
  readonly #direct: DirectArtifacts;

  constructor({ location, path, client, downloads, direct }: ServedArtifactsOptions) {
    this.location = location;
    this.#root = path;
    this.#client = client;
    this.#downloads = downloads;
    this.#direct = direct;
  }

  async upload(localPath: string, path: string): Promise<void> {
    const wanted = artifactPath(path);
    const files = await filesBelow(localPath, wanted);
    if (files.some((file) => file.path === ''))
      throw new MlopsError('ARTIFACT_PATH_INVALID', `${localPath} is a file: it needs a path below ${this.location}`);
    for (const file of files) requireServable(file.path);
    const isLarge = ({ size }: LocalFile): boolean => this.#direct.isLargeUpload(size);
    await sendFiles(files, (file) => this.#send(file, isLarge(file)), isLarge);
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
    return this.#downloads.fetch(
      {
        location: this.location,
        list: (start) => this.list(start),
        oneByOne: ({ size }) => this.#direct.isLargeDownload(size),
        bring: async ({ path: name, size }, place) => {
          const straight = this.#direct.isLargeDownload(size);
          if (straight && (await this.#direct.download(joined(this.#root, name), size, place))) return;
          await this.#client.download(this.#address(name), place);
        },
      },
      artifactPath(path),
      into,
    );
  }

  async #send({ local, path, size }: LocalFile, isLarge: boolean): Promise<void> {
    if (!isLarge || !(await this.#direct.upload({ local, path, size }, joined(this.#root, path)))) {
      await this.#client.upload(this.#address(path), local);
      return;
    }
    const there = (await this.list(path)).find((file) => file.path === path);
    if (there?.size === size) return;
    throw new MlopsError(
      'STORE_UNREACHABLE',
      `"${path}" was sent to ${this.location} in parts with ${size} bytes, but the server lists ${there?.size ?? 'nothing'}: upload it again`,
    );
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

/** MLflow's server reads names as URLs and decodes them more than once, so some would not come back. */
function requireServable(path: string): void {
  if (!/#|\\|%[0-9a-f]{2}|[?;](\/|$)|\p{Cc}/iu.test(path)) return;
  throw new MlopsError(
    'ARTIFACT_PATH_INVALID',
    `an MLflow server does not keep an artifact named "${path}": rename it without "#", "\\", control characters, "?" or ";" at the end, and "%" before two hexadecimal digits`,
  );
}

function parentOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}
