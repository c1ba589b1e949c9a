/** Tables of a report: real ones, with a caption, column heads and row heads, that scroll by themselves when they are too wide. */
import type { Tone } from './chart.ts';
import { type Html, html, NOTHING } from './html.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Text is escaped; a cell of its own making is taken as it is. */
export type Cell = string | Html;

export interface Table {
  readonly caption: string;
  readonly columns: readonly Column[];
  /** The first cell of a row is its head; a row of one cell alone heads the rows after it. */
  readonly rows: readonly (readonly Cell[])[];
}

export function tableOf({ caption, columns, rows }: Table): Html {
  const heads = columns.map(({ title, align }) => html`<th scope="col"${side(align)}>${title}</th>`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${heads}</tr></thead>
<tbody>${rows.map((row) => rowOf(row, columns))}</tbody></table></div>
`;
}

function rowOf(row: readonly Cell[], columns: readonly Column[]): Html {
  const [head = '', ...others] = row;
  if (others.length === 0)
    return html`<tr><td class="group" colspan="${columns.length}">${head}</td></tr>
`;
  const cells = others.map((cell, i) => html`<td${side(columns[i + 1]?.align)}>${cell}</td>`);
  return html`<tr><th scope="row"${side(columns[0]?.align)}>${head}</th>${cells}</tr>
`;
}

const side = (align: Column['align']): Html => ({ html: align === 'right' ? ' class="r"' : '' });

/** Coloured by its sign, with an arrow for those who do not see colours. */
export const gain = (value: number, text: string): Html =>
  value === 0 ? html`${text}` : html`<span class="${value > 0 ? 'up' : 'down'}">${arrow(value)}${text}</span>`;

/** Up or down by the sign; nothing for neither. */
export const arrow = (value: number): Html =>
  value === 0 ? NOTHING : html`<span class="${value > 0 ? 'up' : 'down'}">${value > 0 ? '▲' : '▼'} </span>`;

/** A bar of `value ÷ largest` for a table cell; beside a number that says the same. */
export function meter(value: number, largest: number, tone: Tone = 'accent'): Html {
  const share = largest > 0 ? Math.min(1, Math.abs(value) / largest) : 0;
  const width = (90 * share).toFixed(1);
  return html`<svg class="meter" viewBox="0 0 90 10" aria-hidden="true"><rect class="f-${tone}" width="${width}" height="10"/></svg>`;
}
