/** What a reader must know before believing a figure: the gravest first, none of it optional. */
import { type Money, moneyToUnits } from '../../domain/units.ts';
import { REASON_WORDS } from '../../servo/words.ts';
import type { BacktestResult } from '../result.ts';
import type { Breakdown } from './breakdown.ts';
import { type BacktestFigures, MEANINGFUL_DAYS } from './figures.ts';
import { count, counted, date, percent, signedMoney } from './format.ts';

export type WarningKind =
  | 'in_sample'
  | 'simulated_model'
  | 'training_unknown'
  | 'halted'
  | 'no_trades'
  | 'zero_costs'
  | 'few_trades'
  | 'few_days'
  | 'one_trade'
  | 'costs_decide'
  | 'ambiguous_bars'
  | 'fill_rule_decides'
  | 'detail_incomplete'
  | 'optimistic_fills'
  | 'open_positions';

export interface Warning {
  readonly kind: WarningKind;
  /** `loud` makes the result worthless as evidence. */
  readonly severity: 'loud' | 'warning' | 'note';
  readonly text: string;
}

/** Net profits of the same test with every ambiguous bar decided for and against the position. */
export interface FillBand {
  readonly optimistic: Money;
  readonly pessimistic: Money;
}

interface Findings {
  readonly result: BacktestResult;
  readonly figures: BacktestFigures;
  readonly breakdown: Breakdown;
  readonly band: FillBand | undefined;
}

/** Below this many trades a warning stands over the whole report, not only at the ratios. */
const TRADES_ENOUGH = 30;

const SEVERITIES = ['loud', 'warning', 'note'] as const satisfies readonly Warning['severity'][];

