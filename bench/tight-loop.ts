/** The SMA cross as one loop over columns, no object a bar: about as fast as this language goes. `node bench/tight-loop.ts FILE BARS` runs it whole. */
import type { SmaRules, SmaTrade } from '../tests/oracle/sma-cross.ts';

/** Bid prices and spreads in ticks, times in Unix ms. */
export interface TightColumns {
  readonly openAt: Float64Array;
  readonly open: Int32Array;
  readonly high: Int32Array;
  readonly low: Int32Array;
  readonly close: Int32Array;
  readonly spread: Int32Array;
}

/** One place a trade in each; `count` are filled. */
export interface TightTrades {
  count: number;
  /** 1 bought, −1 sold. */
  readonly sign: Float64Array;
  readonly quantity: Float64Array;
  readonly entryPrice: Float64Array;
  readonly exitPrice: Float64Array;
  readonly openedAt: Float64Array;
  readonly closedAt: Float64Array;
  /** 1 the stop, 2 the target. */
  readonly exit: Float64Array;
  readonly profitMicros: Float64Array;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const LATEST_OPEN_MS = 60_000;
const NO_POSITION = 0;

/** The contract in whole numbers, reckoned once. Throws on one whose tick is not whole micros, and on any session but New York's. */
function contractOf({ spec, session, commissionPerLotMicros }: SmaRules) {
  const lotStep = Number(spec.lotStep);
  const microsPerTick = Number((Number(spec.tickSize) * Number(spec.contractSize) * lotStep * 1e6).toFixed(6));
  const perNight = (points: number | string): number => Math.round(Number(points) * microsPerTick);
  const newYork = session.timezone === 'America/New_York' && session.dayStartMinutes === 17 * 60;
  if (!Number.isInteger(microsPerTick) || !newYork || spec.assetClass === 'crypto') {
    throw new Error(`the tight loop is not written for ${spec.symbol} with a day of ${session.timezone}`);
  }
  return {
    microsPerTick,
    commissionPerStep: Math.round(commissionPerLotMicros * lotStep),
    swapLong: perNight(spec.swapLongPoints),
    swapShort: perNight(spec.swapShortPoints),
    most: Math.round(Number(spec.lotMax) / lotStep),
    least: Math.round(Number(spec.lotMin) / lotStep),
    nearest: Math.max(1, spec.stopDistanceMinPoints),
  };
}

export function tightSmaCross(columns: TightColumns, rows: number, rules: SmaRules): TightTrades {
  const { openAt, open, high, low, close, spread } = columns;
  const { timeframeMs, fastBars, slowBars, atrBars, stopAtr, targetAtr, decideFrom, leverage } = rules;
  const { slippageTicks, maxSlippage, maxSpreadTicks, minExpectedValueR } = rules;
  const { microsPerTick, commissionPerStep, swapLong, swapShort, most, least, nearest } = contractOf(rules);
  const riskFraction = (rules.riskPerTrade / 10_000) * (1 + 2 * Number.EPSILON);
  const marginFraction = (rules.maxPositionMargin / 10_000) * (1 + 2 * Number.EPSILON);
  const commissionTicks = rules.commissionPerLotMicros / (microsPerTick / Number(rules.spec.lotStep));
  const optimistic = rules.fillRule === 'optimistic';
  const atOnce = rules.latencyMs === 0;
  const trades = emptyTrades(rows);

  let balance = rules.balanceMicros;
  let [fastSum, slowSum, before, atr, atrSeed] = [0, 0, 0, 0, 0];
  // The position; sign 0 is none.
  let [sign, quantity, entryPrice, stop, target, openedAt, day, paid] = [NO_POSITION, 0, 0, 0, 0, 0, 0, 0];
  // The order that waits for the next open; sign 0 is none. Its quantity, stop and target are those above.
  let [waiting, askedPrice] = [NO_POSITION, 0];

  for (let t = 0; t < rows; t++) {
    const at = openAt[t] as number;
    const bidOpen = open[t] as number;
    const bidHigh = high[t] as number;
    const bidLow = low[t] as number;
    const bidClose = close[t] as number;
    const width = spread[t] as number;
    let exit = 0;
    let exitPrice = 0;
    let closedAt = at;

    if (sign !== NO_POSITION) {
      const today = newYorkDay(at);
      if (today > day) {
        const swap = (sign > 0 ? swapLong : swapShort) * quantity * nightsBetween(day, today);
        balance += swap;
        paid += swap;
        day = today;
      }
      const closing = sign > 0 ? bidOpen : bidOpen + width;
      if (sign * (closing - stop) <= 0) {
        exit = 1;
        exitPrice = closing - sign * slippageTicks;
      } else if (sign * (closing - target) >= 0) {
        exit = 2;
        exitPrice = closing;
      }
    } else if (waiting !== NO_POSITION) {
      const quote = waiting > 0 ? bidOpen + width : bidOpen;
      const closing = waiting > 0 ? bidOpen : bidOpen + width;
      const price = quote + waiting * slippageTicks;
      const deviation = Math.max(1, Math.floor(askedPrice * maxSlippage + 1e-9));
      const inTime = at - ((openAt[t - 1] as number) + timeframeMs) <= timeframeMs + LATEST_OPEN_MS;
      if (
        inTime &&
        waiting * (price - askedPrice) <= deviation &&
        waiting * (closing - stop) > 0 &&
        waiting * (target - closing) > 0
      ) {
        sign = waiting;
        entryPrice = price;
        openedAt = at;
        day = newYorkDay(at);
        paid = -Math.ceil((quantity * commissionPerStep) / 2);
        balance += paid;
      }
      waiting = NO_POSITION;
    }

    if (sign !== NO_POSITION && exit === 0) {
      const lowest = sign > 0 ? bidLow : bidLow + width;
      const highest = sign > 0 ? bidHigh : bidHigh + width;
      const stopped = sign > 0 ? lowest <= stop : highest >= stop;
      const reached = sign > 0 ? highest >= target : lowest <= target;
      if (stopped && !(reached && optimistic)) {
        exit = 1;
        exitPrice = stop - sign * slippageTicks;
      } else if (reached) {
        exit = 2;
        exitPrice = target;
      }
      closedAt = at + timeframeMs;
    }

    if (exit !== 0) {
      const earned =
        sign * (exitPrice - entryPrice) * quantity * microsPerTick - Math.ceil((quantity * commissionPerStep) / 2);
      balance += earned;
      const n = trades.count++;
      trades.sign[n] = sign;
      trades.quantity[n] = quantity;
      trades.entryPrice[n] = entryPrice;
      trades.exitPrice[n] = exitPrice;
      trades.openedAt[n] = openedAt;
      trades.closedAt[n] = closedAt;
      trades.exit[n] = exit;
      trades.profitMicros[n] = earned + paid;
      sign = NO_POSITION;
    }

    if (t > 0) {
      const last = close[t - 1] as number;
      const range = Math.max(bidHigh, last) - Math.min(bidLow, last);
      if (t > atrBars) atr += (range - atr) / atrBars;
      else {
        atrSeed += range;
        if (t === atrBars) atr = atrSeed / atrBars;
      }
    }
    fastSum += bidClose - (t >= fastBars ? (close[t - fastBars] as number) : 0);
    slowSum += bidClose - (t >= slowBars ? (close[t - slowBars] as number) : 0);
    if (t < slowBars - 1) continue;
    const difference = fastSum * slowBars - slowSum * fastBars;
    const cross = t < slowBars ? 0 : before <= 0 && difference > 0 ? 1 : before >= 0 && difference < 0 ? -1 : 0;
    before = difference;
    if (cross === 0 || sign !== NO_POSITION || t < decideFrom || t < atrBars) continue;

    const stopTicks = Math.max(nearest, Math.round(atr * stopAtr));
    const targetTicks = Math.max(nearest, Math.round(atr * targetAtr));
    const expectedR = (stopTicks - width - 2 * slippageTicks - commissionTicks) / stopTicks;
    if (!(expectedR > 0) || expectedR < minExpectedValueR || width > maxSpreadTicks) continue;
    askedPrice = cross > 0 ? bidClose + width : bidClose;
    stop = askedPrice - cross * stopTicks;
    target = askedPrice + cross * targetTicks;
    const marginPerStep = Math.ceil((askedPrice * microsPerTick) / leverage);
    const riskPerStep = (stopTicks + 2 * slippageTicks) * microsPerTick + commissionPerStep;
    quantity = Math.min(
      Math.floor(Math.floor(balance * riskFraction) / riskPerStep),
      Math.floor(Math.floor(balance * marginFraction) / marginPerStep),
      Math.floor(balance / marginPerStep),
      most,
    );
    if (quantity < least || stop <= 0 || target <= 0) continue;
    if (!atOnce) {
      waiting = cross;
      continue;
    }
    const closing = cross > 0 ? bidClose : bidClose + width;
    const deviation = Math.max(1, Math.floor(askedPrice * maxSlippage + 1e-9));
    if (slippageTicks > deviation || cross * (closing - stop) <= 0 || cross * (target - closing) <= 0) continue;
    sign = cross;
    entryPrice = askedPrice + cross * slippageTicks;
    openedAt = at + timeframeMs;
    day = newYorkDay(openedAt);
    paid = -Math.ceil((quantity * commissionPerStep) / 2);
    balance += paid;
  }
  return trades;
}

/** There cannot be more trades than bars; what is never written costs no memory. */
function emptyTrades(rows: number): TightTrades {
  const column = (): Float64Array => new Float64Array(rows);
  return {
    count: 0,
    sign: column(),
    quantity: column(),
    entryPrice: column(),
    exitPrice: column(),
    openedAt: column(),
    closedAt: column(),
    exit: column(),
    profitMicros: column(),
  };
}

let summerFrom = 0;
let summerTo = 0;
let yearFrom = 0;
let yearTo = 0;

/** The trading day that begins at 17:00 in New York, by the rule for its clocks since 2007. */
function newYorkDay(at: number): number {
  if (at < yearFrom || at >= yearTo) {
    const year = new Date(at).getUTCFullYear();
    yearFrom = Date.UTC(year, 0, 1);
    yearTo = Date.UTC(year + 1, 0, 1);
    summerFrom = sundayOf(year, 2, 2) + 7 * HOUR_MS;
    summerTo = sundayOf(year, 10, 1) + 6 * HOUR_MS;
  }
  const hoursBehind = at >= summerFrom && at < summerTo ? 4 : 5;
  return Math.floor((at - hoursBehind * HOUR_MS + 7 * HOUR_MS) / DAY_MS);
}

/** Midnight UTC of the nth Sunday of a month. */
function sundayOf(year: number, month: number, nth: number): number {
  const first = Date.UTC(year, month, 1);
  const weekday = new Date(first).getUTCDay();
  return first + (((7 - weekday) % 7) + 7 * (nth - 1)) * DAY_MS;
}

function nightsBetween(from: number, to: number): number {
  let nights = 0;
  for (let day = from; day < to; day++) {
    // Day 0 was a Thursday; from Sunday on.
    const weekday = (day + 4) % 7;
    nights += weekday === 3 ? 3 : weekday === 0 || weekday === 6 ? 0 : 1;
  }
  return nights;
}

/** As objects, for those who compare. */
export function tightTradeList(trades: TightTrades): SmaTrade[] {
  return Array.from({ length: trades.count }, (_, n) => ({
    side: trades.sign[n] === 1 ? 'buy' : 'sell',
    quantity: trades.quantity[n] ?? 0,
    entryPrice: trades.entryPrice[n] ?? 0,
    exitPrice: trades.exitPrice[n] ?? 0,
    openedAt: trades.openedAt[n] ?? 0,
    closedAt: trades.closedAt[n] ?? 0,
    exitReason: trades.exit[n] === 1 ? 'stop_loss' : 'take_profit',
    profitMicros: trades.profitMicros[n] ?? 0,
  }));
}
