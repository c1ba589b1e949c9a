/** Proves on given bars that a feature pack and a model do not know the future: with less of it, and begun later, they say the same. */

import { type Follower, followers } from '../domain/features/followers.ts';
import { checkLookAhead, type LookAheadReport, type Subject } from '../domain/features/look-ahead.ts';
import { columnsFor, type FeatureSpec, PACK_SPEC, warmupBarsOf } from '../domain/features/spec.ts';
import { FeatureEngine } from '../domain/features.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { Bar } from '../domain/market.ts';
import type { RegimeModel } from '../domain/regime-model.ts';
import type { LoadedModel } from '../inference/read-model.ts';
import { openSession, runSession } from '../inference/session.ts';

export interface LookAheadMarket {
  readonly instrument: Instrument;
  readonly bars: readonly Bar[];
}

export interface LookAheadRequest extends LookAheadMarket {
  readonly timeframeMs: number;
  /** Left out: the pack. */
  readonly spec?: FeatureSpec | undefined;
  readonly regimeModel?: RegimeModel | undefined;
  /** By symbol: those that the spec looks at. */
  readonly others?: ReadonlyMap<string, LookAheadMarket>;
  /** Asked about the rows at the cuts, together and one by one. */
  readonly model?: LoadedModel | undefined;
  readonly cuts: number;
  readonly seed: string | number;
}

export interface LookAheadResult extends LookAheadReport {
  readonly warmupBars: number;
  readonly predictions?: { readonly rows: number; readonly largestDifference: number; readonly agree: boolean };
}

/** A model may answer a row in a batch and alone differently by this much of a probability. */
const PREDICTION_TOLERANCE = 1e-6;

/** Throws a RangeError where there are too few bars. */
export async function proveNoLookAhead(request: LookAheadRequest): Promise<LookAheadResult> {
  const { bars, model, cuts, seed } = request;
  const subject = subjectOf(request);
  const report = checkLookAhead(subject, bars, { cuts, seed });
  const { warmupBars } = subject;
  if (model === undefined || report.fault !== undefined) return { ...report, warmupBars };
  return { ...report, warmupBars, predictions: await comparePredictions(model, report.rows) };
}

function subjectOf({
  instrument,
  timeframeMs,
  spec = PACK_SPEC,
  regimeModel,
  others = new Map(),
}: LookAheadRequest): Subject {
  const open = (): FeatureEngine => {
    const followed = new Map<string, Follower>();
    for (const [symbol, { instrument: other, bars }] of others) {
      const engine = new FeatureEngine(other, timeframeMs, { columns: columnsFor(symbol, undefined, [spec]) });
      followed.set(symbol, { engine, bars });
    }
    return new FeatureEngine(instrument, timeframeMs, { spec, regimeModel, lookAt: followers(followed) });
  };
  return { names: spec.names, warmupBars: warmupBarsOf(spec, timeframeMs), open };
}

async function comparePredictions(
  { passport, onnx }: LoadedModel,
  rows: readonly Float64Array[],
): Promise<NonNullable<LookAheadResult['predictions']>> {
  const ends = { inputName: passport.input.name, outputName: passport.output.name };
  const session = await openSession(onnx);
  try {
    const width = passport.features.names.length;
    const values = new Float32Array(rows.length * width);
    for (const [place, row] of rows.entries()) values.set(row, place * width);
    const together = await runSession(session, ends, { values, rows: rows.length });
    let largestDifference = 0;
    for (const [place, row] of rows.entries()) {
      const alone = await runSession(session, ends, { values: Float32Array.from(row), rows: 1 });
      for (const [k, value] of alone.values.entries()) {
        const difference = Math.abs(value - (together.values[place * alone.values.length + k] ?? Number.NaN));
        largestDifference = difference <= largestDifference ? largestDifference : difference;
      }
    }
    return { rows: rows.length, largestDifference, agree: largestDifference <= PREDICTION_TOLERANCE };
  } finally {
    await session.release();
  }
}
