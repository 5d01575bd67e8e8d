import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { MlopsError } from '../errors/mlops-error.ts';
import { faultsOf } from './fault.ts';
import { type Project, projectSchema } from './project.ts';

/** A value that an input or flag puts in the place of one of mlops.yaml. */
export interface Override {
  /** e.g. `['model', 'n-estimators']` */
  readonly path: readonly string[];
  /** The name that the user wrote: `n-estimators`. */
  readonly input: string;
  readonly value: unknown;
}

export interface LoadedProject {
  readonly project: Project;
  /** The file that was read, if there was one. */
  readonly file: string | undefined;
  /** `mlops.yaml:3:5`: where the key at a path stands; undefined: no file was read. */
  readonly place?: (path: readonly (string | number)[]) => string;
}

export const DEFAULT_FILE = 'mlops.yaml';
const MAX_BYTES = 1024 * 1024;

/**
 * Reads mlops.yaml, puts the inputs over it and checks the whole, defaults filled in.
 *
 * @param file the file that was asked for; undefined: `mlops.yaml` in `cwd` if it is there
 * @throws CONFIG_NOT_FOUND · CONFIG_INVALID with line and column of every fault · INPUT_INVALID when only inputs are at fault
 */
export async function loadProject(
  cwd: string,
  file: string | undefined,
  overrides: readonly Override[],
): Promise<LoadedProject> {
  const path = file ?? DEFAULT_FILE;
  const text = readText(isAbsolute(path) ? path : join(cwd, path), path, file !== undefined);
  // Without a file the YAML library is not loaded.
  const written = text === undefined ? undefined : (await import('./project-file.ts')).parseProjectFile(text, path);
  const merged = structuredClone(written?.raw ?? {}) as Record<string, unknown>;
  for (const override of overrides) setAt(merged, override.path, override.value);
  const parsed = projectSchema.safeParse(merged);
  if (parsed.success) {
    return {
      project: parsed.data,
      file: text === undefined ? undefined : path,
      ...(written ? { place: written.place } : {}),
    };
  }

  let inFile = false;
  const messages = faultsOf(projectSchema, merged, parsed.error).map((fault) => {
    const override = overrides.find((o) => o.path.every((key, i) => fault.path[i] === key));
    if (override || !written) return `"${override?.input ?? fault.path.join('.')}" ${fault.problem}`;
    inFile = true;
    return `${written.place(fault.path)}: "${fault.path.join('.')}" ${fault.problem}`;
  });
  throw new MlopsError(inFile ? 'CONFIG_INVALID' : 'INPUT_INVALID', messages);
}

function readText(path: string, shown: string, asked: boolean): string | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > MAX_BYTES) throw new MlopsError('CONFIG_INVALID', `${shown} has more than ${MAX_BYTES} bytes`);
    return text;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' && !asked) return undefined;
    if (code === 'ENOENT')
      throw new MlopsError('CONFIG_NOT_FOUND', `"config" is "${shown}", but there is no such file`);
    if (code === 'EACCES') throw new MlopsError('PERMISSION_DENIED', `${shown} may not be read`, { cause: error });
    throw error;
  }
}

function setAt(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = root;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    if (typeof next !== 'object' || next === null) at[key] = {};
    at = at[key] as Record<string, unknown>;
  }
  at[path.at(-1)!] = value;
}
