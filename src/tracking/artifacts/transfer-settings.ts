import { MlopsError } from '../../errors/mlops-error.ts';

const MIB = 2 ** 20;
/** Of object stores: parts of one file at most, and the size of all but its last at least. */
const MOST_PARTS = 10_000;
const LEAST_PART_BYTES = 5 * MIB;

/** When files go past the MLflow server, straight between this machine and the object store behind it; sizes in bytes. */
export interface TransferSettings {
  readonly upload: boolean;
  readonly download: boolean;
  readonly uploadFrom: number;
  readonly downloadFrom: number;
  readonly uploadPart: number;
  readonly downloadPart: number;
}

/**
 * Reads MLflow's own variables: MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD and …_DOWNLOAD (here on by default, as what cannot be done so goes
 * through the server), and MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE, …_CHUNK_SIZE, and the same of DOWNLOAD.
 *
 * @throws INPUT_INVALID with all that is wrong
 */
export function transferSettings(environment: Readonly<Record<string, string | undefined>>): TransferSettings {
  const faults: string[] = [];
  const given = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const bytes = (name: string, otherwise: number): number => {
    const text = given(name) ?? String(otherwise);
    if (/^\d{1,15}$/.test(text)) return Number(text);
    faults.push(`the environment variable ${name} is "${text}", expected a number of bytes`);
    return otherwise;
  };
  const on = (name: string): boolean => {
    const text = given(name)?.toLowerCase() ?? 'true';
    if (!['true', '1', 'false', '0'].includes(text))
      faults.push(`the environment variable ${name} is "${text}", expected true or false`);
    return text === 'true' || text === '1';
  };
  const settings = {
    upload: on('MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD'),
    download: on('MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD'),
    uploadFrom: bytes('MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE', 100 * MIB),
    downloadFrom: bytes('MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE', 100 * MIB),
    uploadPart: Math.max(LEAST_PART_BYTES, bytes('MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE', 10 * MIB)),
    downloadPart: Math.max(1, bytes('MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE', 16 * MIB)),
  };
  if (faults.length > 0) throw new MlopsError('INPUT_INVALID', faults);
  return settings;
}

/** Parts of a file of that size, each but the last of `partBytes`, or of more where there would be too many. */
export function partsOf(size: number, partBytes: number): { start: number; end: number }[] {
  const bytes = Math.max(partBytes, Math.ceil(size / MOST_PARTS));
  return Array.from({ length: Math.ceil(size / bytes) }, (_, i) => ({
    start: i * bytes,
    end: Math.min(size, (i + 1) * bytes),
  }));
}
