/** Measures a market ahead: the streaming engine runs over the candles once, and the model is asked in batches while it runs on. */
import { FeatureEngine } from '../domain/features.ts';
import { Atr } from '../domain/indicators/atr.ts';
import type { Instrument } from '../domain/instrument.ts';
import { timeframeMs } from '../domain/market.ts';
import { REGIMES, type Regime } from '../domain/regime.ts';
import type { RegimeModel } from '../domain/regime-model.ts';
import type { UnixMs } from '../domain/units.ts';
import type { Candles } from '../market/candles.ts';
import { type Measures, UNKNOWN_REGIME } from './measured-market.ts';
import type { ModelSource, RuleSource, SignalSource } from './signal-source.ts';

export interface MeasureRequest {
  readonly instrument: Instrument;
  readonly candles: Candles;
  readonly atrPeriod: number;
  readonly regimeModel: RegimeModel | undefined;
  /** It has seen nothing yet. */
  readonly engine: FeatureEngine;
  /** The model is shown the feature pack and nothing else. */
  readonly isPack: boolean;
  readonly source: SignalSource;
  /** Rows before this one warm up and are not predicted. */
  readonly firstRow: number;
}

/** Large enough that the model's start-up per run is lost in it, small enough that memory does not grow with the bars. */
const BATCH_ROWS = 2048;
/** So many may wait: features are measured on while the model's thread starts. */
const BATCHES_WAITING = 16;

export function measure(request: MeasureRequest): Promise<Measures> {
  const { source } = request;
  return source.kind === 'model' ? measureForModel(request, source) : Promise.resolve(measureForRule(request, source));
}

async function measureForModel(request: MeasureRequest, source: ModelSource): Promise<Measures> {
  const { engine, candles, firstRow } = request;
  source.prepare();
  const periodMs = timeframeMs(candles.timeframe);
  const columns = emptyMeasures(candles.length);
  const batches = new Batches(source, columns.probabilities);
  const push = rowsInto(engine, candles, periodMs);
  let regime: Regime = 'unknown';
  let place = UNKNOWN_REGIME;
  for (let row = 0; row < candles.length; row++) {
    push(row);
    columns.atrTicks[row] = engine.atrTicks;
    if (engine.regime !== regime) {
      regime = engine.regime;
      place = REGIMES.indexOf(regime);
    }
    columns.regimes[row] = place;
    columns.regimeConfidences[row] = engine.regimeConfidence;
    if (!engine.ready) continue;
    columns.ready[row] = 1;
    if (row >= firstRow && batches.add(row, engine)) await batches.room();
  }
  await batches.end();
  return { ...columns, snapshot: engine.snapshot() };
}

function rowsInto(engine: FeatureEngine, candles: Candles, periodMs: number): (row: number) => void {
  const { openAt, open, high, low, close, volume } = candles;
  return (row) => {
    const at = openAt[row] as UnixMs;
    engine.pushRow(
      at,
      (at + periodMs) as UnixMs,
      open[row] as number,
      high[row] as number,
      low[row] as number,
      close[row] as number,
      volume[row] as number,
    );
  };
}

/** Rows of features in memory that the model's thread reads too. */
interface Slot {
  readonly features: Float32Array;
  /** By place in the batch. */
  readonly rows: Int32Array;
  count: number;
}

/** Rows on their way to the model and back. */
class Batches {
  readonly #source: ModelSource;
  readonly #probabilities: Float32Array;
  readonly #waiting: Promise<Slot>[] = [];
  readonly #free: Slot[] = [];
  #slot: Slot;

  constructor(source: ModelSource, probabilities: Float32Array) {
    this.#source = source;
    this.#probabilities = probabilities;
    this.#slot = this.#fresh();
  }

  /** True when a batch has just left. */
  add(row: number, engine: FeatureEngine): boolean {
    const { columns } = this.#source;
    const slot = this.#slot;
    // What is no number is not shown to a model, and what it would have said is no answer.
    if (!engine.writeValues(slot.features, slot.count * columns)) return false;
    slot.rows[slot.count] = row;
    slot.count += 1;
    if (slot.count < BATCH_ROWS) return false;
    this.#send();
    return true;
  }

  async room(): Promise<void> {
    while (this.#waiting.length > BATCHES_WAITING) {
      const slot = await this.#waiting.shift();
      if (slot !== undefined) this.#free.push(slot);
    }
  }

  async end(): Promise<void> {
    if (this.#slot.count > 0) this.#send();
    await Promise.all(this.#waiting);
  }

  #fresh(): Slot {
    const floats = BATCH_ROWS * this.#source.columns;
    const features = new Float32Array(new SharedArrayBuffer(floats * Float32Array.BYTES_PER_ELEMENT));
    return { features, rows: new Int32Array(BATCH_ROWS), count: 0 };
  }

  #send(): void {
    const slot = this.#slot;
    const features = slot.features.subarray(0, slot.count * this.#source.columns);
    const answered = this.#source.predictRows(features, slot.count).then((answer) => this.#keep(slot, answer));
    // A failure is met where it is awaited; until then it is nobody's fault.
    answered.catch(() => undefined);
    this.#waiting.push(answered);
    this.#slot = this.#free.pop() ?? this.#fresh();
    this.#slot.count = 0;
  }

  #keep(slot: Slot, answer: Float32Array): Slot {
    for (let place = 0; place < slot.count; place++) {
      const to = (slot.rows[place] as number) * 3;
      for (let k = 0; k < 3; k++) this.#probabilities[to + k] = answer[place * 3 + k] ?? Number.NaN;
    }
    return slot;
  }
}

/** Bars after which Wilder's average has forgotten where it began, in periods. */
const ATR_WARMUP_PERIODS = 5;

function measureForRule({ instrument, candles, atrPeriod }: MeasureRequest, source: RuleSource): Measures {
  const columns = emptyMeasures(candles.length);
  const atr = new Atr(atrPeriod);
  const { high, low, close } = candles;
  for (let row = 0; row < candles.length; row++) {
    atr.push(high[row] as number, low[row] as number, close[row] as number);
    columns.atrTicks[row] = atr.value;
    if (row >= ATR_WARMUP_PERIODS * atrPeriod) columns.ready[row] = 1;
  }
  return {
    ...columns,
    probabilities: source.probabilities(close, candles.length),
    snapshot: new FeatureEngine(instrument, timeframeMs(candles.timeframe), { atrPeriod }).snapshot(),
  };
}

const emptyMeasures = (rows: number): Omit<Measures, 'snapshot'> => ({
  ready: new Uint8Array(rows),
  atrTicks: new Float64Array(rows),
  regimes: new Uint8Array(rows).fill(UNKNOWN_REGIME),
  regimeConfidences: new Float64Array(rows),
  probabilities: new Float32Array(rows * 3).fill(Number.NaN),
});
