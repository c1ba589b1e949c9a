/** What became of each position while everything is being closed: told while one is still open, and once for all when the broker confirms. */
import type { EventOf } from '../domain/events.ts';
import { formatPrice, quantityToLots } from '../domain/instrument.ts';
import type { ReduceReason, Side } from '../domain/order.ts';
import { symbolPolicy } from '../domain/policy.ts';
import type { ServoState } from '../domain/state.ts';
import { formatSigned } from './words.ts';

/** Closes that are asked for until they are done, although nothing else is. */
const PURSUED: ReadonlySet<ReduceReason> = new Set(['mandate_weekend', 'mandate_news']);

export class FlattenReport {
  readonly #closed = new Map<string, string>();

  begin(): void {
    this.#closed.clear();
  }

  /** After the fill was applied. */
  filled(state: ServoState, { fill, trade }: EventOf<'fill_applied'>): void {
    if (trade === undefined || state.causes.flattening === undefined) return;
    const { instrument } = symbolPolicy(state.policy, trade.symbol);
    const profit = formatSigned(trade.profit, state.policy.currency);
    const at = formatPrice(instrument, fill.price);
    this.#closed.set(trade.positionId, `${named(state, trade)} closed @ ${at}, ${profit}`);
  }

  /** The venue did not close it; the sentence says why, or that it is not one of ours to say. */
  refused(state: ServoState, { orderId, detail }: EventOf<'order_changed'>): string | undefined {
    const intent = state.orders.get(orderId)?.intent;
    if (intent?.kind !== 'close') return undefined;
    if (state.causes.flattening === undefined && !PURSUED.has(intent.reason)) return undefined;
    const position = state.positions.get(intent.positionId);
    if (position === undefined) return undefined;
    return `STILL OPEN: ${named(state, position)}, because the venue refused to close it (${detail ?? 'no reason given'}). It is asked again until it is closed.`;
  }

  /** A position a line, as long as this process saw it close. */
  confirmed(): string {
    const lines = [...this.#closed.values()];
    this.#closed.clear();
    const what = lines.length === 0 ? '' : ` ${lines.join('; ')}.`;
    return `The broker confirms: nothing is open and no entry works.${what}`;
  }
}

interface Named {
  readonly symbol: string;
  readonly side: Side;
  readonly quantity: number;
}

function named({ policy }: ServoState, { symbol, side, quantity }: Named): string {
  return `${symbol} ${side} ${quantityToLots(symbolPolicy(policy, symbol).instrument, quantity)}`;
}
