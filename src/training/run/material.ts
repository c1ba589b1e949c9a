/** What a run learns from: every bar's features and outcome, and which rows are for development and which are held out. */
import { FEATURE_PACK, FeatureEngine } from '../../domain/features.ts';
import { symbolPolicy, type TradingPolicy } from '../../domain/policy.ts';
import type { UnixMs } from '../../domain/units.ts';
import type { Candles } from '../../market/candles.ts';
import type { FeatureMatrix } from '../dataset.ts';
import { ewmaDistance, scaled } from '../labels/barrier-distance.ts';
import { fixedHorizon } from '../labels/fixed-horizon.ts';
import { FLAT, knownRows, type Labels, type PriceColumns } from '../labels/labels.ts';
import { tripleBarrier } from '../labels/triple-barrier.ts';
import { tuneMultiple } from '../labels/tune-multiple.ts';
import { exampleWeights, uniqueness } from '../labels/weights.ts';
import { purgedTail } from '../validation/folds.ts';
import type { TrainingRequest } from './request.ts';

export interface Material {
  readonly candles: Candles;
  readonly matrix: FeatureMatrix;
  /** Of the stops, in ticks, by row. */
  readonly atrTicks: Float64Array;
  /** 1 where a servo would decide. */
  readonly ready: Uint8Array;
  readonly labels: Labels;
  /** The barriers' multiple of their unit. */
  readonly multiple: number;
  /** How far the barriers are in ATRs: exact, or the median where their unit is another. */
  readonly reachAtr: number;
  /** For choosing and fitting; nothing of the hold-out reaches into it. */
  readonly development: Int32Array;
  readonly holdOut: Int32Array;
  /** By row, with mean 1 over the development rows and over the hold-out, each for itself. */
  readonly weights: Float64Array;
  /** Independent outcomes that the development rows are worth. */
  readonly effectiveRows: number;
  /** Rows kept free around whatever is held out. */
  readonly embargoRows: number;
  /** Rows that chance draws together: neighbours share their outcome, and a day its mood. */
  readonly blockRows: number;
}

/** Span of the EWMA of squared returns, in bars. */
const SIGMA_SPAN_BARS = 100;
/** Fewer rows teach nothing that could be told from chance. */
const ROWS_MIN = 1_000;
/** Outcomes that do not overlap are what there is to learn from. */
const HORIZONS_MIN = 40;
const BLOCK_HORIZONS = 4;
const BLOCKS_MIN = 10;
const DAY_MS = 86_400_000;
/** Of the development rows, from the first: walk-forward makes no test on them, so a barrier may be chosen by them. */
export const FIRST_TRAIN_SHARE = 0.4;

/** Throws a RangeError where there is too little to learn from. */
export function gatherMaterial(request: TrainingRequest, policy: TradingPolicy, candles: Candles): Material {
  const { horizonBars, holdOutShare } = request;
  const measured = measuredRows(policy, candles);
  const columns = pricesOf(candles);
  const unitTicks = request.barrierUnit === 'atr' ? measured.atrTicks : sigmaTicks(columns, horizonBars);
  const multiple = multipleOf(request, columns, unitTicks, measured.ready);
  const labels = labelled(request, columns, scaled(unitTicks, multiple));
  const rows = knownRows(labels, measured.ready);
  demandEnough(candles, rows.length, horizonBars);
  const { before: development, tail: holdOut } = purgedTail(rows, labels.endsAt, holdOutShare, horizonBars);
  return {
    candles,
    ...measured,
    labels,
    multiple,
    reachAtr: reachOf(request, columns, scaled(unitTicks, multiple), measured.atrTicks, labels, development),
    development,
    holdOut,
    weights: weightsOf(request, labels, development, holdOut),
    effectiveRows: uniqueness(development, labels.endsAt).effectiveRows,
    embargoRows: horizonBars,
    blockRows: blockRowsOf(horizonBars, policy.timeframeMs, development.length),
  };
}

function demandEnough({ symbol }: Candles, rows: number, horizonBars: number): void {
  const least = Math.max(ROWS_MIN, HORIZONS_MIN * horizonBars);
  if (rows >= least) return;
  throw new RangeError(
    `${symbol}: ${rows} bars have features and an outcome, a horizon of ${horizonBars} bars asks for ${least}: ` +
      `give some ${least + FEATURE_PACK.warmupBars} candles or more, or a shorter --horizon`,
  );
}

