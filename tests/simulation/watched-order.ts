/** What the watcher knows of one order, and in which direction an order may move. */
import type { EventOf } from '../../src/domain/events.ts';
import type { Order, OrderStatus } from '../../src/domain/order.ts';

export interface WatchedOrder {
  readonly intent: Order['intent'];
  status: OrderStatus;
  sendsMarked: number;
  handedOver: number;
  arrivals: number;
  filled: number;
  /** The venue has acted on it: accepted, filled, amended or closed something for it. */
  venueActed: boolean;
  venueRefused: boolean;
  /** The journal says that it never was executed and never will be. */
  writtenOff: boolean;
  day: number | undefined;
}

export const watchedOrder = (intent: Order['intent']): WatchedOrder => ({
  intent,
  status: 'authorised',
  sendsMarked: 0,
  handedOver: 0,
  arrivals: 0,
  filled: 0,
  venueActed: false,
  venueRefused: false,
  writtenOff: false,
  day: undefined,
});

export const STATUS_AFTER: Partial<Record<EventOf<'order_changed'>['change'], OrderStatus>> = {
  send: 'sending',
  deny: 'denied',
  withhold: 'withheld',
  accept: 'accepted',
  partial_fill: 'partially_filled',
  fill: 'filled',
  complete: 'completed',
  reject: 'rejected',
  cancel: 'cancelled',
  expire: 'expired',
  lose: 'unknown',
};

/** Onwards, or out of an unknown outcome; never back, and never out of what is over. */
export function mayMove(from: OrderStatus, to: OrderStatus): boolean {
  const forward = RANK[to] > RANK[from] || (to === from && to === 'partially_filled') || to === 'unknown';
  const over = RANK[from] === 5 || (from === 'cancelled' && to !== 'filled' && to !== 'cancelled');
  const seen = (from === 'accepted' || from === 'partially_filled') && to === 'sending';
  return (forward || (from === 'unknown' && to !== 'authorised' && to !== 'sending')) && !over && !seen;
}

const RANK: Record<OrderStatus, number> = {
  authorised: 0,
  sending: 1,
  unknown: 2,
  accepted: 2,
  partially_filled: 3,
  filled: 5,
  completed: 5,
  denied: 5,
  withheld: 5,
  rejected: 5,
  cancelled: 4,
  expired: 5,
};
