/** A heat map as a real table of numbers: colour by sign, shade by size. */
import { type Html, html } from './html.ts';

export interface HeatCell {
  /** Decides colour and shade; null leaves the cell empty. */
  readonly value: number | null;
  readonly text: string;
  /** Said under the number, such as how many it rests on. */
  readonly note?: string;
}

export interface HeatMap {
  readonly caption: string;
  /** Over the row heads. */
  readonly corner: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly head: string; readonly cells: readonly HeatCell[] }[];
}

/** As many as the style sheet knows; the darkest still leaves the number readable. */
const SHADES = 5;

export function heatMap({ caption, corner, columns, rows }: HeatMap): Html {
  const values = rows.flatMap(({ cells }) => cells.map(({ value }) => Math.abs(value ?? 0)));
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  const heads = columns.map((title) => html`<th scope="col">${title}</th>`);
  const lines = rows.map(
    ({ head, cells }) => html`<tr><th scope="row">${head}</th>${cells.map((cell) => cellOf(cell, largest))}</tr>
`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="heat"><caption>${caption}</caption><thead><tr><th scope="col">${corner}</th>${heads}</tr></thead>
<tbody>${lines}</tbody></table></div>
`;
}

function cellOf({ value, text, note = '' }: HeatCell, largest: number): Html {
  if (value === null) return html`<td></td>`;
  const shade = largest > 0 ? Math.ceil((SHADES * Math.abs(value)) / largest) : 0;
  const shaded = shade === 0 ? '' : `${value > 0 ? 'up' : 'down'}${shade}`;
  return html`<td class="${shaded}">${text}${note === '' ? html`` : html`<small>${note}</small>`}</td>`;
}
