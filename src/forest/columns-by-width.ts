/** Columns of bins, those of one and of two bytes apart, so that code that reads them meets one kind of array. */
export interface ColumnsByWidth {
  readonly narrow: readonly Uint8Array[];
  readonly wide: readonly (Uint16Array | undefined)[];
}

export function splitByWidth(columns: readonly (Uint8Array | Uint16Array)[]): ColumnsByWidth {
  return {
    narrow: columns.map((bins) => (bins instanceof Uint8Array ? bins : new Uint8Array(0))),
    wide: columns.map((bins) => (bins instanceof Uint16Array ? bins : undefined)),
  };
}
