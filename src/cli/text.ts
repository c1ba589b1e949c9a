/** Tables and figures as the terminal shows them: what is not known is a dash, never a zero. */
import Table from 'cli-table3';
import { signed } from '../servo/words.ts';

const PARTS = ['top', 'bottom', 'left', 'right', 'mid', 'middle'] as const;
const CORNERS = ['top-mid', 'top-left', 'top-right', 'bottom-mid', 'bottom-left', 'bottom-right'] as const;
const CROSSINGS = ['left-mid', 'mid-mid', 'right-mid'] as const;
const NO_LINES = Object.fromEntries([...PARTS, ...CORNERS, ...CROSSINGS].map((part) => [part, '']));

/** Indented columns without lines; `alignments` has one letter for each, `l` or `r`. */
export function table(alignments: string, rows: readonly (readonly string[])[]): string {
  const drawn = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 2, 'padding-right': 0 },
    colAligns: [...alignments].map((letter) => (letter === 'r' ? 'right' : 'left')),
  });
  for (const row of rows) drawn.push([...row]);
  return drawn.toString().replaceAll(/ +$/gm, '');
}

const DASH = '–';
const shown = (value: number | null, words: (value: number) => string): string =>
  value === null ? DASH : words(value);

export const orDash = (value: string | null): string => value ?? DASH;
/** With the minus sign that amounts have. */
const fixed = (value: number): string => value.toFixed(2).replace('-', '−');
export const percent = (ratio: number | null): string => shown(ratio, (value) => `${fixed(100 * value)} %`);
export const figure = (value: number | null): string => shown(value, fixed);
export const inR = (value: number | null): string => shown(value, (known) => `${signed(known)} R`);
export const money = (amount: number, currency: string): string => `${amount.toFixed(2)} ${currency}`;
export const profit = (amount: number | null, currency: string): string =>
  shown(amount, (known) => `${signed(known)} ${currency}`);
export const price = (value: number | null, digits: number): string => shown(value, (known) => known.toFixed(digits));
/** `1 trade`, `2 trades`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `2026-01-13 08:35`; whoever shows it says that it is UTC. */
export const minute = (iso: string | null): string => (iso === null ? DASH : iso.slice(0, 16).replace('T', ' '));
export const second = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')} UTC`;

/** `1 h 05 min`, `4 min 10 s`, `7 s`. */
export function elapsed(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3_600)} h ${two(Math.floor((seconds % 3_600) / 60))} min`;
}
