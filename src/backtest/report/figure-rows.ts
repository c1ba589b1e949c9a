/** The metric table: each figure's name, unit, definition and what it needs to mean anything. */

import { COST_FIGURES, MARKET_FIGURES, RESULT_FIGURES, RISK_FIGURES } from './account-definitions.ts';
import type { Basis, FigureDefinition, Unit } from './figure-definition.ts';
import { type BacktestFigures, MEANINGFUL_DAYS, MEANINGFUL_TRADES } from './figures.ts';
import * as format from './format.ts';
import { HOLDING_FIGURES, SEQUENCE_FIGURES, TRADE_FIGURES } from './trade-definitions.ts';

export interface FigureRow {
  /** Stable: the key in the JSON report. */
  readonly key: string;
  readonly group: FigureGroup;
  readonly label: string;
  readonly unit: Unit;
  readonly value: number | null;
  /** As people read it, with its unit. */
  readonly text: string;
  readonly definition: string;
  /** Observations that a ratio rests on, and whether they are enough; absent where a figure is a fact. */
  readonly basis?: { readonly n: number; readonly of: Basis; readonly meaningful: boolean };
}

export const FIGURE_GROUPS = ['result', 'risk', 'trades', 'sequence', 'in the trade', 'costs', 'market'] as const;
export type FigureGroup = (typeof FIGURE_GROUPS)[number];

/** Money and ratios that can be a loss show their sign. */
const SIGNED = new Set([
  'change',
  'returned',
  'cagr',
  'netProfit',
  'grossProfit',
  'grossLoss',
  'averageWin',
  'averageLoss',
  'expectancy',
  'bestTrade',
  'worstTrade',
  'bestDay',
  'worstDay',
  'buyAndHold',
  'alpha',
  'changeBeforeCosts',
  'commission',
  'swap',
  'spreadCost',
  'slippageCost',
  'costs',
]);

const DEFINITIONS: Record<FigureGroup, readonly FigureDefinition[]> = {
  result: RESULT_FIGURES,
  risk: RISK_FIGURES,
  trades: TRADE_FIGURES,
  sequence: SEQUENCE_FIGURES,
  'in the trade': HOLDING_FIGURES,
  costs: COST_FIGURES,
  market: MARKET_FIGURES,
};

export const figureRows = (figures: BacktestFigures, currency: string): FigureRow[] =>
  FIGURE_GROUPS.flatMap((group) => DEFINITIONS[group].map((definition) => rowOf(group, definition, figures, currency)));

function rowOf(
  group: FigureGroup,
  definition: FigureDefinition,
  figures: BacktestFigures,
  currency: string,
): FigureRow {
  const [key, label, unit, figure, meaning, of] = definition;
  const value = figure(figures);
  const row = { key, group, label, unit, value, definition: meaning };
  const plain = textOf(key, unit, value, currency) + methodNote(key, figures);
  if (of === undefined) return { ...row, text: plain };
  const n = of === 'days' ? figures.tradingDays : figures.trades;
  const meaningful = figures.meaningful[of];
  const text = meaningful || value === null ? plain : `${plain} (n=${n}, not meaningful)`;
  return { ...row, text, basis: { n, of, meaningful } };
}

/** Under 60 days the tail is the normal distribution's. */
function methodNote(key: string, { tailRisk95 }: BacktestFigures): string {
  return key.includes('alueAtRisk') && tailRisk95?.method === 'normal' ? ', normal' : '';
}

function textOf(key: string, unit: Unit, value: number | null, currency: string): string {
  const signed = SIGNED.has(key);
  const texts: Record<Unit, () => string> = {
    money: () => (signed ? format.signedMoney : format.money)(value, currency),
    ratio: () => (signed ? format.signedPercent : format.percent)(value),
    number: () => format.number(value, key.endsWith('PeriodReturn') ? 4 : 2),
    R: () => format.inR(value),
    ms: () => format.duration(value),
    ticks: () => format.ticks(value),
    count: () => (value === null ? format.DASH : format.count(value)),
    utc_ms: () => format.moment(value),
  };
  return texts[unit]();
}

/** How the yearly figures were scaled, and from when on a ratio counts. */
export const basisNote = ({ daysPerYear, tradingDays }: BacktestFigures): string =>
  `A = ${daysPerYear} trading days a year (${daysPerYear === 365 ? 'weekends have data' : 'no data on weekends'}), ` +
  `${format.counted(tradingDays, 'day')} measured. Ratios of fewer than ${MEANINGFUL_DAYS} days or ${MEANINGFUL_TRADES} trades are marked not meaningful.`;
