/** The features of one instrument and timeframe, brought forward bar by bar: training, backtest, paper and live read no others. */
import { ExtraColumns } from './features/extra-columns.ts';
import { FEATURE_PACK, writePack } from './features/pack.ts';
import { CLOSES_KEPT, type RecentCloses } from './features/recent-closes.ts';
import { columnsFor, type EngineColumn, type FeatureSpec } from './features/spec.ts';
import { type LookAt, vectorOf } from './features/vector.ts';
import { Atr } from './indicators/atr.ts';
import { Measures } from './indicators/measures.ts';
import { Ring } from './indicators/ring.ts';
import { restoreInto, type Snapshot, snapshotOf } from './indicators/snapshot.ts';
import type { AssetClass, Instrument } from './instrument.ts';
import type { Bar } from './market.ts';
import { MarketRecord, type RecordRule, type RecordSnapshot } from './market-record.ts';
import type { Regime, RegimeDetector, RegimeSnapshot } from './regime.ts';
import { regimeDetectorOf, regimeSourceOf } from './regime-detector.ts';
import type { RegimeModel } from './regime-model.ts';
import type { UnixMs } from './units.ts';

export { FEATURE_PACK } from './features/pack.ts';

interface FeatureOptions {
  /** Of the ATR that stops are measured in, 1 to 100; the features have their own. */
  readonly atrPeriod?: number;
  /** The rules name the regimes where it is left out. */
  readonly regimeModel?: RegimeModel | undefined;
  /** What the model is shown; left out, the pack. The pack is computed in any case. */
  readonly spec?: FeatureSpec | undefined;
  /** Of this symbol beside the pack; left out, those of the spec: models of other symbols may need more. */
  readonly columns?: readonly EngineColumn[] | undefined;
  /** What the gate remembers of the market; left out, nothing is remembered. */
  readonly record?: RecordRule | undefined;
  /** How to look at the other symbols of the spec. */
  readonly lookAt?: LookAt | undefined;
}

const ATR_PERIOD = 14;
const ATR_PERIOD_MAX = 100;

/** What an engine remembers of the bars up to one. */
interface Remembered {
  readonly memory: Snapshot;
  readonly regime: RegimeSnapshot;
  /** Of the columns beside the pack, where there are any. */
  readonly extra?: readonly Snapshot[];
  /** When the latest bars closed; absent in what an older servo remembered. */
  readonly closedAts?: Snapshot;
  /** Absent where nothing is remembered of the market, and in what an older servo remembered. */
  readonly record?: RecordSnapshot;
}

/** All that an engine remembers, as JSON. The fields that come first say whose memory it is. */
export interface FeatureSnapshot extends Remembered {
  readonly pack: 'v1';
  readonly symbol: string;
  readonly timeframeMs: number;
  readonly atrPeriod: number;
  /** The hash of the regime model, or `rules`. */
  readonly regimeSource: string;
  /** Names of the columns beside the pack, one after the other; empty where there are none. */
  readonly columns: string;
  /** While the latest bar is provisional: the memory without it. */
  readonly before?: Remembered;
}

/** Whose memory it is. */
type Identity = Omit<FeatureSnapshot, keyof Remembered | 'before'>;

const PLACES: ReadonlyMap<string, number> = new Map(FEATURE_PACK.names.map((name, place) => [name, place]));

/** All of an engine that changes, but for the regime and the columns beside the pack. */
class Memory {
  readonly measures: Measures;
  readonly stopAtr: Atr;
  readonly values = new Float64Array(FEATURE_PACK.names.length);
  closedAt = Number.MIN_SAFE_INTEGER;

  constructor(assetClass: AssetClass, atrPeriod: number) {
    this.measures = new Measures(assetClass);
    this.stopAtr = new Atr(atrPeriod);
  }
}

/** The features of one instrument and timeframe, brought forward by one closed bar at a time: a batch is a loop over `push`. */
export class FeatureEngine {
  readonly #instrument: Instrument;
  readonly timeframeMs: number;
  readonly #atrPeriod: number;
  readonly #memory: Memory;
  readonly #regimeSource: string;
  readonly #regime: RegimeDetector;
  readonly #spec: FeatureSpec | undefined;
  readonly #lookAt: LookAt;
  readonly #extra: ExtraColumns | undefined;
  readonly #record: MarketRecord | undefined;
  readonly #closedAts = new Ring(CLOSES_KEPT);
  #before: Remembered | undefined;
  /** Of the pack at the latest bar. */
  #isFinite = true;

