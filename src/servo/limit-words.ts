/** Limits that may be edited, in words: their values, their bounds, and who set them. */
import { formatUtc } from '../domain/calendar.ts';
import { EDITABLE, type LimitName, type LimitUnit, type LimitValue } from '../domain/limits/editable.ts';
import type { LimitWord } from '../domain/limits/edits.ts';
import type { LossWindowName } from '../domain/policy.ts';

const percent = (value: number): string => `${Number((100 * value).toPrecision(6))} %`;

const VALUE_WORDS: Record<LimitUnit, (value: number) => string> = {
  fraction: percent,
  count: String,
  multiple: (value) => `${value} × equity`,
  level: percent,
  probability: String,
  r: (value) => `${value} R`,
};

export const limitWords = (name: LimitName, value: LimitValue): string =>
  value === null ? 'no limit' : VALUE_WORDS[EDITABLE[name].unit](value);

const KIND_WORDS: Record<LimitUnit, string> = {
  fraction: 'a fraction of equity',
  count: 'a whole number',
  multiple: 'a multiple of equity',
  level: 'equity ÷ margin',
  probability: 'a probability',
  r: 'a multiple of the risk (R)',
};

/** `a fraction of equity above 0 and below 1, such as 0.02 for 2 %` */
export function boundsWords(name: LimitName): string {
  const { unit, bounds, optional } = EDITABLE[name];
  const range = bounds.open ? `above ${bounds.min} and below ${bounds.max}` : `from ${bounds.min} to ${bounds.max}`;
  const example = unit === 'fraction' ? ', such as 0.02 for 2 %' : unit === 'level' ? ', such as 2 for 200 %' : '';
  return `${KIND_WORDS[unit]} ${range}${example}${optional ? ', or none' : ''}`;
}

export const WINDOW_BEGINS: Record<LossWindowName, string> = {
  day: 'when the next trading day begins',
  week: 'when the next trading week begins',
  month: 'when the next trading month begins',
};

/** `anna, 2026-01-05 10:35: news` */
export const authorWords = ({ by, at, reason }: Omit<LimitWord, 'value' | 'holds'>): string =>
  `${by}, ${formatUtc(at)}: ${reason}`;
