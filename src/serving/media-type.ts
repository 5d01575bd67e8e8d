import { unsupportedMedia } from './scoring-error.ts';

export type MediaType = 'application/json' | 'text/csv';

/**
 * The media type of a Content-Type header.
 *
 * @param allowed those that the path takes
 * @throws ScoringError 415 when there is none, another one, or another charset than UTF-8
 */
export function mediaTypeOf(header: string | undefined, allowed: readonly MediaType[]): MediaType {
  const [type = '', ...parameters] = (header ?? '').split(';').map((part) => part.trim());
  const found = allowed.find((name) => name === type.toLowerCase());
  if (!found) {
    const given = header === undefined ? 'no Content-Type' : `"${header.slice(0, 100)}"`;
    throw unsupportedMedia(`This predictor takes ${allowed.join(' and ')}. Got ${given}`);
  }
  for (const parameter of parameters.filter((text) => text !== '')) {
    const [name = '', value = ''] = parameter.split('=').map((part) => part.trim());
    if (name.toLowerCase() !== 'charset') {
      throw unsupportedMedia(`Unrecognized content type parameters: ${name.slice(0, 100)}`);
    }
    if (!/^"?utf-?8"?$/i.test(value)) throw unsupportedMedia('The scoring server only supports UTF-8');
  }
  return found;
}
