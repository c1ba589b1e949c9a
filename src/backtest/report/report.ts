/** A backtest as it is reported: every figure, table, warning and the verdict, for terminal, JSON and HTML alike. */
import type { BacktestResult } from '../result.ts';
import { type Breakdown, breakdownOf } from './breakdown.ts';
import { type Calibration, calibrationOf } from './calibration.ts';
import { type FigureRow, figureRows } from './figure-rows.ts';
import { type BacktestFigures, figuresOf } from './figures.ts';
import { type MonteCarlo, monteCarlo } from './monte-carlo.ts';
import { type Verdict, verdictOf } from './verdict.ts';
import { type FillBand, type Warning, warningsOf } from './warnings.ts';

export interface ReportOptions {
  /** The same test under both fill rules, where somebody has run them. */
  readonly band?: FillBand;
  /** Bars after which a prediction is held against the price; best the horizon of the model's labels. */
  readonly horizonBars?: number;
  /** Of the Monte Carlo. */
  readonly runs?: number;
}

export interface BacktestReport {
  readonly result: BacktestResult;
  readonly figures: BacktestFigures;
  readonly rows: readonly FigureRow[];
  readonly verdict: Verdict;
  readonly warnings: readonly Warning[];
  readonly breakdown: Breakdown;
  readonly calibration: Calibration;
  /** Null where there is too little to draw from. */
  readonly monteCarlo: MonteCarlo | null;
  readonly band: FillBand | null;
}

const HORIZON_BARS = 12;
const RUNS = 1_000;

export function reportOf(result: BacktestResult, options: ReportOptions = {}): BacktestReport {
  const { band, horizonBars = HORIZON_BARS, runs = RUNS } = options;
  const { currency } = result.assumptions;
  const figures = figuresOf(result);
  const breakdown = breakdownOf(result);
  const warnings = warningsOf({ result, figures, breakdown, band });
  return {
    result,
    figures,
    rows: figureRows(figures, currency),
    verdict: verdictOf(figures, warnings, currency),
    warnings,
    breakdown,
    calibration: calibrationOf(result, horizonBars),
    monteCarlo: monteCarlo(result, runs),
    band: band ?? null,
  };
}
