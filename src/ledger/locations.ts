import { MlopsError } from '../errors/mlops-error.ts';
import { artifactPath } from '../tracking/artifacts/artifact-path.ts';

/** How the ledger writes the place of artifacts that it keeps itself, whatever folder they are in on a machine. */
const PORTABLE = 'mlops-ledger:/';

/** Turns places of artifacts below one folder of this machine into those of the ledger and back. */
export class Locations {
  /** The folder; new experiments keep their artifacts there. */
  readonly root: string;

  constructor(root: string) {
    this.root = root.replace(/[\\/]+$/, '');
  }

  /** The path below the root, or undefined for a place that the ledger does not keep. */
  relative(location: string): string | undefined {
    if (location === this.root) return '';
    return location.startsWith(`${this.root}/`) ? artifactPath(location.slice(this.root.length + 1)) : undefined;
  }

  /** @throws ARTIFACT_LOCATION_UNSUPPORTED for a folder that only this machine has */
  toPortable(location: string): string {
    const relative = this.relative(location);
    if (relative !== undefined) return PORTABLE + relative;
    if (location === '' || isRemote(location)) return location;
    throw new MlopsError(
      'ARTIFACT_LOCATION_UNSUPPORTED',
      `"${location}" is a folder of this machine: the ledger keeps its own artifacts and points to those at URIs such as s3://`,
    );
  }

  toLocal(location: string): string {
    if (!location.startsWith(PORTABLE)) return location;
    const relative = artifactPath(location.slice(PORTABLE.length));
    return relative === '' ? this.root : `${this.root}/${relative}`;
  }
}

/** Whether a place read from the branch means the same on every machine and stays inside the ledger's folder. */
export function isPortable(location: string): boolean {
  if (!location.startsWith(PORTABLE)) return location === '' || isRemote(location);
  const relative = location.slice(PORTABLE.length);
  return isArtifactPath(relative) || relative === '';
}

/** Whether a path read from the branch is in its normal form below the artifacts. */
export function isArtifactPath(path: string): boolean {
  try {
    return path !== '' && artifactPath(path) === path;
  } catch {
    // Not below the artifacts: the caller says which line of which file it is.
    return false;
  }
}

/** Whether a place is the same on every machine, and not one of the ledger's own. */
export function isRemote(location: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]+:\/\//.test(location) && !/^file:/i.test(location);
}
