/** GitHub takes this many characters in a comment or an issue. */
const BODY_CHARACTERS = 65_536;
const CUT = '\n\n*The rest is left out: GitHub takes no longer text. The whole is in the report.*\n';

/** Invisible first line by which a comment or an issue of ours is found again. */
export function marker(id: string): string {
  // "--" may not stand in an HTML comment, nor ">" after it.
  return `<!-- mlops:${encodeURIComponent(id).replaceAll('-', '%2D')} -->`;
}

/** `markdown` behind its marker, cut at the end of a line when it is too long. */
export function markedBody(id: string, markdown: string): string {
  const body = `${marker(id)}\n${markdown}`;
  if (body.length <= BODY_CHARACTERS) return body;
  const room = BODY_CHARACTERS - CUT.length;
  const end = body.lastIndexOf('\n', room);
  return body.slice(0, end > 0 ? end : room) + CUT;
}

/** Only at the very beginning: a marker that a table cell or a quoting user brings in does not count. */
export function hasMarker(body: string | null | undefined, id: string): boolean {
  return body?.startsWith(marker(id)) ?? false;
}
