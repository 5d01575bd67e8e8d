import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { DefaultArtifactClient } from '@actions/artifact';
import { MlopsError } from '../errors/mlops-error.ts';

const MOST_NAMES = 20;

export interface ArtifactFiles {
  readonly name: string;
  readonly files: readonly string[];
  readonly rootDirectory: string;
}

/**
 * Stores files with the workflow run and answers the id. One HTML file is stored as it is, so that it opens in the
 * browser; everything else is zipped. A name that is taken (another job of a matrix) gets a number: artifacts are never
 * overwritten.
 */
export async function uploadArtifact({ name, files, rootDirectory }: ArtifactFiles): Promise<number> {
  const client = new DefaultArtifactClient();
  const [first] = files;
  const asIs = files.length === 1 && first !== undefined && extname(first) === '.html';
  for (let n = 1; ; n++) {
    const numbered = n === 1 ? name : `${name}-${n}`;
    try {
      const { id } = asIs
        ? await uploadAsIs(client, first, `${numbered}.html`)
        : await client.uploadArtifact(numbered, [...files], rootDirectory);
      if (id === undefined) throw new Error('the service gave no id');
      return id;
    } catch (error) {
      if (n < MOST_NAMES && isTaken(error)) continue;
      const said = error instanceof Error ? error.message : String(error);
      throw new MlopsError('FORGE_REFUSED', `could not store the artifact "${name}": ${said}`, { cause: error });
    }
  }
}

/** An artifact that is not zipped has the name of its file. */
async function uploadAsIs(client: DefaultArtifactClient, file: string, name: string): Promise<{ id?: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'mlops-artifact-'));
  try {
    await copyFile(file, join(directory, name));
    return await client.uploadArtifact(name, [join(directory, name)], directory, { skipArchive: true });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && /\(409\)/.test(error.message);
}
