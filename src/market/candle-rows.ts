/** The rows of a candle file: each cell, each candle and their order are checked before they become columns. */
import { type Instrument, priceToNumber, ticksFromDistance } from '../domain/instrument.ts';
import { ticksFromPoints } from '../domain/instruments.ts';
import { TIMEFRAMES, type Timeframe, timeframeMs } from '../domain/market.ts';
import type { FaultList } from './candle-file-error.ts';
import { type CandleColumns, emptyColumns, TICKS_MAX } from './candles.ts';
import type { FileClock } from './file-clock.ts';
import { type CellName, placeOf, type RowLayout } from './row-layout.ts';
import { readWallTime, shown } from './wall-time.ts';

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
/** A wider spread is one in points where units of price are wanted. */
export const SPREAD_MAX_OF_PRICE = 0.1;
/** In this many rows, two neighbours somewhere are one timeframe apart. */
const ROWS_TO_TELL_TIMEFRAME = 10;

const SEPARATORS: Record<RowLayout['separator'], string> = { ',': 'commas', '\t': 'tabs', ';': 'semicolons' };

interface CandleRowsOptions {
  readonly instrument: Instrument;
  readonly timeframe: Timeframe;
  readonly defaultSpreadPoints: number;
  readonly layout: RowLayout;
  readonly clock: FileClock;
  readonly capacity: number;
  readonly faults: FaultList;
}

/** Whether candles so near to one another can be of that timeframe. */
export const spansTimeframe = (count: number, smallestStepMs: number, periodMs: number): boolean =>
  count < ROWS_TO_TELL_TIMEFRAME || smallestStepMs <= periodMs;

export class CandleRows {
  readonly columns: CandleColumns;
  count = 0;
  readonly #options: CandleRowsOptions;
  readonly #periodMs: number;
  readonly #defaultSpread: number;
  #smallestStepMs = Number.POSITIVE_INFINITY;
  #lastOpenAt = Number.NEGATIVE_INFINITY;
  #lastLine = 0;
  #cells: readonly string[] = [];
  #line = 0;
  #shownTime = '';
  #isOnGrid = true;
  #isSound = true;

  constructor(options: CandleRowsOptions) {
    this.#options = options;
    this.columns = emptyColumns(options.capacity);
    this.#periodMs = timeframeMs(options.timeframe);
    this.#defaultSpread = ticksFromPoints(options.instrument, options.defaultSpreadPoints);
  }

