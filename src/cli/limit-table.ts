/** Limits as lines of a table: what is used, of what, drawn as a gauge, and what is left in money. */
import colours from 'picocolors';
import type { LimitSetting } from '../servo/limit-settings.ts';
import type { LimitView } from '../servo/limit-views.ts';
import { limitWords } from '../servo/limit-words.ts';
import { money, percent, table } from './text.ts';

/** In the order in which they are read. */
const LIMIT_LABELS: Record<LimitView['name'], string> = {
  day: 'daily loss',
  week: 'weekly loss',
  month: 'monthly loss',
  drawdown: 'drawdown',
  mandate_daily_loss: 'mandate, daily loss',
  mandate_trailing_drawdown: 'mandate, trailing',
  mandate_max_loss: 'mandate, maximum loss',
  positions: 'open positions',
  daily_trades: 'entries today',
};
const LIMIT_ORDER = Object.keys(LIMIT_LABELS);

export interface Limits {
  readonly limits: readonly LimitView[];
  readonly currency: string;
}

export function limitRows({ limits, currency }: Limits): string[][] {
  const inOrder = [...limits].sort((a, b) => LIMIT_ORDER.indexOf(a.name) - LIMIT_ORDER.indexOf(b.name));
  return inOrder.map(({ name, used, limit, unit, usedRatio, moneyLeft }) => {
    const value = (number: number) =>
      unit === 'money' ? money(number, currency) : unit === 'ratio' ? percent(number) : String(number);
    const left = moneyLeft === null ? '' : money(moneyLeft, currency);
    return [LIMIT_LABELS[name], value(used), value(limit), gauge(usedRatio), `${Math.round(100 * usedRatio)} %`, left];
  });
}

const GAUGE_WIDTH = 10;

/** `▓▓▓░░░░░░░`: a limit that is touched at all shows. */
function gauge(ratio: number): string {
  const filled = Math.min(GAUGE_WIDTH, Math.ceil(GAUGE_WIDTH * ratio));
  const drawn = '▓'.repeat(filled) + '░'.repeat(GAUGE_WIDTH - filled);
  return ratio >= 1 ? colours.red(drawn) : ratio >= 0.75 ? colours.yellow(drawn) : drawn;
}

/** Every limit that may be edited: what holds, what the file says, and who said otherwise. */
export const settingsText = (settings: readonly LimitSetting[]): string =>
  table('lrrl', [
    ['limit', 'holds', 'config.yaml', 'said while it ran'],
    ...settings.map(({ name, value, file, text }) => [name, limitWords(name, value), limitWords(name, file), text]),
  ]);
