/** Text that GitHub shows as it is: no markup, no mention, no link, no HTML. */
export function escapeMarkdown(text: string): string {
  return (
    text
      .replace(/[\\`*_{}[\]()#+!|~$<>]/g, (char) => (char === '<' ? '&lt;' : char === '>' ? '&gt;' : `\\${char}`))
      .replace(/&(?!lt;|gt;)/g, '&amp;')
      // A zero-width space keeps names from becoming mentions and references.
      .replace(/@(?=\w)/g, '@\u200b')
      .replace(/\b(https?):\/\//g, '$1:\u200b//')
      .replace(/\s*\r?\n\s*/g, ' ')
  );
}

/** Text of a table cell in code; a pipe would end the cell. */
export function codeSpan(text: string): string {
  const flat = text.replace(/\s*\r?\n\s*/g, ' ').replaceAll('|', '\\|');
  if (flat === '') return '';
  const longest = Math.max(0, ...[...flat.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = flat.startsWith('`') || flat.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${flat}${pad}${fence}`;
}

/** A block of code whose fence no line of it can end. */
export function codeBlock(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
