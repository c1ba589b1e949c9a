/** The seeded market simulator: bars that look like a market's, through calm, trends, ranges, shocks, gaps and weekends. */
import type { Instrument } from '../domain/instrument.ts';
import { type Bar, type Timeframe, timeframeMs } from '../domain/market.ts';
import { type Random, seededRandom } from '../domain/random.ts';
import { type Price, type UnixMs, unixMs } from '../domain/units.ts';
import type { BarSource } from './bar-source.ts';
import { type Candles, candlesOf, emptyColumns } from './candles.ts';
import { activityAt, MARKET_CHARACTERS, type MarketCharacter, startTicks } from './simulator-markets.ts';
import { firstPhase, nextPhase, type Phase } from './simulator-regimes.ts';
import { type TradingWeek, tradingWeekOf } from './trading-hours.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Steps a bar is built from: its high and low are prices the walk has been at. */
const STEPS_PER_BAR = 12;
/** How fast volatility goes to its regime's level, how much it wanders on the way, and where it is held. */
const VOLATILITY = { catchUp: 0.1, noise: 0.07, min: 0.3, max: 4 };
/** A jump's size in standard deviations of its bar, divided by a draw from `floor` to `floor + 1`: its tails are fat. */
const JUMP = { deviations: 2.5, floor: 0.35, max: 0.3 };
/** A weekend's gap in standard deviations of a day. */
const WEEKEND_GAP = 0.25;
/** Standard deviation of the price about its start over decades, as a fraction: a demo may run for that long. */
const LONG_RUN_SPREAD = 0.25;
/** Spreads are multiplied in the hour of the rollover, in the hours beside it, and at the week's two ends. */
const WIDENING = { rollover: 3, besideRollover: 1.5, weekEdge: 2 };
const ROLLOVER_HOUR = 17;
const TICKS_PER_MINUTE = 60;

interface SimulatedMarket {
  readonly instrument: Instrument;
  readonly timeframe: Timeframe;
  readonly seed: string | number;
  /** No bar opens before. */
  readonly startAt: UnixMs;
}

/** Bar k follows from seed, symbol, timeframe, start and k alone: a walk always sets out from its first bar. */
class MarketWalk {
  openAt = 0;
  open = 0;
  high = 0;
  low = 0;
  close = 0;
  spread = 0;
  volume = 0;
  readonly #market: SimulatedMarket;
  readonly #periodMs: number;
  readonly #character: MarketCharacter;
  /** Standard deviation of a bar's return at volatility 1. */
  readonly #deviation: number;
  readonly #startPrice: number;
  readonly #random: Random;
  #week: TradingWeek;
  #nextOpenAt: number;
  #phase: Phase;
  #phaseBarsLeft: number;
  #phasePrice: number;
  #volatility: number;
  #price: number;

