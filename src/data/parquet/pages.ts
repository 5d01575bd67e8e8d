import { crc32 } from 'node:zlib';
import { type ColumnMetaData, type DecodedArray, parquetSchema } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { decompressors } from './decompress.ts';
import type { ParquetFile } from './footer.ts';

/** A data page of a flat column as it is stored. */
export interface Page {
  /** Rows. */
  readonly count: number;
  /** The cells that are there, in physical types; with a dictionary their numbers in it. */
  readonly cells: DecodedArray;
  readonly dictionary: DecodedArray | undefined;
  /** 0 for each row whose cell is missing; undefined: none is. */
  readonly levels: ArrayLike<number> | undefined;
}

/**
 * The pages of one column of one row group. What the library makes of them further, a value for each cell, is left out: cells go from
 * here to typed arrays.
 *
 * @throws whatever a damaged page leads to
 */
export function* pagesOf(file: ParquetFile, column: ColumnMetaData, bytes: ArrayBuffer): Generator<Page> {
  const { type, codec, path_in_schema: path } = column;
  const root = parquetSchema(file.metadata);
  const leaf = root.children.find(({ element }) => element.name === path[0])!;
  const { element } = leaf;
  const decoder = { type, element, schemaPath: [root, leaf], codec, compressors: decompressors };
  const reader = { view: new DataView(bytes), offset: 0 };
  let dictionary: DecodedArray | undefined;
  while (reader.offset < bytes.byteLength - 1) {
    const header = parquetHeader(reader);
    const size = header.compressed_page_size;
    const compressed = new Uint8Array(bytes, reader.offset, size);
    reader.offset += size;
    // Not every writer keeps one.
    if (header.crc !== undefined && header.crc >>> 0 !== crc32(compressed))
      throw new RangeError('a page without its checksum');
    const plain = (): Uint8Array => decompressPage(compressed, header.uncompressed_page_size, codec, decompressors);
    if (header.dictionary_page_header) {
      const page = plain();
      const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
      const { num_values: count } = header.dictionary_page_header;
      dictionary = readPlain({ view, offset: 0 }, type, count, element.type_length);
    } else if (header.data_page_header) {
      const { num_values: count, encoding } = header.data_page_header;
      const page = plain();
      const whole = element.repetition_type === 'OPTIONAL' ? behindLevels(page, count) : undefined;
      const { dataPage, definitionLevels } = whole
        ? readDataPage(whole, header.data_page_header, { ...decoder, schemaPath: [root] } as never)
        : readDataPage(page, header.data_page_header, decoder as never);
      yield pageOf(count, dataPage, definitionLevels, encoding, dictionary);
    } else if (header.data_page_header_v2) {
      const { num_rows: count, num_nulls: missing, encoding } = header.data_page_header_v2;
      const page = readDataPageV2(compressed, header, decoder as never);
      yield pageOf(count, page.dataPage, missing === 0 ? undefined : page.definitionLevels, encoding, dictionary);
    } else if (header.type !== 'INDEX_PAGE') throw new RangeError(`a page of the type ${header.type}`);
  }
}

/** What stands behind the levels of a page, if those are one run that says that every cell is there. */
function behindLevels(page: Uint8Array, count: number): Uint8Array | undefined {
  const bytes = new DataView(page.buffer, page.byteOffset, page.byteLength).getUint32(0, true);
  let at = 4;
  let header = 0;
  // A variable-length number, seven bits a byte.
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = page[at++]!;
    header += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  const isRun = header % 2 === 0 && header / 2 >= count;
  return isRun && page[at] === 1 ? page.subarray(4 + bytes) : undefined;
}

function pageOf(
  count: number,
  cells: DecodedArray,
  levels: ArrayLike<number> | undefined,
  encoding: string,
  dictionary: DecodedArray | undefined,
): Page {
  const coded = encoding.endsWith('_DICTIONARY');
  if (coded && !dictionary) throw new RangeError('no dictionary before a page that needs one');
  return {
    ...{ count, cells, dictionary: coded ? dictionary : undefined },
    levels: levels === undefined || levels.length === 0 ? undefined : levels,
  };
}
