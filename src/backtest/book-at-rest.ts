/** An open book on which nothing works: what one more bar makes of it, as long as that is no more than another mark of the same positions. */

import { lossLimit, WARN_AT } from '../domain/account.ts';
import { type ConversionRate, type Instrument, profitOf, SAME_CURRENCY } from '../domain/instrument.ts';
import { LOSS_WINDOWS, symbolPolicy } from '../domain/policy.ts';
import { floatingTicks, type Position } from '../domain/position.ts';
import type { ServoState } from '../domain/state.ts';
import { trailedStop } from '../domain/stops.ts';
import type { Money, Price } from '../domain/units.ts';
import type { Candles } from '../market/candles.ts';

/** A market at its next row. */
export interface Lane {
  readonly candles: Candles;
  row: number;
}

interface Held<L extends Lane> {
  readonly position: Position;
  readonly lane: L;
  readonly instrument: Instrument;
  readonly rate: ConversionRate;
}

export class BookAtRest<L extends Lane> {
  readonly held: readonly Held<L>[];
  readonly #balance: Money;
  readonly #peak: Money;
  readonly #floor: number;
  readonly #trailingStep: number | undefined;

  /** To be made anew when the stages have changed anything. */
  constructor(state: ServoState, laneOf: (symbol: string) => L) {
    const { account, policy } = state;
    this.held = [...state.positions.values()].map((position) => {
      const { instrument, conversion } = symbolPolicy(policy, position.symbol);
      return {
        position,
        lane: laneOf(position.symbol),
        instrument,
        // A rate that moves is left to the stages: NaN is never quiet.
        rate: conversion.kind === 'same' ? SAME_CURRENCY : NO_RATE,
      };
    });
    this.#balance = account.balance;
    this.#peak = account.equityPeak;
    this.#floor = quietAbove(state);
    this.#trailingStep = policy.position.trailingStop ? policy.position.trailingStep : undefined;
  }

  /** Equity at the rows before the lanes' next ones; undefined where the stages would do more than take note of it. */
  quietEquity(): Money | undefined {
    let equity: number = this.#balance;
    for (const { position, lane, instrument, rate } of this.held) {
      if (rate === NO_RATE) return undefined;
      const { close, spread } = lane.candles;
      const bid = close[lane.row - 1] as Price;
      const ask = (bid + (spread[lane.row - 1] as number)) as Price;
      const floating = profitOf(instrument, floatingTicks(position, bid, ask), position.quantity, rate);
      // A new worst or best is kept with the position.
      if (!(floating >= position.worst && floating <= position.best)) return undefined;
      const step = this.#trailingStep;
      if (step !== undefined && trailedStop(instrument, position, bid, ask, step) !== undefined) return undefined;
      equity += floating;
    }
    return equity > this.#floor && equity <= this.#peak ? (equity as Money) : undefined;
  }
}

const NO_RATE: ConversionRate = { num: Number.NaN, den: Number.NaN };
/** So that no rounding on the way here can hide a limit that is reached. */
const MARGIN_MICROS = 2;

/** Equity above which neither the drawdown nor a loss window has anything to say. */
function quietAbove({ account, policy, causes }: ServoState): number {
  const { limits } = policy;
  const drawdownAt = causes.halted?.drawdown === true ? -Infinity : account.equityPeak * (1 - limits.maxDrawdown);
  const steps = LOSS_WINDOWS.map((window) => {
    const { step, startEquity } = account.windows[window];
    if (step === 'reached') return -Infinity;
    return startEquity - lossLimit(account, window, limits) * (step === 'none' ? WARN_AT : 1);
  });
  return Math.max(drawdownAt, ...steps) + MARGIN_MICROS;
}