/** Each part for itself: what the hold-out is like must not reach the trainer, not even as a scale. */
function weightsOf(
  { decayAlpha }: TrainingRequest,
  { endsAt }: Labels,
  development: Int32Array,
  holdOut: Int32Array,
): Float64Array {
  const weights = exampleWeights(development, endsAt, { decayAlpha });
  const heldOut = exampleWeights(holdOut, endsAt);
  for (const row of holdOut) weights[row] = heldOut[row] ?? 0;
  return weights;
}

function blockRowsOf(horizonBars: number, timeframeMs: number, rows: number): number {
  const wanted = Math.max(BLOCK_HORIZONS * horizonBars, Math.round(DAY_MS / timeframeMs));
  return Math.max(1, Math.min(wanted, Math.floor(rows / BLOCKS_MIN)));
}

/** By the streaming engine that trades live, bar by bar. */
function measuredRows(policy: TradingPolicy, candles: Candles): Pick<Material, 'matrix' | 'atrTicks' | 'ready'> {
  const { instrument } = symbolPolicy(policy, candles.symbol);
  const engine = new FeatureEngine(instrument, policy.timeframeMs, { atrPeriod: policy.atrPeriod });
  const columns = FEATURE_PACK.names.length;
  const { length, openAt, open, high, low, close, volume } = candles;
  const matrix = { rows: length, columns, values: new Float32Array(length * columns).fill(Number.NaN) };
  const atrTicks = new Float64Array(length);
  const ready = new Uint8Array(length);
  const at = (column: Float64Array | Int32Array, row: number): number => column[row] ?? Number.NaN;
  for (let row = 0; row < length; row++) {
    const opened = at(openAt, row) as UnixMs;
    const closed = (opened + policy.timeframeMs) as UnixMs;
    engine.pushRow(opened, closed, at(open, row), at(high, row), at(low, row), at(close, row), at(volume, row));
    atrTicks[row] = engine.atrTicks;
    if (!engine.ready) continue;
    ready[row] = 1;
    engine.writeValues(matrix.values, row * columns);
  }
  return { matrix, atrTicks, ready };
}

const pricesOf = ({ high, low, close, length }: Candles): PriceColumns => ({
  high: high.subarray(0, length),
  low: low.subarray(0, length),
  close: close.subarray(0, length),
});

const sigmaTicks = ({ close }: PriceColumns, horizonBars: number): Float64Array =>
  ewmaDistance(close, SIGMA_SPAN_BARS, horizonBars, 1);

/** A choice by the classes' shares alone: on rows before the first test of walk-forward, and on no bar after them. */
function multipleOf(
  { barrier, horizonBars, holdOutShare }: TrainingRequest,
  columns: PriceColumns,
  unitTicks: Float64Array,
  ready: Uint8Array,
): number {
  if (barrier !== 'balanced') return barrier;
  const decidable = Int32Array.from(ready.keys()).filter((row) => ready[row] === 1);
  const beforeTests = Math.floor(FIRST_TRAIN_SHARE * (1 - holdOutShare) * decidable.length) - 2 * horizonBars;
  const trainRows = decidable.subarray(0, Math.max(0, beforeTests));
  return tuneMultiple(columns, { unitTicks, horizonBars, trainRows }).multiple;
}

function labelled({ label, horizonBars }: TrainingRequest, columns: PriceColumns, barrier: Float64Array): Labels {
  return label === 'triple_barrier'
    ? tripleBarrier(columns, { upTicks: barrier, downTicks: barrier, horizonBars })
    : fixedHorizon(columns.close, { thresholdTicks: barrier, horizonBars });
}

/** Of barriers their distance, of a fixed horizon the mean move among the moves; on development rows, in ATRs. */
function reachOf(
  { label, horizonBars }: TrainingRequest,
  { close }: PriceColumns,
  barrier: Float64Array,
  atrTicks: Float64Array,
  { classes }: Labels,
  development: Int32Array,
): number {
  if (label === 'triple_barrier') return medianRatio(barrier, atrTicks, development);
  const moved = development.filter((row) => classes[row] !== FLAT);
  if (moved.length === 0) throw new RangeError('no row moves beyond the threshold: choose a lower --barrier');
  const moves = moved.reduce(
    (sum, row) => sum + Math.abs((close[row + horizonBars] ?? 0) - (close[row] ?? 0)) / (atrTicks[row] ?? 1),
    0,
  );
  return moves / moved.length;
}

function medianRatio(distance: Float64Array, unit: Float64Array, rows: Int32Array): number {
  const ratios = Float64Array.from(rows, (row) => (distance[row] ?? 0) / (unit[row] ?? 1)).sort();
  return ratios[ratios.length >>> 1] ?? Number.NaN;
}
