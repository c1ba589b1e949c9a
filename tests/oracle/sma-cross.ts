/** The SMA cross with stop and target, traded bar by bar the slow and obvious way: the twin whose trades engine and tight loop must equal. */
import type { InstrumentSpec } from '../../src/domain/instruments.ts';
import { sizeByTrying } from './sizing.ts';

/** Bid prices and the spread in ticks, times in Unix ms. */
export interface SmaBar {
  readonly openAt: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly spread: number;
}

/** One symbol whose quote currency is the account's. Loss limits are not part of it: they must be too wide to matter. */
export interface SmaRules {
  readonly spec: InstrumentSpec;
  readonly timeframeMs: number;
  readonly fastBars: number;
  readonly slowBars: number;
  readonly atrBars: number;
  readonly stopAtr: number;
  readonly targetAtr: number;
  /** Place of the first bar that may be decided on; those before it are history. */
  readonly decideFrom: number;
  readonly balanceMicros: number;
  readonly leverage: number;
  /** In ten-thousandths of equity. */
  readonly riskPerTrade: number;
  readonly maxPositionMargin: number;
  /** Round trip. */
  readonly commissionPerLotMicros: number;
  readonly slippageTicks: number;
  /** Which of stop and target a bar that holds both is taken to have met first. */
  readonly fillRule: 'pessimistic' | 'optimistic';
  /** Above zero, an entry meets the next bar's open; at zero, the close that it was decided on. */
  readonly latencyMs: number;
  /** Fraction of the price by which an entry may be worse than the price it was decided on. */
  readonly maxSlippage: number;
  readonly maxSpreadTicks: number;
  readonly minExpectedValueR: number;
  readonly session: { readonly timezone: string; readonly dayStartMinutes: number };
}

export interface SmaTrade {
  readonly side: 'buy' | 'sell';
  /** Lot steps. */
  readonly quantity: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly openedAt: number;
  readonly closedAt: number;
  readonly exitReason: 'stop_loss' | 'take_profit';
  /** After commission and swap. */
  readonly profitMicros: number;
}

interface Entry {
  readonly side: SmaTrade['side'];
  readonly quantity: number;
  readonly askedPrice: number;
  readonly stop: number;
  readonly target: number;
  readonly decidedAt: number;
}

interface Position extends Pick<Entry, 'side' | 'quantity' | 'stop' | 'target'> {
  readonly entryPrice: number;
  readonly openedAt: number;
  /** Trading day up to which swap is paid. */
  day: number;
  paidMicros: number;
}

type Exit = Pick<SmaTrade, 'exitPrice' | 'exitReason' | 'closedAt'>;

const DAY_MS = 86_400_000;
const LATEST_OPEN_MS = 60_000;

/** What changes from bar to bar. */
interface Book {
  balance: number;
  position: Position | undefined;
  /** Sent, and waiting for the next open. */
  working: Entry | undefined;
  readonly trades: SmaTrade[];
}

export function smaCrossTrades(bars: readonly SmaBar[], rules: SmaRules): SmaTrade[] {
  const book: Book = { balance: rules.balanceMicros, position: undefined, working: undefined, trades: [] };
  const atrs = averageTrueRanges(bars, rules.atrBars);
  const desk: Desk = { rules, worth: contractWorth(rules), dayOf: tradingDays(rules) };
  for (const [t, bar] of bars.entries()) {
    if (t < rules.decideFrom) continue;
    playBar(book, bar, desk);
    if (book.position !== undefined) continue;
    const entry = decide(bars, t, atrs[t], book.balance, rules);
    if (entry === undefined) continue;
    if (rules.latencyMs > 0) book.working = entry;
    else enter(book, entry, { bid: bar.close, ask: bar.close + bar.spread, at: closeTime(bar, rules) }, desk);
  }
  return book.trades;
}

interface Desk {
  readonly rules: SmaRules;
  readonly worth: ReturnType<typeof contractWorth>;
  readonly dayOf: (at: number) => number;
}

interface Quote {
  readonly bid: number;
  readonly ask: number;
  readonly at: number;
}

const closeTime = ({ openAt }: SmaBar, { timeframeMs }: SmaRules): number => openAt + timeframeMs;

/** First the nights that passed, then what happens at the open, then what happens inside. */
function playBar(book: Book, bar: SmaBar, desk: Desk): void {
  const { rules, worth, dayOf } = desk;
  if (book.position !== undefined) {
    const today = dayOf(bar.openAt);
    const swap = worth.swap(book.position, today);
    book.balance += swap;
    book.position.paidMicros += swap;
    book.position.day = today;
    const exit = exitAtOpen(book.position, bar, rules);
    if (exit !== undefined) leave(book, book.position, exit, desk);
  }
  if (book.working !== undefined) {
    const inTime = bar.openAt - book.working.decidedAt <= rules.timeframeMs + LATEST_OPEN_MS;
    if (inTime) enter(book, book.working, { bid: bar.open, ask: bar.open + bar.spread, at: bar.openAt }, desk);
    book.working = undefined;
  }
  if (book.position !== undefined) {
    const exit = exitInside(book.position, bar, rules);
    if (exit !== undefined) leave(book, book.position, exit, desk);
  }
}