  constructor(instrument: Instrument, timeframeMs: number, options: FeatureOptions = {}) {
    this.#instrument = instrument;
    this.timeframeMs = timeframeMs;
    this.#atrPeriod = options.atrPeriod ?? ATR_PERIOD;
    if (!Number.isInteger(this.#atrPeriod) || this.#atrPeriod < 1 || this.#atrPeriod > ATR_PERIOD_MAX) {
      throw new RangeError(
        `the ATR's period must be a whole number of bars, 1 to ${ATR_PERIOD_MAX}, was ${this.#atrPeriod}`,
      );
    }
    this.#memory = new Memory(instrument.assetClass, this.#atrPeriod);
    this.#regimeSource = regimeSourceOf(options.regimeModel);
    this.#regime = regimeDetectorOf(options.regimeModel);
    this.#spec = options.spec?.isPack === false ? options.spec : undefined;
    this.#lookAt = options.lookAt ?? (() => undefined);
    const { columns = columnsFor(instrument.symbol, this.#spec) } = options;
    this.#record = options.record && new MarketRecord(options.record);
    this.#extra = columns.length === 0 ? undefined : new ExtraColumns(columns, instrument);
  }

  /** One closed bar, later than the one before. Throws on a bar of another symbol or timeframe: it would poison all that follow. */
  push(bar: Bar): void {
    this.#checkSymbol(bar);
    this.pushRow(bar.openAt, bar.closeAt, bar.open, bar.high, bar.low, bar.close, bar.volume);
    this.#record?.push(bar.openAt, bar.spread, bar.volume, this.atrTicks);
  }

  /** The same for a bar that is still forming, or may be corrected: `replace` takes it back. Costs a copy of the memory. */
  pushProvisional(bar: Bar): void {
    this.#checkSymbol(bar);
    this.#check(bar.openAt, bar.closeAt);
    const before = this.#remembered();
    this.push(bar);
    this.#before = before;
  }

  /** Puts another bar of the same time in the place of the provisional one, bit for bit as if it had come first. It stays provisional. */
  replace(bar: Bar): void {
    const before = this.#before;
    const { closedAt } = this.#memory;
    if (before === undefined || bar.closeAt !== closedAt || bar.symbol !== this.#instrument.symbol) {
      const present = before === undefined ? 'is not provisional' : `closes at ${closedAt}`;
      throw new Error(
        `the bar of ${bar.symbol} that closes at ${bar.closeAt} cannot replace the latest of ${this.#instrument.symbol}, which ${present}`,
      );
    }
    this.#checkLength(bar.openAt, bar.closeAt);
    this.#recall(before);
    this.push(bar);
    this.#before = before;
  }

  #checkSymbol({ symbol: given }: Bar): void {
    if (given !== this.#instrument.symbol) this.#refuse(`it is of ${given}`);
  }

  /** The same for a row of columns: prices in ticks. */
  pushRow(
    openAt: UnixMs,
    closeAt: UnixMs,
    open: number,
    high: number,
    low: number,
    close: number,
    volume: number,
  ): void {
    this.#check(openAt, closeAt);
    const { measures, stopAtr, values } = this.#memory;
    this.#memory.closedAt = closeAt;
    this.#closedAts.push(closeAt);
    measures.push(openAt, closeAt, open, high, low, close, volume);
    stopAtr.push(high, low, close);
    if (this.#before !== undefined) this.#before = undefined;
    if (this.#extra !== undefined) this.#extra.push({ openAt, closeAt, open, high, low, close, volume });
    if (!measures.isFull) return;
    this.#regime.push(measures);
    this.#isFinite = writePack(measures, values);
  }

  #check(openAt: UnixMs, closeAt: UnixMs): void {
    this.#checkLength(openAt, closeAt);
    if (closeAt <= this.#memory.closedAt) this.#refuse(`it closes at ${closeAt}, not after ${this.#memory.closedAt}`);
  }

  #checkLength(openAt: UnixMs, closeAt: UnixMs): void {
    if (closeAt - openAt !== this.timeframeMs) {
      this.#refuse(`it lasts ${closeAt - openAt} ms, not ${this.timeframeMs}`);
    }
  }

  #refuse(fault: string): never {
    throw new Error(`features of ${this.#instrument.symbol} cannot take this bar: ${fault}`);
  }

  /** The warm-up is over and every value is finite. */
  get ready(): boolean {
    return this.#memory.measures.bars >= FEATURE_PACK.warmupBars && this.#isFinite && this.#extra?.ready !== false;
  }

  /**
   * What the model is shown at the latest bar, in the order of its spec, or of `FEATURE_PACK.names`; zeros while windows
   * fill. Where it looks at other symbols, their bars of this close time are to be pushed before.
   */
  values(): Float64Array {
    const { values } = this.#memory;
    return this.#spec === undefined ? values.slice() : vectorOf(this.#spec, this, this.#lookAt);
  }

  /** The same, into a row of a matrix of the model's precision; false where a value is no number in it. */
  writeValues(into: Float32Array, offset: number): boolean {
    const values = this.#spec === undefined ? this.#memory.values : this.values();
    let zero = 0;
    for (let i = 0; i < values.length; i++) {
      const value = Math.fround(values[i] as number);
      into[offset + i] = value;
      zero += value * 0;
    }
    return zero === 0;
  }

  /** Of any column, such as `rsi` or `H1.rsi`; NaN while it warms up. */
  columnValue(name: string): number {
    const place = PLACES.get(name);
    if (place !== undefined) return this.#memory.values[place] ?? Number.NaN;
    const extraPlace = this.#extra?.names.indexOf(name) ?? -1;
    if (extraPlace < 0) throw new Error(`${name} is not computed for ${this.#instrument.symbol}`);
    return this.#extra?.values[extraPlace] ?? Number.NaN;
  }

  /** Of the latest bar. */
  get closedAt(): number {
    return this.#memory.closedAt;
  }

  /** The stops' ATR in ticks, not rounded. */
  get atrTicks(): number {
    return this.#memory.stopAtr.value;
  }

  get recent(): RecentCloses {
    const { closes } = this.#memory.measures;
    const times = this.#closedAts;
    return {
      count: Math.min(closes.count, times.count, CLOSES_KEPT),
      closeAgo: (back) => closes.ago(back),
      closedAgo: (back) => times.ago(back),
    };
  }

  /** Absent where nothing is remembered, as while a model is trained. */
  get record(): MarketRecord | undefined {
    return this.#record;
  }

  get regime(): Regime {
    return this.#regime.regime;
  }

  get regimeConfidence(): number {
    return this.#regime.confidence;
  }

  snapshot(): FeatureSnapshot {
    const before = this.#before;
    return { ...this.#identity(), ...this.#remembered(), ...(before && { before }) };
  }

  #remembered(): Remembered {
    const extra = this.#extra?.snapshot();
    return {
      memory: snapshotOf(this.#memory),
      regime: this.#regime.snapshot(),
      closedAts: snapshotOf(this.#closedAts),
      ...(extra && { extra }),
      ...(this.#record && { record: this.#record.snapshot() }),
    };
  }

  #recall({ memory, regime, extra = [], closedAts = snapshotOf(new Ring(CLOSES_KEPT)), record }: Remembered): void {
    if (record !== undefined) this.#record?.restore(record);
    restoreInto(this.#memory, memory);
    restoreInto(this.#closedAts, closedAts);
    this.#isFinite = areFinite(this.#memory.values);
    this.#regime.restore(regime);
    this.#extra?.restore(extra);
  }

  #identity(): Identity {
    return {
      pack: FEATURE_PACK.name,
      symbol: this.#instrument.symbol,
      timeframeMs: this.timeframeMs,
      atrPeriod: this.#atrPeriod,
      regimeSource: this.#regimeSource,
      columns: this.#extra?.names.join(' ') ?? '',
    };
  }

  /** A new engine that goes on where the snapshot was taken. */
  static restore(
    instrument: Instrument,
    timeframeMs: number,
    snapshot: FeatureSnapshot,
    options: FeatureOptions = {},
  ): FeatureEngine {
    const engine = new FeatureEngine(instrument, timeframeMs, options);
    engine.resume(snapshot);
    return engine;
  }

  /** Continues where the snapshot was taken, bit for bit. Throws on that of another identity: warm up anew instead. */
  resume(snapshot: FeatureSnapshot): void {
    const wanted = this.#identity();
    const field = this.#difference(snapshot);
    if (field !== undefined) {
      throw new Error(`the feature snapshot is of ${field} ${snapshot[field]}, not ${wanted[field]}: warm up anew`);
    }
    this.#recall(snapshot);
    this.#before = snapshot.before;
  }

  /** The snapshot was taken of an engine that measures the same. */
  fits(snapshot: FeatureSnapshot): boolean {
    return this.#difference(snapshot) === undefined;
  }

  #difference(snapshot: FeatureSnapshot): keyof Identity | undefined {
    const wanted = this.#identity();
    return (Object.keys(wanted) as (keyof Identity)[]).find((field) => snapshot[field] !== wanted[field]);
  }
}

function areFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
