/** An open book on which nothing works: what more bars make of it, as long as that is no more than further marks of the same positions. */

import { lossLimit, WARN_AT } from '../domain/account.ts';
import type { MarkedThrough } from '../domain/events.ts';
import { type ConversionRate, type ConversionRule, conversionRate, profitOf } from '../domain/instrument.ts';
import { extremeFloor } from '../domain/limits/extreme-risk.ts';
import { mandateStopsAt } from '../domain/limits/mandate.ts';
import { asksForBestPrice, betterPrice, remembering } from '../domain/management/progress.ts';
import { gainTicks, type Look } from '../domain/management/rule.ts';
import { actionOn } from '../domain/management/rules.ts';
import { LOSS_WINDOWS, symbolPolicy } from '../domain/policy.ts';
import type { Position } from '../domain/position.ts';
import type { ServoState } from '../domain/state.ts';
import type { Money, Price } from '../domain/units.ts';
import { conversionOf } from '../domain/valuation.ts';
import type { Candles } from '../market/candles.ts';
import type { Measures } from './measured-market.ts';

/** A market and its next row. */
export interface Lane {
  readonly candles: Candles;
  readonly measures: Pick<Measures, 'atrTicks'>;
  row: number;
}

/** A position with what its rules look at, which moves on from bar to bar. */
interface Held<L extends Lane> extends Mutable<Look> {
  readonly lane: L;
  readonly conversion: ConversionRule;
  /** The market whose price converts; its own where nothing is converted. */
  readonly converter: L;
  /** Above it, margin and worst case are no longer what they were reckoned to be. */
  readonly rateMost: number;
  floating: Money;
  /** Since the stages saw it last. */
  readonly noted: Noted;
}

/** What the marks that were taken note of leave behind. */
interface Noted {
  worst: Money;
  best: Money;
  bestPrice: Price | undefined;
  barsHeld: number;
  /** The row of the last one. */
  row: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class BookAtRest<L extends Lane> {
  readonly held: readonly Held<L>[];
  readonly #state: ServoState;
  readonly #asksForBestPrice: boolean;
  readonly #lossFloor: number;
  #peak: Money;
  #floor: number;

  /** To be made anew when the stages have changed anything. */
  constructor(state: ServoState, laneOf: (symbol: string) => L) {
    this.#state = state;
    this.#asksForBestPrice = asksForBestPrice(state.policy.position);
    this.held = [...state.positions.values()].map((position) => holding(state, position, laneOf));
    this.#peak = state.account.equityPeak;
    this.#lossFloor = Math.max(quietAboveLosses(state), RATE_ROOM * (extremeFloor(state)?.equity ?? -Infinity));
    this.#floor = this.#quietAbove();
  }

  /** Equity at the close of the rows before the lanes' next ones, and taken note of; undefined where the stages would do more than that. */
  mark(): Money | undefined {
    let equity: number = this.#state.account.balance;
    for (const each of this.held) {
      const { position, instrument } = each;
      const rate = this.#rateOf(each);
      if (rate === undefined || !(ratioOf(rate) <= each.rateMost)) return undefined;
      each.rate = rate;
      this.#lookAt(each);
      if (actionOn(each) !== undefined) return undefined;
      each.floating = profitOf(instrument, gainTicks(each), position.quantity, rate);
      equity += each.floating;
    }
    if (!(equity > this.#floor)) return undefined;
    for (const { noted, floating, bestPrice, barsHeld, lane } of this.held) {
      if (floating < noted.worst) noted.worst = floating;
      if (floating > noted.best) noted.best = floating;
      noted.bestPrice = bestPrice;
      noted.barsHeld = barsHeld;
      noted.row = lane.row - 1;
    }
    if (equity > this.#peak) {
      this.#peak = equity as Money;
      this.#floor = this.#quietAbove();
    }
    return equity as Money;
  }

  /** What the marks since the stages' last look would have left behind, one by one. */
  markedThrough(): MarkedThrough {
    return {
      peak: this.#peak,
      positions: this.held.map(({ position, noted: { worst, best, bestPrice, barsHeld } }) => {
        const { positionId, progress } = remembering(this.#state.policy.position, position, bestPrice, barsHeld);
        return { positionId, worst, best, ...(progress && { progress }) };
      }),
    };
  }

  /** A market without a new bar is as it was. */
  #lookAt(each: Held<L>): void {
    const { position, lane, noted } = each;
    const { close, high, low, spread } = lane.candles;
    const row = lane.row - 1;
    const long = position.side === 'buy';
    const cost = long ? 0 : (spread[row] as number);
    each.market = ((close[row] as number) + cost) as Price;
    each.atrTicks = lane.measures.atrTicks[row] as number;
    each.barsHeld = noted.barsHeld + row - noted.row;
    if (this.#asksForBestPrice && row > noted.row) {
      const best = ((long ? high : low)[row] as number) + cost;
      each.bestPrice = betterPrice(position.side, noted.bestPrice, best as Price);
    }
  }

  #rateOf({ conversion, converter: { candles, row } }: Held<L>): ConversionRate | undefined {
    if (conversion.kind === 'same') return conversionRate(conversion, undefined);
    const { instrument } = symbolPolicy(this.#state.policy, conversion.symbol);
    const price = candles.close[row - 1] as Price | undefined;
    return conversionRate(conversion, price === undefined ? undefined : { instrument, price });
  }

  /** Equity above which neither the drawdown nor a loss window nor extreme risk nor the mandate has anything to say. */
  #quietAbove(): number {
    const { causes, policy } = this.#state;
    const drawdownAt = causes.halted?.drawdown === true ? -Infinity : this.#peak * (1 - policy.limits.maxDrawdown);
    return Math.max(drawdownAt, mandateStopsAt(this.#state, this.#peak), this.#lossFloor) + MARGIN_MICROS;
  }
}

function holding<L extends Lane>(state: ServoState, position: Position, laneOf: (symbol: string) => L): Held<L> {
  const { policy } = state;
  const { symbol, entryPrice, worst, best, progress } = position;
  const { instrument, conversion } = symbolPolicy(policy, symbol);
  const lane = laneOf(symbol);
  const bestPrice = progress?.bestPrice;
  const barsHeld = progress?.barsHeld ?? 0;
  return {
    policy,
    instrument,
    position,
    rate: undefined,
    market: entryPrice,
    atrTicks: Number.NaN,
    bestPrice,
    barsHeld,
    lane,
    conversion,
    converter: conversion.kind === 'same' ? lane : laneOf(conversion.symbol),
    rateMost: RATE_ROOM * ratioOf(conversionOf(state, symbol)),
    floating: worst,
    noted: { worst, best, bestPrice, barsHeld, row: lane.row - 1 },
  };
}

/** How far a rate may rise before the stages look again: margin and worst case rise no further than it does. */
const RATE_ROOM = 1.05;
const ratioOf = (rate: ConversionRate | undefined): number => (rate === undefined ? Number.NaN : rate.num / rate.den);

/** So that no rounding on the way here can hide a limit that is reached. */
const MARGIN_MICROS = 2;

function quietAboveLosses({ account, policy: { limits } }: ServoState): number {
  let floor = -Infinity;
  for (const window of LOSS_WINDOWS) {
    const { step, startEquity } = account.windows[window];
    if (step === 'reached') continue;
    const actsAt = startEquity - lossLimit(account, window, limits) * (step === 'none' ? WARN_AT : 1);
    floor = Math.max(floor, actsAt);
  }
  return floor;
}
