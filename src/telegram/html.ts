/** Telegram's HTML: text made safe for it, tables that fit a phone, and messages no longer than Telegram takes. */

const MESSAGE_LENGTH_MAX = 4096;
const COLUMNS = 34;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

export const escapeHtml = (text: string): string => text.replace(/[&<>]/g, (character) => ENTITIES[character] ?? '');

export const bold = (text: string): string => `<b>${escapeHtml(text)}</b>`;
export const italic = (text: string): string => `<i>${escapeHtml(text)}</i>`;
export const code = (text: string): string => `<code>${escapeHtml(text)}</code>`;

/** What a person typed or a broker said, on one line: no control or invisible characters, and no more than `max` characters. */
export function oneLine(text: string, max: number): string {
  const characters = [...text.replace(/[\p{C}\s]+/gu, ' ').trim()];
  return characters.length <= max ? characters.join('') : `${characters.slice(0, max - 1).join('')}…`;
}

export type Row = readonly [label: string, value: string];

/** Labels left, values right; a value that has no room beside its label stands under it. */
export const table = (rows: readonly Row[]): string => `<pre>${escapeHtml(rows.map(rowLines).join('\n'))}</pre>`;

function rowLines([label, value]: Row): string {
  const fits = label.length + 1 + value.length <= COLUMNS;
  return fits ? label + value.padStart(COLUMNS - label.length) : `${label}\n${value.padStart(COLUMNS)}`;
}

/** As Telegram counts: what is read, in UTF-16 units, without tags. */
export const readLength = (html: string): number => html.replace(/<[^>]*>/g, '').replace(/&\w+;/g, ' ').length;

/** Joins blocks into as few messages as Telegram's limit allows. A block is never cut, so that its tags stay whole. */
export function messagesOf(blocks: readonly string[]): string[] {
  const messages: string[] = [];
  let current: string | undefined;
  for (const block of blocks) {
    const joined: string = current === undefined ? block : `${current}\n${block}`;
    if (current !== undefined && readLength(joined) > MESSAGE_LENGTH_MAX) {
      messages.push(current);
      current = block;
    } else current = joined;
  }
  return current === undefined ? messages : [...messages, current];
}
