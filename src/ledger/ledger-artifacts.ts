import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MlopsError } from '../errors/mlops-error.ts';
import { listSome } from '../errors/suggest.ts';
import { artifactPath } from '../tracking/artifacts/artifact-path.ts';
import { LocalArtifacts } from '../tracking/artifacts/local-artifacts.ts';
import type { ArtifactStore } from '../tracking/tracking-store.ts';
import type { KeptFile } from './operation.ts';

/** What artifacts need of the ledger. */
export interface FileKeeper {
  /** The kept files at or below a path, by path, in its order. */
  filesAt(path: string): [string, KeptFile][];
  /** Keeps files of this machine under their paths. */
  put(files: readonly (KeptFile & { path: string; localPath: string })[]): Promise<void>;
  /** The bytes of kept files, in their order. */
  read(files: readonly KeptFile[]): Promise<Buffer[]>;
}

/** Artifacts below one location: a folder of this machine that is filled from the branch as far as somebody asks for it. */
export class LedgerArtifacts implements ArtifactStore {
  readonly location: string;
  readonly #below: string;
  readonly #local: LocalArtifacts;
  readonly #keeper: FileKeeper;

  /** `below` is the location's path below the artifacts of the ledger. */
  constructor(location: string, below: string, keeper: FileKeeper) {
    this.location = location;
    this.#below = below;
    this.#local = new LocalArtifacts(location, location);
    this.#keeper = keeper;
  }

  async upload(localPath: string, path: string): Promise<void> {
    const target = artifactPath(path);
    const isFile = !(await stat(localPath)).isDirectory();
    if (isFile && this.#filesAt(target).some(([file]) => file !== this.#full(target))) {
      throw new MlopsError(
        'ARTIFACT_PATH_INVALID',
        `${target} in ${this.location} is a folder and cannot be replaced by a file`,
      );
    }
    await this.#local.upload(localPath, path);
    const files = [];
    for (const { path: file } of await this.#local.list(target)) {
      const place = join(this.location, file);
      files.push({ path: this.#full(file), localPath: place, ...(await describeFile(place)) });
    }
    if (files.length > 0) await this.#keeper.put(files);
  }

  async list(path: string): Promise<{ path: string; size: number }[]> {
    return this.#filesAt(artifactPath(path)).map(([file, { size }]) => ({ path: this.#short(file), size }));
  }

  async fetch(path: string, _into: string): Promise<string> {
    const wanted = artifactPath(path);
    const files = this.#filesAt(wanted);
    if (files.length === 0) {
      const there = this.#filesAt('').map(([file]) => this.#short(file));
      throw new MlopsError(
        'ARTIFACT_NOT_FOUND',
        `there is no artifact "${wanted}" in ${this.location}. There: ${listSome(there) || 'nothing'}`,
      );
    }
    await this.#bring(files);
    return wanted === '' ? this.location : join(this.location, wanted);
  }

  /** Writes kept files where they belong, those that are there already left out. */
  async #bring(files: readonly [string, KeptFile][]): Promise<void> {
    const missing: { place: string; kept: KeptFile }[] = [];
    for (const [file, kept] of files) {
      const place = join(this.location, this.#short(file));
      if (!(await stat(place).catch(() => undefined))) missing.push({ place, kept });
    }
    const contents = await this.#keeper.read(missing.map(({ kept }) => kept));
    for (const [i, { place }] of missing.entries()) {
      await mkdir(dirname(place), { recursive: true });
      const temporary = join(dirname(place), `.upload-${randomUUID()}`);
      try {
        await writeFile(temporary, contents[i]!);
        await rename(temporary, place);
      } finally {
        await rm(temporary, { force: true });
      }
    }
  }

  #filesAt(path: string): [string, KeptFile][] {
    return this.#keeper.filesAt(this.#full(path));
  }

  #full(path: string): string {
    return [this.#below, path].filter((part) => part !== '').join('/');
  }

  #short(file: string): string {
    return this.#below === '' ? file : file.slice(this.#below.length + 1);
  }
}

async function describeFile(path: string): Promise<KeptFile> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { digest: hash.digest('hex'), size: (await stat(path)).size };
}
