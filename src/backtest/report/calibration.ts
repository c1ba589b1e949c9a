/** Whether confidence means what it says: of the trades against their outcome, and of all predictions against where the price went. */
import { type Interval, shareInterval } from '../../domain/statistics.ts';
import type { BacktestResult, SymbolRecord } from '../result.ts';

/** Observations of neighbouring confidence. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly meanConfidence: number;
  /** Share that came true: trades won, or bars after which the price had moved to the foretold side. */
  readonly share: number;
  /** 95 %, null without observations. */
  readonly interval: Interval | null;
}

export interface TradeCalibration {
  readonly trades: number;
  readonly bins: readonly CalibrationBin[];
}

export interface PredictionCalibration {
  /** Predictions with a foretold side whose price had moved after the horizon; the price has not moved after `unmoved` more. */
  readonly predictions: number;
  readonly unmoved: number;
  readonly horizonBars: number;
  readonly bins: readonly CalibrationBin[];
  readonly hitRate: number;
  /** Mean of (chance of up − what happened)², and what always saying the frequency of up would reach. */
  readonly brier: number;
  readonly brierBaseline: number;
  readonly logLoss: number;
  readonly logLossBaseline: number;
  /** Chance that a rise was given a higher chance of up than a fall: 0.5 is chance. */
  readonly auc: number | null;
}

export interface Calibration {
  readonly trades: TradeCalibration | null;
  readonly predictions: PredictionCalibration | null;
}

const BINS = 10;
/** A bin of fewer trades shows only noise. */
const TRADES_PER_BIN = 5;

export function calibrationOf(result: BacktestResult, horizonBars: number): Calibration {
  return { trades: ofTrades(result), predictions: ofPredictions(result.records, horizonBars) };
}

function ofTrades({ trades }: BacktestResult): TradeCalibration | null {
  const bins = Math.min(BINS, Math.floor(trades.length / TRADES_PER_BIN));
  if (bins === 0) return null;
  const confidence = Float64Array.from(trades, (trade) => trade.confidence);
  const won = Uint8Array.from(trades, ({ profit }) => (profit > 0 ? 1 : 0));
  // A plain signal source is equally sure of all that it says.
  if (new Set(confidence).size < 2) return null;
  return { trades: trades.length, bins: binned(confidence, won, bins, 1) };
}

/** One prediction with its outcome is one place in these. */
interface Outcomes {
  readonly chanceUp: Float64Array;
  readonly rose: Uint8Array;
  readonly count: number;
  readonly unmoved: number;
}

function ofPredictions(records: readonly SymbolRecord[], horizonBars: number): PredictionCalibration | null {
  const outcomes = outcomesOf(records, horizonBars);
  const { chanceUp, rose, count, unmoved } = outcomes;
  if (count < BINS) return null;
  const { confidence, came, ...scores } = scoresOf(outcomes);
  return {
    predictions: count,
    unmoved,
    horizonBars,
    // Outcomes of neighbouring bars overlap: one in a horizon is new.
    bins: binned(confidence, came, BINS, horizonBars),
    ...scores,
    auc: areaUnderCurve(chanceUp, rose),
  };
}

/** In one pass: these are as many as there are bars. */
function scoresOf({ chanceUp, rose, count }: Outcomes) {
  const confidence = new Float64Array(count);
  const came = new Uint8Array(count);
  let [hits, rises, squares, surprises] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const chance = chanceUp[i] ?? Number.NaN;
    const up = rose[i] ?? 0;
    const hit = chance > 0.5 === (up === 1) ? 1 : 0;
    confidence[i] = chance > 0.5 ? chance : 1 - chance;
    came[i] = hit;
    hits += hit;
    rises += up;
    squares += (chance - up) * (chance - up);
    surprises += surprise(up === 1 ? chance : 1 - chance);
  }
  const base = rises / count;
  return {
    confidence,
    came,
    hitRate: hits / count,
    brier: squares / count,
    brierBaseline: base * (1 - base),
    logLoss: surprises / count,
    logLossBaseline: base === 0 || base === 1 ? 0 : base * surprise(base) + (1 - base) * surprise(1 - base),
  };
}

const surprise = (chance: number): number => -Math.log(Math.max(chance, 1e-15));

