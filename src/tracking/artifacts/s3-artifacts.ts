import type { Place } from '../../data/s3/access.ts';
import type { ObjectTree } from '../../data/s3/object-tree.ts';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { ArtifactStore } from '../tracking-store.ts';
import type { ArtifactAccess } from './artifact-access.ts';
import { artifactPath } from './artifact-path.ts';
import { filesBelow, joined, sendFiles } from './local-files.ts';

/** What S3 takes as a key. */
const MOST_KEY_BYTES = 1_024;
/** From this size on files go and come one by one: the parts of each are under way beside one another. */
const LARGE_BYTES = 32 * 2 ** 20;

/**
 * Artifacts below a prefix of a bucket, named as MLflow's own client names them.
 *
 * A file is there whole or not at all, and what an interrupted upload has sent is not sent again. Of a folder, `MLmodel` is sent when
 * all other files are there; a download has its name when all of it has come with the digests that it was sent with.
 *
 * @throws ACCESS_DENIED · OUTPUT_UNWRITABLE · DATA_UNREADABLE
 */
export class S3Artifacts implements ArtifactStore {
  readonly location: string;
  readonly #place: Place;
  readonly #access: ArtifactAccess;

  constructor(location: string, place: Place, access: ArtifactAccess) {
    this.location = location;
    this.#place = place;
    this.#access = access;
  }

  async upload(localPath: string, path: string): Promise<void> {
    const wanted = artifactPath(path);
    const files = await filesBelow(localPath, wanted);
    const isFile = files.length === 1 && files[0]!.local === localPath;
    if (isFile && wanted === '')
      throw new MlopsError('ARTIFACT_PATH_INVALID', `${localPath} is a file: it needs a path below ${this.location}`);
    for (const file of files) this.#requireKey(file.path);
    await this.#opened(async (tree) => {
      if (isFile && (await tree.below(wanted)).length > 0) {
        throw new MlopsError(
          'ARTIFACT_PATH_INVALID',
          `${wanted} in ${this.location} is a folder and cannot be replaced by a file`,
        );
      }
      await sendFiles(files, (file) => tree.put(file.path, file.local), isLarge);
    });
  }

  async list(path: string): Promise<{ path: string; size: number }[]> {
    const start = artifactPath(path);
    return this.#opened((tree) => listed(tree, start));
  }

  async fetch(path: string, into: string): Promise<string> {
    const wanted = artifactPath(path);
    return this.#opened((tree) =>
      this.#access.downloads.fetch(
        {
          location: this.location,
          list: (start) => listed(tree, start),
          bring: (file, place) => tree.get(file.path, place),
          oneByOne: isLarge,
        },
        wanted,
        into,
      ),
    );
  }

  async #opened<T>(work: (tree: ObjectTree) => Promise<T>): Promise<T> {
    const { openTree } = await import('../../data/s3/object-tree.ts');
    const tree = openTree(this.#place, this.#access);
    try {
      return await work(tree);
    } finally {
      tree.close();
    }
  }

  #requireKey(path: string): void {
    const bytes = Buffer.byteLength(joined(this.#place.key, path));
    if (bytes <= MOST_KEY_BYTES) return;
    throw new MlopsError(
      'ARTIFACT_PATH_INVALID',
      `"${path}" in ${this.location} would have a key of ${bytes} bytes, and S3 takes ${MOST_KEY_BYTES}: shorten its name`,
    );
  }
}

function isLarge({ size }: { size: number }): boolean {
  return size >= LARGE_BYTES;
}

async function listed(tree: ObjectTree, start: string): Promise<{ path: string; size: number }[]> {
  const files = await tree.below(start);
  const file = files.length === 0 && start !== '' ? await tree.find(start) : undefined;
  return [...files, ...(file ? [file] : [])]
    .map(({ path, size }) => ({ path: artifactPath(path), size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
