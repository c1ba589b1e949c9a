/** A venue that does by seeded chance everything a venue may do: fills whole and in parts, late, not at all, or without saying. */
import { profitOf, SAME_CURRENCY } from '../../src/domain/instrument.ts';
import type { Bar } from '../../src/domain/market.ts';
import {
  type BrokerReport,
  direction,
  type Fill,
  type OpenIntent,
  type Order,
  opposite,
} from '../../src/domain/order.ts';
import { symbolPolicy } from '../../src/domain/policy.ts';
import type { Position } from '../../src/domain/position.ts';
import type { Random } from '../../src/domain/random.ts';
import type { ServoState } from '../../src/domain/state.ts';
import { type Money, money, type Price, price, type Quantity, quantity, type UnixMs } from '../../src/domain/units.ts';

export class ScriptedVenue {
  readonly #random: Random;
  readonly #working: OpenIntent[] = [];
  #sequence = 0;
  #deals = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  submit(state: ServoState, { intent }: Order, at: UnixMs): BrokerReport[] {
    if (intent.kind === 'open') return this.#open(intent, at);
    if (intent.kind === 'cancel') {
      const index = this.#working.findIndex(({ orderId }) => orderId === intent.cancelOrderId);
      if (index < 0) return [this.#rejected(intent.orderId, at)];
      this.#working.splice(index, 1);
      const { orderId, cancelOrderId } = intent;
      return [{ kind: 'cancelled', orderId: cancelOrderId, cancelledBy: orderId, sequence: this.#next(), at }];
    }
    const position = state.positions.get(intent.positionId);
    if (position === undefined) return [this.#rejected(intent.orderId, at)];
    if (intent.kind === 'close') {
      const fill = this.#closing(state, position, closeOf(state, position.symbol), intent.quantity, 'order', at);
      return [this.#filled({ ...fill, orderId: intent.orderId }, true, at)];
    }
    const { orderId, positionId, stopLoss, takeProfit } = intent;
    return [{ kind: 'amended', orderId, positionId, stopLoss, takeProfit, sequence: this.#next(), at }];
  }

  /** What happens inside a bar: late fills, swaps, stops and targets. */
  play(state: ServoState, bars: readonly Bar[]): BrokerReport[] {
    const at = (bars[0] as Bar).closeAt;
    const late = this.#working.splice(0).flatMap((intent) => this.#resolved(intent, at));
    const inside = [...state.positions.values()].flatMap((position) => {
      const bar = bars.find(({ symbol }) => symbol === position.symbol);
      return bar === undefined ? [] : this.#inside(state, position, bar);
    });
    return [...late, ...inside];
  }

  #open(intent: OpenIntent, at: UnixMs): BrokerReport[] {
    const { orderId, quantity: steps } = intent;
    const chance = this.#random.next();
    if (chance < 0.15) return [this.#rejected(orderId, at)];
    const accepted: BrokerReport = {
      kind: 'accepted',
      orderId,
      venueOrderId: `V-${orderId}`,
      sequence: this.#next(),
      at,
    };
    if (chance < 0.25) {
      this.#working.push(intent);
      return [accepted];
    }
    if (chance < 0.32) {
      this.#working.push(intent);
      return [accepted, { kind: 'lost', orderId, text: 'the connection broke', sequence: 0, at }];
    }
    if (chance < 0.45 && steps > 1) {
      const part = quantity(Math.floor(steps / 2));
      const rest = quantity(steps - part);
      return [
        accepted,
        this.#filled(this.#opening(intent, part, at), false, at),
        this.#filled(this.#opening(intent, rest, at), true, at),
      ];
    }
    return [accepted, this.#filled(this.#opening(intent, steps, at), true, at)];
  }

  #resolved(intent: OpenIntent, at: UnixMs): BrokerReport[] {
    if (this.#random.next() < 0.3) return [{ kind: 'expired', orderId: intent.orderId, sequence: this.#next(), at }];
    return [this.#filled(this.#opening(intent, intent.quantity, at), true, at)];
  }

  #inside(state: ServoState, position: Position, bar: Bar): BrokerReport[] {
    const { positionId, side, stopLoss, takeProfit } = position;
    const reports: BrokerReport[] = [];
    if (this.#random.next() < 0.05) {
      reports.push({ kind: 'swap', positionId, amount: money(-123_456), sequence: this.#next(), at: bar.closeAt });
    }
    const stopped = side === 'buy' ? bar.low <= stopLoss : bar.high + bar.spread >= stopLoss;
    const reached = side === 'buy' ? bar.high >= takeProfit : bar.low + bar.spread <= takeProfit;
    if (stopped || reached) {
      const cause = stopped ? 'stop_loss' : 'take_profit';
      const fill = this.#closing(
        state,
        position,
        stopped ? stopLoss : takeProfit,
        position.quantity,
        cause,
        bar.closeAt,
      );
      reports.push(this.#filled(fill, true, bar.closeAt));
    }
    return reports;
  }

  #opening(intent: OpenIntent, steps: Quantity, at: UnixMs): Fill {
    const { orderId, symbol, side, stopLoss, takeProfit } = intent;
    const slip = Math.floor(this.#random.next() * 3);
    const at0 = { stopLoss, takeProfit, profit: money(0), commission: money(-35_000 * steps), at };
    return {
      ...at0,
      dealId: this.#deal(),
      orderId,
      positionId: `P-${orderId}`,
      symbol,
      side,
      effect: 'open',
      cause: 'order',
      quantity: steps,
      price: price(intent.referencePrice + direction(side) * slip),
    };
  }

  #closing(state: ServoState, held: Position, at: Price, steps: Quantity, cause: Fill['cause'], when: UnixMs): Fill {
    const { positionId, symbol, side, entryPrice, stopLoss, takeProfit } = held;
    const { instrument } = symbolPolicy(state.policy, symbol);
    const profit: Money = profitOf(instrument, direction(side) * (at - entryPrice), steps, SAME_CURRENCY);
    const identity = {
      dealId: this.#deal(),
      positionId,
      symbol,
      side: opposite(side),
      effect: 'close',
      cause,
    } as const;
    return { ...identity, quantity: steps, price: at, profit, commission: money(0), stopLoss, takeProfit, at: when };
  }

  #filled(fill: Fill, orderDone: boolean, at: UnixMs): BrokerReport {
    return { kind: 'filled', fill, orderDone, sequence: this.#next(), at };
  }

  #rejected(orderId: string, at: UnixMs): BrokerReport {
    return { kind: 'rejected', orderId, code: 'requote', text: 'the price has moved', sequence: this.#next(), at };
  }

  #next(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  #deal(): string {
    this.#deals += 1;
    return `D${this.#deals}`;
  }
}

const closeOf = (state: ServoState, symbol: string): Price => state.markets.get(symbol)?.lastBar?.close ?? price(1);
