/** The rows of a candle file: each cell, each candle and their order are checked before they become columns. */
import { type Instrument, priceToNumber, ticksFromDistance } from '../domain/instrument.ts';
import { ticksFromPoints } from '../domain/instruments.ts';
import { TIMEFRAMES, type Timeframe, timeframeMs } from '../domain/market.ts';
import type { FaultList } from './candle-file-error.ts';
import type { ColumnName, ColumnPlaces } from './candle-header.ts';
import { type CandleColumns, emptyColumns } from './candles.ts';

const UTC_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|\+00:00)$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
/** A wider spread is one in points where units of price are wanted. */
const SPREAD_MAX_OF_PRICE = 0.1;
/** In this many rows, two neighbours somewhere are one timeframe apart. */
const ROWS_TO_TELL_TIMEFRAME = 10;

interface CandleRowsOptions {
  readonly instrument: Instrument;
  readonly timeframe: Timeframe;
  readonly defaultSpreadPoints: number;
  readonly places: ColumnPlaces;
  readonly capacity: number;
  readonly faults: FaultList;
}

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
    if (cells.length !== this.#options.places.width) {
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
    if (this.count < ROWS_TO_TELL_TIMEFRAME || this.#smallestStepMs <= this.#periodMs) return;
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

  #cell(column: ColumnName): string {
    return (this.#cells[this.#options.places[column]] ?? '').trim();
  }

  #time(): number {
    const cell = this.#cell('time');
    const openAt = UTC_TIME.test(cell) ? Date.parse(cell) : Number.NaN;
    // The engine takes 30 February for 2 March.
    if (Number.isNaN(openAt) || new Date(openAt).getUTCDate() !== Number(cell.slice(8, 10))) {
      this.#complain(`time is ${shown(cell)}, not a time in UTC; write it like 2019-10-11T18:05:00Z`);
      return Number.NaN;
    }
    return openAt;
  }

  #number(column: ColumnName): number {
    const cell = this.#cell(column);
    const value = DECIMAL.test(cell) ? Number(cell) : Number.NaN;
    if (Number.isFinite(value)) return value;
    this.#complain(`${column} is ${shown(cell)}, not a number; write it like 1.10457`);
    return Number.NaN;
  }

  #price(column: ColumnName): number {
    const value = this.#number(column);
    if (Number.isNaN(value)) return value;
    const { instrument } = this.#options;
    const ticks = Math.round(ticksFromDistance(instrument, value));
    if (value <= 0) this.#complain(`${column} is ${value}; a price is above zero`);
    else if (ticks < 1 || !Number.isSafeInteger(ticks)) {
      const tick = priceToNumber(instrument, 1);
      this.#complain(
        `${column} is ${value}, no price of ${instrument.symbol}, whose tick is ${tick}; check the symbol`,
      );
    }
    return ticks;
  }

  #volume(): number {
    const value = this.#number('volume');
    if (value < 0) this.#complain(`volume is ${value}; it is 0 where the source has none, never below`);
    return value;
  }

  #spread(closeTicks: number): number {
    if (this.#options.places.spread < 0) return this.#defaultSpread;
    const value = this.#number('spread');
    const ticks = Math.ceil(ticksFromDistance(this.#options.instrument, value) - 1e-6);
    if (value < 0) this.#complain(`spread is ${value}; an ask is never below its bid`);
    if (closeTicks > 0 && ticks > closeTicks * SPREAD_MAX_OF_PRICE) {
      this.#complain(`spread is ${value}, over a tenth of the price; give it in units of price, not in points`);
    }
    return Math.max(0, ticks);
  }

  #widthFault(): string {
    const { width } = this.#options.places;
    return `${this.#cells.length} columns where the header has ${width}; separate columns by commas and use a decimal point`;
  }

  #rangeFault(open: number, high: number, low: number, close: number): string | undefined {
    const value = (column: ColumnName) => this.#cell(column);
    if (high < low) return `high ${value('high')} is below low ${value('low')}; are the columns swapped?`;
    const outside = `lies outside low ${value('low')} to high ${value('high')}; correct or remove the line`;
    if (open < low || open > high) return `open ${value('open')} ${outside}`;
    return close < low || close > high ? `close ${value('close')} ${outside}` : undefined;
  }

  #orderFault(openAt: number): string | undefined {
    const cell = this.#cell('time');
    if (openAt % this.#periodMs !== 0) {
      return `no ${this.#options.timeframe} candle opens at ${cell}; check timeframe and time zone`;
    }
    if (openAt === this.#lastOpenAt) return `time ${cell} is on line ${this.#lastLine} already; remove one of the two`;
    return openAt < this.#lastOpenAt
      ? `time ${cell} is before that of line ${this.#lastLine}; sort the file by time`
      : undefined;
  }
}

const shown = (cell: string): string => JSON.stringify(cell.length > 40 ? `${cell.slice(0, 40)}…` : cell);
