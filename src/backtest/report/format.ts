/** Figures as people read them, in the terminal and in the report alike: what is not known is a dash, never a zero. */
import { formatUtc } from '../../domain/calendar.ts';
import { unixMs } from '../../domain/units.ts';

export const DASH = '–';

const minus = (text: string): string => text.replace('-', '−');
/** Without `−0.00`, which says that something was lost. */
const fixed = (value: number, digits: number): string => {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : minus(text);
};

const shown = (value: number | null, words: (known: number) => string): string =>
  value === null || !Number.isFinite(value) ? DASH : words(value);
const plus = (value: number, digits: number, text: string): string =>
  (Number(value.toFixed(digits)) > 0 ? '+' : '') + text;

export const number = (value: number | null, digits = 2): string => shown(value, (known) => fixed(known, digits));
export const signedNumber = (value: number | null, digits = 2): string =>
  shown(value, (known) => plus(known, digits, fixed(known, digits)));
export const money = (value: number | null, currency: string): string =>
  shown(value, (known) => `${fixed(known, 2)} ${currency}`);
export const signedMoney = (value: number | null, currency: string): string =>
  shown(value, (known) => `${signedNumber(known)} ${currency}`);
export const percent = (ratio: number | null, digits = 2): string =>
  shown(ratio, (known) => `${fixed(100 * known, digits)} %`);
export const signedPercent = (ratio: number | null, digits = 2): string =>
  shown(ratio, (known) => plus(100 * known, digits, `${fixed(100 * known, digits)} %`));
export const inR = (value: number | null): string => shown(value, (known) => `${signedNumber(known)} R`);
export const ticks = (value: number | null): string => shown(value, (known) => `${fixed(known, 1)} ticks`);

/** `75,520`. */
export const count = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');

/** `1 trade`, `2 trades`. */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

export const date = (at: number | null): string => shown(at, (known) => formatUtc(unixMs(known)).slice(0, 10));
export const moment = (at: number | null): string => shown(at, (known) => `${formatUtc(unixMs(known))} UTC`);

/** `12 d 4 h`, `3 h 05 min`, `25 min`, `40 s`. */
export const duration = (ms: number | null): string => shown(ms, (known) => elapsed(Math.round(known / 1_000)));

function elapsed(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes === 0) return `${seconds} s`;
  if (hours === 0) return `${minutes} min`;
  if (hours < 24) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `stop_loss` as `stop loss`. */
export const words = (name: string): string => name.replaceAll('_', ' ');
