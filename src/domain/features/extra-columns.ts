/** What one symbol's engine computes beside the pack: columns over its own bars and over bars of higher timeframes. */
import { Measures } from '../indicators/measures.ts';
import { SessionClock } from '../indicators/session-clock.ts';
import { restoreInto, type Snapshot, snapshotOf } from '../indicators/snapshot.ts';
import type { Instrument } from '../instrument.ts';
import type { Timeframe } from '../market.ts';
import type { UnixMs } from '../units.ts';
import type { BarRow, Column } from './column.ts';
import { HigherBar, stretchesOf } from './higher-bars.ts';
import { FEATURE_PACK, writePack } from './pack.ts';
import { type EngineColumn, type LocalColumn, sourceWarmupBars } from './spec.ts';
import { userColumn } from './user-feature.ts';

export class ExtraColumns {
  readonly names: readonly string[];
  /** In the order of the names; NaN until warmed up. */
  readonly values: Float64Array;
  readonly #ownPlaces: readonly number[];
  readonly #lines: readonly Line[];

  constructor(columns: readonly EngineColumn[], instrument: Instrument) {
    this.names = columns.map(({ name }) => name);
    this.#ownPlaces = [...columns.keys()].filter((place) => columns[place]?.isOwn === true);
    this.values = new Float64Array(columns.length).fill(Number.NaN);
    const byTimeframe = Map.groupBy(columns.entries(), ([, { timeframe }]) => timeframe);
    this.#lines = [...byTimeframe].map(([timeframe, placed]) => new Line(timeframe, placed, instrument));
  }

  push(row: BarRow): void {
    for (const line of this.#lines) line.push(row, this.values);
  }

  /** Whatever the symbol's own model needs is there. */
  get ready(): boolean {
    return this.#ownPlaces.every((place) => Number.isFinite(this.values[place]));
  }

  snapshot(): readonly Snapshot[] {
    return this.#lines.map((line) => snapshotOf(line.memory));
  }

  restore(snapshots: readonly Snapshot[]): void {
    for (const [i, line] of this.#lines.entries()) {
      const snapshot = snapshots[i];
      if (snapshot === undefined) throw new Error('the feature snapshot lacks a timeframe: warm up anew');
      restoreInto(line.memory, snapshot);
      line.restored(this.values);
    }
  }
}

interface PlacedColumn {
  /** Among the values. */
  readonly place: number;
  readonly warmupBars: number;
  readonly column: Column;
}

/** The columns of one timeframe. */
class Line {
  readonly memory: { readonly count: { bars: number }; readonly higher: HigherBar; readonly columns: object };
  readonly #isBase: boolean;
  readonly #stretchOf: (at: number) => number;
  readonly #columns: readonly PlacedColumn[];

  constructor(
    timeframe: Timeframe | undefined,
    placed: readonly (readonly [number, LocalColumn])[],
    instrument: Instrument,
  ) {
    this.#isBase = timeframe === undefined;
    this.#stretchOf = stretchesOf(timeframe ?? 'M1', new SessionClock(instrument.assetClass));
    const pack = new SharedPack(instrument);
    this.#columns = placed.map(([place, { source }]) => ({
      place,
      warmupBars: sourceWarmupBars(source),
      column: columnOf(source, pack, instrument),
    }));
    const memories = new Set(this.#columns.map(({ column }) => column.memory));
    this.memory = { count: { bars: 0 }, higher: new HigherBar(), columns: { ...[...memories] } };
  }

  push(row: BarRow, values: Float64Array): void {
    if (this.#isBase) this.#pushOwn(row, values);
    else this.memory.higher.push(row, this.#stretchOf, (bar) => this.#pushOwn(bar, values));
  }

  #pushOwn(bar: BarRow, values: Float64Array): void {
    this.memory.count.bars++;
    for (const { column } of this.#columns) column.push(bar);
    this.#read(values);
  }

  #read(values: Float64Array): void {
    const { bars } = this.memory.count;
    for (const { place, warmupBars, column } of this.#columns) {
      // Adding 0 turns −0, which JSON does not know, into 0.
      values[place] = bars >= warmupBars ? column.value() + 0 : Number.NaN;
    }
  }

  restored(values: Float64Array): void {
    for (const { column } of this.#columns) column.restored?.();
    this.#read(values);
  }
}

function columnOf(source: LocalColumn['source'], pack: SharedPack, instrument: Instrument): Column {
  if (source.kind === 'indicator') return source.indicator.create();
  if (source.kind === 'user') return userColumn(source.feature, instrument.tickSize.num / instrument.tickSize.den);
  return pack.columnAt(source.place);
}

/** One pack for all columns of a timeframe that are taken from it: it moves on once a bar. */
class SharedPack {
  readonly #measures: Measures;
  readonly #values = new Float64Array(FEATURE_PACK.names.length);
  #closedAt = Number.MIN_SAFE_INTEGER;

  constructor({ assetClass }: Instrument) {
    this.#measures = new Measures(assetClass);
  }

  columnAt(place: number): Column {
    return {
      memory: this.#measures,
      push: (bar) => this.#push(bar),
      value: () => this.#values[place] ?? Number.NaN,
      restored: () => {
        this.#closedAt = Number.MIN_SAFE_INTEGER;
        this.#write();
      },
    };
  }

  #push({ openAt, closeAt, open, high, low, close, volume }: BarRow): void {
    if (closeAt === this.#closedAt) return;
    this.#closedAt = closeAt;
    this.#measures.push(openAt as UnixMs, closeAt as UnixMs, open, high, low, close, volume);
    this.#write();
  }

  #write(): void {
    if (this.#measures.isFull) writePack(this.#measures, this.#values);
  }
}