export function warningsOf(findings: Findings): Warning[] {
  const found = [
    ...inSample(findings),
    ...simulatedModels(findings),
    ...halted(findings),
    ...noTrades(findings),
    ...zeroCosts(findings),
    ...fewObservations(findings),
    ...oneTrade(findings),
    ...costsDecide(findings),
    ...incompleteDetail(findings),
    ...ambiguousBars(findings),
    ...openPositions(findings),
  ];
  return found.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

function inSample({ result: { assumptions } }: Findings): Warning[] {
  const { from, to } = assumptions;
  return assumptions.models.flatMap(({ name, training }) => {
    if (training === null) {
      const text = `Nobody knows on what model ${name} was trained: if on this time, the figures prove nothing.`;
      return [warning('training_unknown', text)];
    }
    const overlap = Math.min(to, training.to) - Math.max(from, training.from);
    if (overlap <= 0) return [];
    const share = Math.min(1, overlap / Math.max(1, to - from));
    const text =
      `IN SAMPLE: model ${name} was trained on ${date(training.from)} to ${date(training.to)}, which is ${percent(share, 0)} of the tested time. ` +
      `It has seen these answers: the figures prove nothing. Test it on data after ${date(training.to)}.`;
    return [{ kind: 'in_sample', severity: 'loud', text }];
  });
}

const simulatedModels = ({ result: { assumptions } }: Findings): Warning[] =>
  assumptions.models
    .filter(({ training }) => training?.simulated)
    .map(({ name }) => ({
      kind: 'simulated_model',
      severity: 'loud',
      text: `Model ${name} was trained on SIMULATED prices: it knows nothing of this market, and what it earned or lost here is chance.`,
    }));

/** Figures of a year of which ten months were spent halted look like those of a year. */
function halted({ result: { assumptions, haltedAt } }: Findings): Warning[] {
  if (haltedAt === undefined) return [];
  const { from, to, drawdownLimit } = assumptions;
  const share = (to - haltedAt) / Math.max(1, to - from);
  const text =
    `HALTED on ${date(haltedAt)}: equity was ${percent(drawdownLimit, 0)} under its peak, and nothing was traded in the last ${percent(share, 0)} of the tested time. ` +
    'The limit is trading.risk_management.max_drawdown.';
  return [warning('halted', text)];
}

function noTrades({ result, breakdown: { decisions } }: Findings): Warning[] {
  if (result.trades.length > 0) return [];
  const [most] = decisions.refused;
  const refused = decisions.refused.reduce((sum, reason) => sum + reason.count, 0);
  const why =
    decisions.approved > 0
      ? `${counted(decisions.approved, 'decision')} approved, no trade closed.`
      : most !== undefined
        ? `${count(refused)} signals were refused, most often for: ${REASON_WORDS[most.reason]} (${counted(most.count, 'time')}).`
        : decisions.bars === 0
          ? 'No bar was decided: the data is shorter than the warm-up of the features.'
          : `All ${counted(decisions.bars, 'bar')} had a flat signal: no side was worth its cost.`;
  return [{ kind: 'no_trades', severity: 'warning', text: `No trade was closed. ${why}` }];
}

function zeroCosts({ result: { assumptions, costs, trades } }: Findings): Warning[] {
  if (trades.length === 0) return [];
  const free = [
    ...(costs.spread === 0 ? ['spread'] : []),
    ...(assumptions.commissionPerLot === 0 ? ['commission'] : []),
    ...(costs.slippage === 0 ? ['slippage'] : []),
  ];
  if (free.length === 0) return [];
  const text = `Zero ${free.join(', ')}: no broker trades for nothing. Set what yours takes before comparing anything.`;
  return [{ kind: 'zero_costs', severity: 'warning', text }];
}

function fewObservations({ figures: { trades, calendarDays, tradingDays } }: Findings): Warning[] {
  return [
    ...(trades > 0 && trades < TRADES_ENOUGH
      ? [warning('few_trades', `${counted(trades, 'trade')}: fewer than ${TRADES_ENOUGH} tell luck from skill badly.`)]
      : []),
    ...(tradingDays < MEANINGFUL_DAYS
      ? [
          warning(
            'few_days',
            `${counted(tradingDays, 'trading day')} in ${counted(Math.ceil(calendarDays), 'day')}: fewer than ${MEANINGFUL_DAYS} show one kind of market at most.`,
          ),
        ]
      : []),
  ];
}

function oneTrade({ figures, result }: Findings): Warning[] {
  const { netProfit, bestTrade } = figures;
  if (bestTrade === null || !(netProfit > 0) || bestTrade <= netProfit / 2) return [];
  const best = `${signedMoney(bestTrade, result.assumptions.currency)}, ${percent(bestTrade / netProfit, 0)} of the profit`;
  return [warning('one_trade', `One trade is most of the profit: ${best}. Without it, the rest must stand alone.`)];
}

function costsDecide({ figures, result }: Findings): Warning[] {
  const { change, changeBeforeCosts, costs } = figures;
  if (change > 0 || changeBeforeCosts <= 0) return [];
  const { currency } = result.assumptions;
  const text = `Costs decide: ${signedMoney(changeBeforeCosts, currency)} before them, ${signedMoney(costs, currency)} of costs.`;
  return [{ kind: 'costs_decide', severity: 'note', text }];
}

const DETAIL_ENOUGH = 0.99;

function incompleteDetail({ result: { assumptions } }: Findings): Warning[] {
  const { detail, from, to } = assumptions;
  if (detail === undefined) return [];
  const share = Math.max(0, Math.min(detail.to, to) - Math.max(detail.from, from)) / Math.max(1, to - from);
  if (share >= DETAIL_ENOUGH) return [];
  const text = `The ${detail.of} (${date(detail.from)} to ${date(detail.to)}) cover ${percent(share, 0)} of the tested time; elsewhere the pessimistic rule decided.`;
  return [warning('detail_incomplete', text)];
}

function ambiguousBars({ result, band, figures }: Findings): Warning[] {
  const { ambiguousBars: bars, trades, assumptions } = result;
  const { fillRule, currency } = assumptions;
  const found: Warning[] = [];
  if (fillRule === 'optimistic') {
    found.push(
      warning('optimistic_fills', 'Optimistic fills: where a bar held both stop and target, the target came first.'),
    );
  }
  if (bars > 0) {
    const share = trades.length === 0 ? '' : `, ${percent(bars / trades.length, 1)} of the trades`;
    const text = `${counted(bars, 'bar')} held both stop and target${share}; the ${fillRule} rule decided. Finer candles (--detail) would know.`;
    found.push({ kind: 'ambiguous_bars', severity: 'note', text });
  }
  if (band === undefined || band.optimistic === band.pessimistic) return found;
  const [low, high] = [moneyToUnits(band.pessimistic), moneyToUnits(band.optimistic)];
  const width = `${signedMoney(low, currency)} and ${signedMoney(high, currency)}`;
  const grave = Math.sign(low) !== Math.sign(high) || high - low > Math.abs(figures.netProfit);
  found.push({
    kind: 'fill_rule_decides',
    severity: grave ? 'warning' : 'note',
    text: `Net profit lies between ${width}, by who is believed on bars with stop and target${grave ? ': the fill rule decides more than the strategy' : ''}.`,
  });
  return found;
}

function openPositions({
  result: { openPositions: open, finalEquity, finalBalance, assumptions },
}: Findings): Warning[] {
  if (open === 0) return [];
  const floating = signedMoney((finalEquity - finalBalance) / 1_000_000, assumptions.currency);
  const text = `${counted(open, 'position')} still open at the end, ${floating} at the last close: in the equity, not in the trades.`;
  return [{ kind: 'open_positions', severity: 'note', text }];
}

const warning = (kind: WarningKind, text: string): Warning => ({ kind, severity: 'warning', text });
