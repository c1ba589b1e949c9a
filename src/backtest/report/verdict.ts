/** The first line of every report: what came out, and what it is worth. */
import type { BacktestFigures } from './figures.ts';
import { counted, percent, signedMoney, signedPercent } from './format.ts';
import type { Warning } from './warnings.ts';

export interface Verdict {
  readonly kind:
    | 'no_trades'
    | 'worse_than_nothing'
    | 'proves_nothing'
    | 'too_few'
    | 'luck_not_excluded'
    | 'less_than_holding'
    | 'better_than_both';
  readonly text: string;
}

/** The chance that the true Sharpe ratio is above 0 from which a profit is more than luck. */
const LUCK_EXCLUDED = 0.95;

export function verdictOf(figures: BacktestFigures, warnings: readonly Warning[], currency: string): Verdict {
  const { change, returned, calendarDays, trades } = figures;
  const kind = kindOf(figures, warnings);
  const outcome = `${signedMoney(change, currency)} (${signedPercent(returned, 1)})`;
  const scope = `${counted(Math.round(calendarDays), 'day')}, ${counted(trades, 'trade')}`;
  return { kind, text: `${outcome} in ${scope}: ${judgement(kind, figures)}` };
}

function kindOf(figures: BacktestFigures, warnings: readonly Warning[]): Verdict['kind'] {
  const { change, trades, meaningful, probabilisticSharpe, returned, buyAndHold } = figures;
  if (trades === 0) return 'no_trades';
  if (!(change > 0)) return 'worse_than_nothing';
  if (warnings.some(({ severity }) => severity === 'loud')) return 'proves_nothing';
  if (!meaningful.days || !meaningful.trades) return 'too_few';
  if (probabilisticSharpe === null || !(probabilisticSharpe >= LUCK_EXCLUDED)) return 'luck_not_excluded';
  return buyAndHold !== null && returned <= buyAndHold ? 'less_than_holding' : 'better_than_both';
}

function judgement(
  kind: Verdict['kind'],
  { change, probabilisticSharpe, buyAndHold, tradingDays }: BacktestFigures,
): string {
  const held = buyAndHold === null ? '' : ` (${signedPercent(buyAndHold, 1)})`;
  const texts: Record<Verdict['kind'], string> = {
    no_trades: 'nothing was traded',
    worse_than_nothing: change === 0 ? 'no better than doing nothing' : 'worse than doing nothing',
    proves_nothing: 'a profit that proves nothing, see the first warning',
    too_few: `too little to tell from luck (${counted(tradingDays, 'trading day')})`,
    luck_not_excluded: `better than doing nothing, but luck is not excluded (chance that Sharpe > 0: ${percent(probabilisticSharpe, 0)})`,
    less_than_holding: `better than doing nothing, but not than holding${held}`,
    better_than_both: `better than doing nothing and than holding${held}`,
  };
  return texts[kind];
}
