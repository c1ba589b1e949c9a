/** What the bars see of a position while it is open: how far prices went against it and in its favour. */
import { type ConversionRate, type Instrument, profitOf } from '../domain/instrument.ts';
import { direction } from '../domain/order.ts';
import type { Position, Trade } from '../domain/position.ts';
import { type Money, money, type Price } from '../domain/units.ts';
import type { Candles } from '../market/candles.ts';
import type { BacktestTrade, DecisionRecord } from './result.ts';

/** What was known when the position opened. */
export interface Opening {
  readonly decision: DecisionRecord | undefined;
  readonly slippageTicks: number;
  readonly spreadTicks: number;
  readonly stopTicks: number;
}

export class OpenTrade {
  readonly opening: Opening;
  #worstTicks = 0;
  #bestTicks = 0;

  constructor(opening: Opening) {
    this.opening = opening;
  }

  /** A bar through which the position stayed open. */
  see({ side, entryPrice }: Position, high: number, low: number, spread: number): void {
    if (side === 'buy') this.#reach(low - entryPrice, high - entryPrice);
    else this.#reach(entryPrice - high - spread, entryPrice - low - spread);
  }

  seeRows(position: Position, { high, low, spread }: Candles, fromRow: number, toRow: number): void {
    for (let row = fromRow; row < toRow; row++) {
      this.see(position, high[row] as number, low[row] as number, spread[row] as number);
    }
  }

  /** `exitPrice` is that of its last part. */
  close(trade: Trade, exitPrice: Price, instrument: Instrument, rate: ConversionRate): BacktestTrade {
    const exitTicks = direction(trade.side) * (exitPrice - trade.entryPrice);
    this.#reach(exitTicks, exitTicks);
    const inMoney = (ticks: number): Money => profitOf(instrument, ticks, trade.quantity, rate);
    const { decision, slippageTicks, spreadTicks, stopTicks } = this.opening;
    return {
      exitPrice,
      ...trade,
      confidence: decision?.confidence ?? 0,
      expectedValueR: decision?.expectedValueR ?? 0,
      slippageTicks,
      spreadTicks,
      stopTicks: stopTicks as Price,
      adverseExcursion: money(Math.min(0, inMoney(this.#worstTicks))),
      favourableExcursion: money(Math.max(0, inMoney(this.#bestTicks))),
    };
  }

  #reach(worst: number, best: number): void {
    if (worst < this.#worstTicks) this.#worstTicks = worst;
    if (best > this.#bestTicks) this.#bestTicks = best;
  }
}
