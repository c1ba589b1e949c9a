/** How an order may change: every pair of status and event, and what each status means for exposure. */
import { describe, expect, test } from 'vitest';
import {
  direction,
  isInFlight,
  isTerminal,
  nextOrderStatus,
  ORDER_STATUSES,
  type OrderEventKind,
  type OrderStatus,
  OrderTransitionError,
  opposite,
  permittedOrderEvents,
  REJECT_CODES,
  sendByOf,
} from '../../src/domain/order.ts';
import { unixMs } from '../../src/domain/units.ts';
import { NOON, openIntentWith } from './builders.ts';

const EVENTS: readonly OrderEventKind[] = [
  'send',
  'deny',
  'withhold',
  'accept',
  'partial_fill',
  'fill',
  'complete',
  'reject',
  'cancel',
  'expire',
  'lose',
];

/** Every permitted change; a pair that is not here throws. */
const PERMITTED: readonly (readonly [OrderStatus, OrderEventKind, OrderStatus])[] = [
  ['authorised', 'send', 'sending'],
  ['authorised', 'deny', 'denied'],
  ['authorised', 'withhold', 'withheld'],
  ['authorised', 'cancel', 'cancelled'],
  ['authorised', 'expire', 'expired'],

  ['sending', 'accept', 'accepted'],
  ['sending', 'partial_fill', 'partially_filled'],
  ['sending', 'fill', 'filled'],
  ['sending', 'complete', 'completed'],
  ['sending', 'reject', 'rejected'],
  ['sending', 'cancel', 'cancelled'],
  ['sending', 'expire', 'expired'],
  ['sending', 'lose', 'unknown'],

  ['unknown', 'accept', 'accepted'],
  ['unknown', 'partial_fill', 'partially_filled'],
  ['unknown', 'fill', 'filled'],
  ['unknown', 'complete', 'completed'],
  ['unknown', 'reject', 'rejected'],
  ['unknown', 'cancel', 'cancelled'],
  ['unknown', 'expire', 'expired'],
  ['unknown', 'lose', 'unknown'],

  ['accepted', 'partial_fill', 'partially_filled'],
  ['accepted', 'fill', 'filled'],
  ['accepted', 'complete', 'completed'],
  ['accepted', 'reject', 'rejected'],
  ['accepted', 'cancel', 'cancelled'],
  ['accepted', 'expire', 'expired'],
  ['accepted', 'lose', 'unknown'],

  ['partially_filled', 'partial_fill', 'partially_filled'],
  ['partially_filled', 'fill', 'filled'],
  ['partially_filled', 'cancel', 'cancelled'],
  ['partially_filled', 'expire', 'expired'],
  ['partially_filled', 'lose', 'unknown'],

  ['cancelled', 'fill', 'filled'],
  ['cancelled', 'partial_fill', 'cancelled'],
];

describe('the table of changes', () => {
  test.each(PERMITTED)('%s, %s: %s', (from, event, to) => {
    expect(nextOrderStatus('O-1', from, event)).toBe(to);
  });

  const forbidden = ORDER_STATUSES.flatMap((from) =>
    EVENTS.filter((event) => !PERMITTED.some(([f, e]) => f === from && e === event)).map(
      (event) => [from, event] as const,
    ),
  );

  test('pairs permitted and forbidden are all there are', () => {
    expect(ORDER_STATUSES).toHaveLength(12);
    expect(PERMITTED).toHaveLength(35);
    expect(forbidden).toHaveLength(12 * EVENTS.length - 35);
  });

  test.each(forbidden)('%s, %s throws', (from, event) => {
    const change = () => nextOrderStatus('O-1', from, event);
    expect(change).toThrow(OrderTransitionError);
    expect(change).toThrow(expect.objectContaining({ name: 'OrderTransitionError' }));
    expect(change).toThrow(`order O-1: no "${event}" from "${from}"`);
  });

  test('what a status permits is asked of the same table', () => {
    for (const status of ORDER_STATUSES) {
      const expected = PERMITTED.filter(([from]) => from === status).map(([, event]) => event);
      expect(permittedOrderEvents(status).toSorted()).toEqual(expected.toSorted());
    }
  });

  test('an unknown outcome is left by the word of the venue alone: nothing sends, denies or withholds it', () => {
    for (const event of ['send', 'deny', 'withhold'] as const)
      expect(permittedOrderEvents('unknown')).not.toContain(event);
  });
});

describe('what a status means', () => {
  test.each<[OrderStatus, 'waits' | 'in flight' | 'over']>([
    ['authorised', 'waits'],
    ['sending', 'in flight'],
    ['accepted', 'in flight'],
    ['partially_filled', 'in flight'],
    ['unknown', 'in flight'],
    ['filled', 'over'],
    ['completed', 'over'],
    ['denied', 'over'],
    ['withheld', 'over'],
    ['rejected', 'over'],
    // Over for us, although the venue may still say that it had filled first.
    ['cancelled', 'over'],
    ['expired', 'over'],
  ])('%s %s', (status, meaning) => {
    expect(isInFlight(status)).toBe(meaning === 'in flight');
    expect(isTerminal(status)).toBe(meaning === 'over');
  });

  test('only a refusal about the price of the moment may be tried again', () => {
    const again = Object.entries(REJECT_CODES).filter(([, { retry }]) => retry);
    expect(again.map(([code]) => code)).toEqual(['requote', 'off_quotes', 'rejected', 'unfilled']);
  });

  test('an entry leaves by its own time, or before it expires', () => {
    const expires = openIntentWith();
    expect(sendByOf(expires)).toBe(expires.expiresAt);
    expect(sendByOf({ ...expires, sendBy: unixMs(NOON + 1) })).toBe(NOON + 1);
  });

  test('sides', () => {
    expect([opposite('buy'), opposite('sell')]).toEqual(['sell', 'buy']);
    expect([direction('buy'), direction('sell')]).toEqual([1, -1]);
  });
});
