import type { ErrorCode } from './codes.ts';
import { MlopsError } from './mlops-error.ts';

/** What is wrong with a setting, and its keys from the root of mlops.yaml. */
export interface SettingFault {
  readonly path: readonly (string | number)[];
  readonly problem: string;
}

/** Faults of settings that show only on the data; whoever has read mlops.yaml can add where they stand. */
export class SettingsError extends MlopsError {
  readonly settings: readonly SettingFault[];

  constructor(code: ErrorCode, settings: readonly SettingFault[], options?: { cause?: unknown }) {
    super(
      code,
      settings.map((fault) => inWords(fault)),
      options,
    );
    this.settings = settings;
  }

  /** @param place where a key stands, e.g. `mlops.yaml:3:5` */
  placed(place: (path: SettingFault['path']) => string): MlopsError {
    const faults = this.settings.map((fault) => `${place(fault.path)}: ${inWords(fault)}`);
    return new MlopsError(this.code, faults, { cause: this });
  }
}

function inWords({ path, problem }: SettingFault): string {
  return `"${path.join('.')}" ${problem}`;
}