function outcomesOf(records: readonly SymbolRecord[], horizonBars: number): Outcomes {
  const size = records.reduce((sum, { close }) => sum + close.length, 0);
  const chanceUp = new Float64Array(size);
  const rose = new Uint8Array(size);
  let [count, unmoved] = [0, 0];
  for (const { close, probabilities } of records) {
    for (let i = 0; i + horizonBars < close.length; i++) {
      const down = probabilities[3 * i] ?? Number.NaN;
      const up = probabilities[3 * i + 2] ?? Number.NaN;
      const move = (close[i + horizonBars] ?? Number.NaN) - (close[i] ?? Number.NaN);
      if (!(up + down > 0) || up === down) continue;
      if (move === 0) {
        unmoved += 1;
        continue;
      }
      chanceUp[count] = up / (up + down);
      rose[count] = move > 0 ? 1 : 0;
      count += 1;
    }
  }
  return { chanceUp: chanceUp.subarray(0, count), rose: rose.subarray(0, count), count, unmoved };
}

/** Bins of equal count in rising confidence; equal confidence may fall on both sides of an edge. */
function binned(confidence: Float64Array, came: Uint8Array, bins: number, overlap: number): CalibrationBin[] {
  const order = inRisingOrder(confidence);
  return Array.from({ length: bins }, (_, bin) => {
    const from = Math.floor((bin * order.length) / bins);
    const to = Math.floor(((bin + 1) * order.length) / bins);
    let [total, hits] = [0, 0];
    for (let i = from; i < to; i++) {
      const place = order[i] ?? 0;
      total += confidence[place] ?? Number.NaN;
      hits += came[place] ?? 0;
    }
    const count = to - from;
    return {
      from: confidence[order[from] ?? 0] ?? Number.NaN,
      to: confidence[order[to - 1] ?? 0] ?? Number.NaN,
      count,
      meanConfidence: total / count,
      share: hits / count,
      interval: shareInterval(hits / count, count / overlap),
    };
  });
}

/** A share as a whole number: of what is finer, no report shows anything. */
const SHARE_STEPS = 2 ** 24;
/** Of those numbers, the one that is 1 included, in two passes. */
const DIGIT_BITS = 13;
const DIGITS = 2 ** DIGIT_BITS;

/** Places by rising share, equal ones as they came: by two passes over their digits, because a sort of so many would take most of the report's time. */
function inRisingOrder(shares: Float64Array): Uint32Array {
  const keys = new Uint32Array(shares.length);
  const places = new Uint32Array(shares.length);
  for (let i = 0; i < shares.length; i++) {
    keys[i] = Math.round((shares[i] as number) * SHARE_STEPS);
    places[i] = i;
  }
  return byDigit(byDigit(places, keys, 0), keys, DIGIT_BITS);
}

function byDigit(places: Uint32Array, keys: Uint32Array, shift: number): Uint32Array {
  const starts = new Uint32Array(DIGITS + 1);
  for (let i = 0; i < keys.length; i++) {
    const digit = ((keys[i] as number) >>> shift) & (DIGITS - 1);
    starts[digit + 1] = (starts[digit + 1] as number) + 1;
  }
  for (let digit = 1; digit <= DIGITS; digit++) {
    starts[digit] = (starts[digit] as number) + (starts[digit - 1] as number);
  }
  const sorted = new Uint32Array(places.length);
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    const digit = ((keys[place] as number) >>> shift) & (DIGITS - 1);
    const at = starts[digit] as number;
    starts[digit] = at + 1;
    sorted[at] = place;
  }
  return sorted;
}

/** By ranks (Mann–Whitney), ties shared. */
function areaUnderCurve(chance: Float64Array, rose: Uint8Array): number | null {
  const order = inRisingOrder(chance);
  let [rankSum, rises] = [0, 0];
  for (let i = 0; i < order.length; ) {
    let end = i + 1;
    while (end < order.length && chance[order[end] ?? 0] === chance[order[i] ?? 0]) end += 1;
    for (let j = i; j < end; j++) {
      if (rose[order[j] ?? 0] !== 1) continue;
      // Ranks count from 1.
      rankSum += (i + 1 + end) / 2;
      rises += 1;
    }
    i = end;
  }
  const pairs = rises * (order.length - rises);
  return pairs === 0 ? null : (rankSum - (rises * (rises + 1)) / 2) / pairs;
}