/** Refused when the price went too far since the decision, or past the order's own stop or target. */
function enter(book: Book, entry: Entry, { bid, ask, at }: Quote, { rules, worth, dayOf }: Desk): void {
  const { side, quantity, askedPrice, stop, target } = entry;
  const entryPrice = side === 'buy' ? ask + rules.slippageTicks : bid - rules.slippageTicks;
  const worse = side === 'buy' ? entryPrice - askedPrice : askedPrice - entryPrice;
  if (worse > Math.max(1, Math.floor(askedPrice * rules.maxSlippage + 1e-9))) return;
  const between = side === 'buy' ? stop < bid && bid < target : target < ask && ask < stop;
  if (!between) return;
  const paidMicros = -worth.commissionPerSide(quantity);
  book.balance += paidMicros;
  book.position = { side, quantity, stop, target, entryPrice, openedAt: at, day: dayOf(at), paidMicros };
}

function leave(book: Book, held: Position, { exitPrice, exitReason, closedAt }: Exit, { worth }: Desk): void {
  const { side, quantity, entryPrice, openedAt, paidMicros } = held;
  const ticks = side === 'buy' ? exitPrice - entryPrice : entryPrice - exitPrice;
  const earned = worth.profit(ticks, quantity) - worth.commissionPerSide(quantity);
  book.balance += earned;
  book.position = undefined;
  const profitMicros = earned + paidMicros;
  book.trades.push({ side, quantity, entryPrice, exitPrice, openedAt, closedAt, exitReason, profitMicros });
}

function decide(
  bars: readonly SmaBar[],
  t: number,
  atr: number | undefined,
  balance: number,
  rules: SmaRules,
): Entry | undefined {
  const { close, spread } = bars[t]!;
  const side = crossAt(bars, t, rules);
  if (side === undefined || atr === undefined) return undefined;
  const nearest = Math.max(1, rules.spec.stopDistanceMinPoints);
  const stopTicks = Math.max(nearest, Math.round(atr * rules.stopAtr));
  const targetTicks = Math.max(nearest, Math.round(atr * rules.targetAtr));
  const askedPrice = side === 'buy' ? close + spread : close;
  const up = side === 'buy' ? 1 : -1;
  const [stop, target] = [askedPrice - up * stopTicks, askedPrice + up * targetTicks];
  // The source is certain of its side and says nothing of how far: it is credited with the stop's distance, less the costs.
  const perTickAndLot = Number(rules.spec.tickSize) * Number(rules.spec.contractSize) * 1e6;
  const costTicks = spread + 2 * rules.slippageTicks + rules.commissionPerLotMicros / perTickAndLot;
  const expectedR = (stopTicks - costTicks) / stopTicks;
  if (!(expectedR > 0) || expectedR < rules.minExpectedValueR || spread > rules.maxSpreadTicks) return undefined;
  if (stop <= 0 || target <= 0) return undefined;
  const quantity = sizeByTrying({
    spec: rules.spec,
    rate: { num: 1, den: 1 },
    equityMicros: balance,
    freeMarginMicros: balance,
    leverage: rules.leverage,
    entryTicks: askedPrice,
    stopTicks: stopTicks + 2 * rules.slippageTicks,
    commissionPerLotMicros: rules.commissionPerLotMicros,
    riskPerTrade: rules.riskPerTrade,
    maxPositionMargin: rules.maxPositionMargin,
    halved: false,
  });
  if (quantity === 0) return undefined;
  return { side, quantity, askedPrice, stop, target, decidedAt: closeTime(bars[t]!, rules) };
}

function crossAt(bars: readonly SmaBar[], t: number, { fastBars, slowBars }: SmaRules): SmaTrade['side'] | undefined {
  if (t < Math.max(fastBars, slowBars)) return undefined;
  const fast = meanOfCloses(bars, t, fastBars);
  const slow = meanOfCloses(bars, t, slowBars);
  const fastBefore = meanOfCloses(bars, t - 1, fastBars);
  const slowBefore = meanOfCloses(bars, t - 1, slowBars);
  if (fastBefore <= slowBefore && fast > slow) return 'buy';
  if (fastBefore >= slowBefore && fast < slow) return 'sell';
  return undefined;
}

function meanOfCloses(bars: readonly SmaBar[], t: number, count: number): number {
  let sum = 0;
  for (let i = t - count + 1; i <= t; i++) sum += bars[i]!.close;
  return sum / count;
}