  constructor(market: SimulatedMarket) {
    const { instrument, timeframe, seed, startAt } = market;
    this.#market = market;
    this.#periodMs = timeframeMs(timeframe);
    this.#character = MARKET_CHARACTERS[instrument.assetClass];
    const { annualVolatility, daysPerYear } = this.#character;
    this.#deviation = annualVolatility * Math.sqrt(this.#periodMs / (daysPerYear * DAY_MS));
    this.#startPrice = startTicks(instrument);
    this.#random = seededRandom(`${seed}/${instrument.symbol}`);
    const earliest = Math.ceil(startAt / this.#periodMs) * this.#periodMs;
    this.#week = tradingWeekOf(instrument.assetClass, unixMs(earliest));
    this.#nextOpenAt = Math.max(earliest, this.#firstOpenOf(this.#week));
    this.#phase = firstPhase(this.#random);
    this.#phaseBarsLeft = this.#phase.bars;
    this.#volatility = this.#phase.volatility;
    this.#price = this.#startPrice;
    this.#phasePrice = this.#startPrice;
  }

  get closeAt(): number {
    return this.openAt + this.#periodMs;
  }

  /** On to the next bar. */
  advance(): void {
    this.openAt = this.#nextOpenAt;
    const activity = this.#activity();
    this.#changeVolatility();
    this.#travel(this.#deviation * this.#volatility * activity);
    this.spread = Math.max(1, Math.round(this.#spreadTicks()));
    const usualVolume = (TICKS_PER_MINUTE * this.#periodMs) / MINUTE_MS;
    this.volume = 1 + Math.round(usualVolume * this.#volatility * activity * (0.6 + 0.8 * this.#random.next()));
    this.#changePhase();
    this.#findNextOpen();
  }

  /** The bar's path in steps. A jump before the first step is a gap to the bar before. */
  #travel(deviation: number): void {
    const { drift, pull, jumpOdds } = this.#phase;
    const random = this.#random;
    const jumpAtStep = random.next() < jumpOdds ? Math.floor(random.next() * STEPS_PER_BAR) : -1;
    const homePull = (this.#deviation / LONG_RUN_SPREAD) ** 2 / 2;
    const stepDeviation = deviation / Math.sqrt(STEPS_PER_BAR);
    const stepDrift = (drift * deviation) / STEPS_PER_BAR;
    let price = this.#price;
    let [open, high, low] = [price, price, price];
    for (let step = 0; step < STEPS_PER_BAR; step++) {
      if (step === jumpAtStep) price *= 1 + this.#jump(deviation);
      if (step === 0) open = high = low = price;
      const toPhasePrice = pull * (this.#phasePrice / price - 1);
      const toStartPrice = homePull * (this.#startPrice / price - 1);
      price *= 1 + stepDrift + stepDeviation * random.normal() + (toPhasePrice + toStartPrice) / STEPS_PER_BAR;
      if (price > high) high = price;
      else if (price < low) low = price;
    }
    this.#price = price;
    this.open = Math.round(open);
    this.high = Math.round(high);
    this.low = Math.round(low);
    this.close = Math.round(price);
  }

  #jump(deviation: number): number {
    const size = (JUMP.deviations * deviation * this.#random.normal()) / (JUMP.floor + this.#random.next());
    return Math.min(JUMP.max, Math.max(-JUMP.max, size));
  }

  #changeVolatility(): void {
    const missing = this.#phase.volatility - this.#volatility;
    const wander = VOLATILITY.noise * this.#volatility * this.#random.normal();
    const changed = this.#volatility + VOLATILITY.catchUp * missing + wander;
    this.#volatility = Math.min(VOLATILITY.max, Math.max(VOLATILITY.min, changed));
  }

  #changePhase(): void {
    this.#phaseBarsLeft--;
    if (this.#phaseBarsLeft > 0) return;
    this.#phase = nextPhase(this.#phase, this.#random);
    this.#phaseBarsLeft = this.#phase.bars;
    this.#phasePrice = this.#price;
  }

  /** Bars longer than an hour have no hour of their own. */
  #activity(): number {
    return this.#periodMs > HOUR_MS ? 1 : activityAt(this.#hourOfNewYork(), this.#character);
  }

  #spreadTicks(): number {
    const usual = this.#price * this.#character.spread * (0.6 + 0.4 * this.#volatility);
    return usual * this.#widening() * (0.9 + 0.2 * this.#random.next());
  }

  #widening(): number {
    if (this.#market.instrument.assetClass === 'crypto' || this.#periodMs > HOUR_MS) return 1;
    const { opensAt, closesAt } = this.#week;
    if (this.openAt < opensAt + HOUR_MS || this.openAt >= closesAt - HOUR_MS) return WIDENING.weekEdge;
    const hoursFromRollover = Math.abs(this.#hourOfNewYork() - ROLLOVER_HOUR);
    if (hoursFromRollover === 0) return WIDENING.rollover;
    return hoursFromRollover === 1 ? WIDENING.besideRollover : 1;
  }

  #hourOfNewYork(): number {
    return Math.floor(((this.openAt + this.#week.offsetMs) % DAY_MS) / HOUR_MS);
  }

  #findNextOpen(): void {
    this.#nextOpenAt = this.openAt + this.#periodMs;
    if (this.#nextOpenAt < this.#week.closesAt) return;
    this.#week = tradingWeekOf(this.#market.instrument.assetClass, unixMs(this.#nextOpenAt));
    const firstOpen = this.#firstOpenOf(this.#week);
    if (firstOpen <= this.#nextOpenAt) return;
    this.#nextOpenAt = firstOpen;
    const { annualVolatility, daysPerYear } = this.#character;
    this.#price *= 1 + (WEEKEND_GAP * annualVolatility * this.#random.normal()) / Math.sqrt(daysPerYear);
  }

  /** The bar in which the week opens: a long one may begin while the market is still closed. */
  #firstOpenOf(week: TradingWeek): number {
    return Math.floor(week.opensAt / this.#periodMs) * this.#periodMs;
  }
}

/** The first `count` bars from `startAt` on. */
export function simulateBars(
  instrument: Instrument,
  timeframe: Timeframe,
  seed: string | number,
  count: number,
  startAt: UnixMs,
): Candles {
  const walk = new MarketWalk({ instrument, timeframe, seed, startAt });
  const columns = emptyColumns(count);
  for (let i = 0; i < count; i++) {
    walk.advance();
    columns.openAt[i] = walk.openAt;
    columns.open[i] = walk.open;
    columns.high[i] = walk.high;
    columns.low[i] = walk.low;
    columns.close[i] = walk.close;
    columns.spread[i] = walk.spread;
    columns.volume[i] = walk.volume;
  }
  return candlesOf(instrument.symbol, timeframe, columns, count);
}

/** An endless source that keeps one bar: asked for an earlier time than the last, it walks again from the start. */
export function simulatedSource(market: SimulatedMarket): BarSource {
  let walk = new MarketWalk(market);
  let closedBefore = Number.NEGATIVE_INFINITY;
  walk.advance();
  return {
    following: (after) => {
      const from = after ?? Number.NEGATIVE_INFINITY;
      if (from < closedBefore) {
        walk = new MarketWalk(market);
        closedBefore = Number.NEGATIVE_INFINITY;
        walk.advance();
      }
      while (walk.closeAt <= from) {
        closedBefore = walk.closeAt;
        walk.advance();
      }
      return barOf(market.instrument.symbol, walk);
    },
  };
}

const barOf = (symbol: string, walk: MarketWalk): Bar => ({
  symbol,
  openAt: walk.openAt as UnixMs,
  closeAt: walk.closeAt as UnixMs,
  open: walk.open as Price,
  high: walk.high as Price,
  low: walk.low as Price,
  close: walk.close as Price,
  spread: walk.spread as Price,
  volume: walk.volume,
});
