/**
 * actions/upload-artifact and actions/download-artifact for machines that cannot reach GitHub: the inputs that the templates
 * give, carried out by the same client as the originals use.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const CLIENT = import.meta.resolve('@actions/artifact');
const TEMPLATES = join(ROOT, 'workflows-templates');

const UPLOAD = {
  inputs: { name: {}, path: {}, 'if-no-files-found': { default: 'warn' } },
  script: `
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DefaultArtifactClient } from '${CLIENT}';
const root = resolve(process.env.INPUT_PATH);
const isFolder = existsSync(root) && statSync(root).isDirectory();
const listed = isFolder
  ? readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  : [root].filter(existsSync);
if (listed.length > 0) {
  await new DefaultArtifactClient().uploadArtifact(process.env.INPUT_NAME, listed, isFolder ? root : dirname(root));
} else if (process.env['INPUT_IF-NO-FILES-FOUND'] === 'error') {
  console.log('::error::no files at ' + root);
  process.exitCode = 1;
}
`,
};

const DOWNLOAD = {
  inputs: { name: {}, path: {}, 'run-id': {}, 'github-token': {} },
  script: `
import { resolve } from 'node:path';
import { DefaultArtifactClient } from '${CLIENT}';
const [repositoryOwner, repositoryName] = process.env.GITHUB_REPOSITORY.split('/');
const findBy = {
  token: process.env['INPUT_GITHUB-TOKEN'],
  workflowRunId: Number(process.env['INPUT_RUN-ID']),
  repositoryOwner,
  repositoryName,
};
const client = new DefaultArtifactClient();
const { artifact } = await client.getArtifact(process.env.INPUT_NAME, { findBy });
await client.downloadArtifact(artifact.id, { findBy, path: resolve(process.env.INPUT_PATH) });
`,
};

/** Writes both into `folder`; the answer is for act, by the names with the commits that the templates pin. */
export function artifactActions(folder: string): Record<string, string> {
  const pins = readdirSync(TEMPLATES)
    .flatMap(
      (name) => readFileSync(join(TEMPLATES, name), 'utf8').match(/actions\/(?:up|down)load-artifact@\w+/g) ?? [],
    )
    .map((uses) => [uses, uses.split('@')[0]!.split('/')[1]!] as const);
  for (const [name, { inputs, script }] of Object.entries({
    'upload-artifact': UPLOAD,
    'download-artifact': DOWNLOAD,
  })) {
    const directory = join(folder, name);
    mkdirSync(directory, { recursive: true });
    const action = { name, description: name, inputs, runs: { using: 'node24', main: 'index.mjs' } };
    writeFileSync(join(directory, 'action.yml'), stringify(action));
    writeFileSync(join(directory, 'index.mjs'), script);
  }
  return Object.fromEntries(pins.map(([uses, name]) => [uses, join(folder, name)]));
}