/** Wilder's, by bar; undefined before `period` ranges are known. The first bar has no range, having no close before it. */
function averageTrueRanges(bars: readonly SmaBar[], period: number): (number | undefined)[] {
  const ranges = bars.slice(1).map(({ high, low }, i) => {
    const before = bars[i]!.close;
    return Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
  });
  const averages: (number | undefined)[] = bars.map(() => undefined);
  for (let t = period; t < bars.length; t++) {
    const before = averages[t - 1];
    const first = ranges.slice(0, period).reduce((sum, range) => sum + range, 0) / period;
    averages[t] = before === undefined ? first : (before * (period - 1) + ranges[t - 1]!) / period;
  }
  return averages;
}

/** Buys are closed at the bid, sells at the ask. A gap fills at the open: the stop slips, the target does not. */
function exitAtOpen({ side, stop, target }: Position, bar: SmaBar, { slippageTicks }: SmaRules): Exit | undefined {
  const closedAt = bar.openAt;
  if (side === 'buy') {
    if (bar.open <= stop) return { exitPrice: bar.open - slippageTicks, exitReason: 'stop_loss', closedAt };
    if (bar.open >= target) return { exitPrice: bar.open, exitReason: 'take_profit', closedAt };
    return undefined;
  }
  const ask = bar.open + bar.spread;
  if (ask >= stop) return { exitPrice: ask + slippageTicks, exitReason: 'stop_loss', closedAt };
  if (ask <= target) return { exitPrice: ask, exitReason: 'take_profit', closedAt };
  return undefined;
}

function exitInside({ side, stop, target }: Position, bar: SmaBar, rules: SmaRules): Exit | undefined {
  const buy = side === 'buy';
  // A buy is closed at the bid; a sell at the ask, which lies a spread above the bar.
  const lowest = buy ? bar.low : bar.low + bar.spread;
  const highest = buy ? bar.high : bar.high + bar.spread;
  const stopped = buy ? lowest <= stop : highest >= stop;
  const reached = buy ? highest >= target : lowest <= target;
  const closedAt = closeTime(bar, rules);
  if (stopped && !(reached && rules.fillRule === 'optimistic')) {
    return {
      exitPrice: buy ? stop - rules.slippageTicks : stop + rules.slippageTicks,
      exitReason: 'stop_loss',
      closedAt,
    };
  }
  return reached ? { exitPrice: target, exitReason: 'take_profit', closedAt } : undefined;
}

/** Money in micros. A tick must be worth a whole number of them on one step; a commission is rounded up. */
function contractWorth({ spec, commissionPerLotMicros }: SmaRules) {
  const millionths = (decimal: number | string): bigint => BigInt(Math.round(Number(decimal) * 1e6));
  const lotStep = millionths(spec.lotStep);
  const perTickAndStep = millionths(spec.tickSize) * millionths(spec.contractSize) * lotStep;
  /** Of `micros × 10^12`, rounded away from zero where `up`. */
  const whole = (scaled: bigint, up: boolean): number => {
    const size = scaled < 0n ? -scaled : scaled;
    const rounded = (up ? size + 10n ** 12n - 1n : size) / 10n ** 12n;
    return Number(scaled < 0n ? -rounded : rounded);
  };
  const perNight = (points: number | string): number =>
    whole(BigInt(Math.round(Number(points) * 1e6)) * perTickAndStep, false) / 1e6;
  return {
    profit: (ticks: number, steps: number): number => whole(BigInt(ticks * steps) * perTickAndStep, false),
    commissionPerSide: (steps: number): number =>
      whole((BigInt(steps) * BigInt(commissionPerLotMicros) * lotStep * 10n ** 6n) / 2n, true),
    swap: ({ side, quantity, day }: Position, today: number): number => {
      const nightly = Math.round(perNight(side === 'buy' ? spec.swapLongPoints : spec.swapShortPoints));
      let sum = 0;
      for (let night = day; night < today; night++) sum += nightly * quantity * nightsCharged(night, spec.assetClass);
      return sum;
    },
  };
}

/** The night after this day. Spot settles two days later, so that Wednesday's is charged for the weekend too; coins never rest. */
function nightsCharged(day: number, assetClass: InstrumentSpec['assetClass']): number {
  if (assetClass === 'crypto') return 1;
  const weekday = new Date(day * DAY_MS).getUTCDay();
  if (weekday === 0 || weekday === 6) return 0;
  return weekday === 3 ? 3 : 1;
}

/** Days since 1970 by the session's clock. A day that begins at noon or later bears the next date. */
function tradingDays({ session }: SmaRules): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: session.timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (at) => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const date = Date.UTC(part['year']!, part['month']! - 1, part['day']!) / DAY_MS;
    const minute = part['hour']! * 60 + part['minute']!;
    if (session.dayStartMinutes >= 720) return minute >= session.dayStartMinutes ? date + 1 : date;
    return minute < session.dayStartMinutes ? date - 1 : date;
  };
}