  /** Keeps the candle, or complains about it. */
  read(cells: readonly string[], line: number): void {
    this.#cells = cells;
    this.#line = line;
    this.#isSound = true;
    if (cells.length !== this.#options.layout.cells.length) {
      this.#complain(this.#widthFault());
      return;
    }
    const openAt = this.#time();
    const [open, high, low, close] = [
      this.#price('open'),
      this.#price('high'),
      this.#price('low'),
      this.#price('close'),
    ];
    const volume = this.#volume();
    const spread = this.#spread(close);
    const fault = this.#isSound ? (this.#rangeFault(open, high, low, close) ?? this.#orderFault(openAt)) : undefined;
    if (fault !== undefined) this.#complain(fault);
    if (!this.#isSound) return;

    const { columns, count } = this;
    columns.openAt[count] = openAt;
    columns.open[count] = open;
    columns.high[count] = high;
    columns.low[count] = low;
    columns.close[count] = close;
    columns.spread[count] = spread;
    columns.volume[count] = volume;
    this.count++;
    this.#smallestStepMs = Math.min(this.#smallestStepMs, openAt - this.#lastOpenAt);
    this.#lastOpenAt = openAt;
    this.#lastLine = line;
  }

  /** What only the whole file shows. */
  checkWhole(): void {
    const { faults, timeframe } = this.#options;
    if (this.count === 0) faults.add('the file has a header and no candles; export it again');
    if (spansTimeframe(this.count, this.#smallestStepMs, this.#periodMs)) return;
    const [likely] = Object.entries(TIMEFRAMES).find(([, ms]) => ms === this.#smallestStepMs) ?? [];
    const hint = likely === undefined ? 'give the timeframe of the file' : `give the timeframe ${likely}`;
    faults.add(
      `no two candles are nearer than ${this.#smallestStepMs / 60_000} minutes, so they are not ${timeframe}; ${hint}`,
    );
  }

  #complain(message: string): void {
    this.#isSound = false;
    this.#options.faults.addAt(this.#line, message);
  }

  #cell(column: CellName): string {
    return (this.#cells[placeOf(this.#options.layout, column)] ?? '').trim();
  }

  #time(): number {
    const { layout, clock } = this.#options;
    const time = readWallTime(layout, this.#cells);
    const openAt = time.kind === 'fault' ? Number.NaN : clock.toUtc(time.wallMs, this.#lastOpenAt);
    this.#shownTime = time.cell;
    if (time.kind === 'fault') this.#complain(time.message);
    else if (Number.isNaN(openAt)) {
      this.#complain(`the clock of ${clock.name} never shows ${time.cell}; the file has another clock`);
    } else this.#isOnGrid = time.wallMs % this.#periodMs === 0;
    return openAt;
  }

  #number(column: CellName): number {
    const cell = this.#cell(column);
    const value = DECIMAL.test(cell) ? Number(cell) : Number.NaN;
    if (Number.isFinite(value)) return value;
    this.#complain(`${column} is ${shown(cell)}, not a number; write it like 1.10457`);
    return Number.NaN;
  }

  #price(column: CellName): number {
    const value = this.#number(column);
    if (Number.isNaN(value)) return value;
    const { instrument } = this.#options;
    const ticks = Math.round(ticksFromDistance(instrument, value));
    if (value <= 0) this.#complain(`${column} is ${value}; a price is above zero`);
    else if (!(ticks >= 1 && ticks <= TICKS_MAX)) {
      const tick = priceToNumber(instrument, 1);
      const remedy = ticks > TICKS_MAX ? 'check the symbol, or give fewer digits' : 'check the symbol';
      this.#complain(`${column} is ${value}, no price of ${instrument.symbol}, whose tick is ${tick}; ${remedy}`);
    }
    return ticks;
  }

  #volume(): number {
    if (placeOf(this.#options.layout, 'volume') < 0) return 0;
    const value = this.#number('volume');
    if (value < 0) this.#complain(`volume is ${value}; it is 0 where the source has none, never below`);
    return value;
  }

  #spread(closeTicks: number): number {
    const { layout, instrument } = this.#options;
    if (placeOf(layout, 'spread') < 0) return this.#defaultSpread;
    const value = this.#number('spread');
    const ticks = Math.ceil(ticksFromDistance(instrument, value / 10 ** layout.spreadDigits) - 1e-6);
    if (value < 0) this.#complain(`spread is ${value}; an ask is never below its bid`);
    if (closeTicks > 0 && ticks > closeTicks * SPREAD_MAX_OF_PRICE) {
      const unit = layout.spreadDigits === 0 ? 'units of price, not in points' : 'points, not in units of price';
      this.#complain(`spread is ${value}, over a tenth of the price; give it in ${unit}`);
    }
    return Math.max(0, ticks);
  }

  #widthFault(): string {
    const width = this.#options.layout.cells.length;
    return `${this.#cells.length} columns where the header has ${width}; separate columns by ${SEPARATORS[this.#options.layout.separator]} and use a decimal point`;
  }

  #rangeFault(open: number, high: number, low: number, close: number): string | undefined {
    const value = (column: CellName) => this.#cell(column);
    if (high < low) return `high ${value('high')} is below low ${value('low')}; are the columns swapped?`;
    const outside = `lies outside low ${value('low')} to high ${value('high')}; correct or remove the line`;
    if (open < low || open > high) return `open ${value('open')} ${outside}`;
    return close < low || close > high ? `close ${value('close')} ${outside}` : undefined;
  }

  #orderFault(openAt: number): string | undefined {
    const cell = this.#shownTime;
    if (!this.#isOnGrid) {
      return `no ${this.#options.timeframe} candle opens at ${cell}; check timeframe and time zone`;
    }
    if (openAt === this.#lastOpenAt) return `time ${cell} is on line ${this.#lastLine} already; remove one of the two`;
    return openAt < this.#lastOpenAt
      ? `time ${cell} is before that of line ${this.#lastLine}; sort the file by time`
      : undefined;
  }
}
