/** The backtest as JSON with stable keys: figures with their units, tables, every trade, and what they rest on. */
import { moneyToUnits } from '../../domain/units.ts';
import type { BacktestTrade, SymbolRecord } from '../result.ts';
import type { FigureRow } from './figure-rows.ts';
import type { BacktestReport } from './report.ts';

const SCHEMA = 1;

/** Money is in units of `assumptions.currency`, shares are fractions (0.02 is 2 %), moments are ISO 8601, durations milliseconds. */
export function jsonReport(report: BacktestReport): Record<string, unknown> {
  const { result, figures, rows, verdict, warnings, breakdown, calibration, monteCarlo, band } = report;
  const { assumptions } = result;
  return {
    schema: SCHEMA,
    verdict,
    warnings,
    assumptions: {
      ...assumptions,
      models: assumptions.models.map(({ training, ...model }) => ({
        ...model,
        training: training === null ? null : { ...training, from: iso(training.from), to: iso(training.to) },
      })),
      from: iso(assumptions.from),
      to: iso(assumptions.to),
      balance: moneyToUnits(assumptions.balance),
      commissionPerLot: moneyToUnits(assumptions.commissionPerLot),
    },
    stateHash: result.stateHash,
    bars: result.bars,
    openPositions: result.openPositions,
    ambiguousBars: result.ambiguousBars,
    band:
      band === null ? null : { optimistic: moneyToUnits(band.optimistic), pessimistic: moneyToUnits(band.pessimistic) },
    scope: {
      calendarDays: figures.calendarDays,
      tradingDays: figures.tradingDays,
      daysPerYear: figures.daysPerYear,
      valueAtRiskMethod: figures.tailRisk95?.method ?? null,
    },
    units: unitsOf(assumptions.currency),
    figures: Object.fromEntries(rows.map((row) => [row.key, figureOf(row)])),
    buyAndHold: result.buyAndHold.map(({ symbol, returned }) => ({ symbol, returned })),
    breakdown,
    calibration,
    monteCarlo,
    days: result.days.map(({ at, equity, lowest }) => ({
      at: iso(at),
      equity: moneyToUnits(equity),
      lowest: moneyToUnits(lowest),
    })),
    trades: tradesOf(result.trades, result.records),
  };
}

/** What the `unit` of a figure stands for. */
const unitsOf = (currency: string): Record<string, string> => ({
  money: currency,
  ratio: 'fraction, 0.02 is 2 %',
  number: 'plain number',
  R: 'multiples of the money at risk when the position opened',
  ms: 'milliseconds',
  ticks: 'smallest price changes',
  count: 'count',
  iso: 'ISO 8601, UTC',
});

/** A ratio carries the number it rests on, and whether that is enough. */
function figureOf({ value, unit, label, definition, basis }: FigureRow) {
  const moment = unit === 'utc_ms';
  return {
    value: moment && value !== null ? iso(value) : value,
    unit: moment ? 'iso' : unit,
    ...basis,
    label,
    definition,
  };
}

const iso = (at: number): string => new Date(at).toISOString();

function tradesOf(trades: readonly BacktestTrade[], records: readonly SymbolRecord[]) {
  const bySymbol = new Map(records.map((record) => [record.symbol, record]));
  return trades.map((trade) => tradeOf(trade, bySymbol.get(trade.symbol)));
}

function tradeOf(trade: BacktestTrade, record: SymbolRecord | undefined) {
  const price = (ticks: number) => (record === undefined ? null : ticks / record.ticksPerUnit);
  return {
    positionId: trade.positionId,
    decisionId: trade.decisionId,
    symbol: trade.symbol,
    side: trade.side,
    lots: record === undefined ? null : trade.quantity * record.lotsPerStep,
    entryPrice: price(trade.entryPrice),
    exitPrice: price(trade.exitPrice),
    openedAt: iso(trade.openedAt),
    closedAt: iso(trade.closedAt),
    exitReason: trade.exitReason,
    regime: trade.regime,
    confidence: trade.confidence,
    expectedValueR: trade.expectedValueR,
    profit: moneyToUnits(trade.profit),
    rMultiple: trade.initialRisk > 0 ? trade.profit / trade.initialRisk : null,
    commission: moneyToUnits(trade.commission),
    swap: moneyToUnits(trade.swap),
    initialRisk: moneyToUnits(trade.initialRisk),
    adverseExcursion: moneyToUnits(trade.adverseExcursion),
    favourableExcursion: moneyToUnits(trade.favourableExcursion),
    slippageTicks: trade.slippageTicks,
    spreadTicks: trade.spreadTicks,
    stopTicks: trade.stopTicks,
  };
}
