/** Whatever is sent, lost, refused, told late or twice, or restarted: the book says of every order what its venue said last. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTerminal, ORDER_STATUSES, type OrderStatus } from '../../src/domain/order.ts';
import { BUSY, commandsFor, Venue } from './order-life.ts';
import { World } from './world.ts';

const seen = new Set<OrderStatus>();
let commandsRun = 0;

/** The servo's book against the model's, after every command. */
function compare(venue: Venue, world: World): void {
  commandsRun += 1;
  const { state } = world;
  const book = [...state.orders].map(([id, { status, filled, authorisation }]) => [id, status, filled, authorisation]);
  const model = [...venue.expected].map(([id, { status, filled, sent }]) => [id, status, filled, sent]);
  expect(book).toEqual(model);
  for (const [orderId, { status, filled }] of state.orders) {
    seen.add(status);
    expect(filled).toBeLessThanOrEqual(venue.order(orderId).ordered);
    const end = venue.ended.get(orderId);
    // What is over stays as it ended, but for a fill that was faster than the cancel.
    if (end !== undefined && end !== status) expect([end, status]).toEqual(['cancelled', 'filled']);
    if (isTerminal(status)) venue.ended.set(orderId, status);
  }
  const open = [...venue.known].filter(([, steps]) => steps !== 0).toSorted();
  expect([...state.positions].map(([id, { quantity }]) => [id, quantity]).toSorted()).toEqual(open);
  expect([state.account.balance, state.reportCursor, state.ordersSent]).toEqual([
    venue.balance,
    venue.told,
    venue.sent,
  ]);
  const sent = world.all('order_changed').filter(({ change }) => change === 'send');
  expect(new Set(sent.map(({ orderId }) => orderId)).size).toBe(sent.length);
}

test('an order is sent once, fills no more than was ordered, ends once, and hears each report once', () => {
  fc.assert(
    fc.property(commandsFor(compare), (commands) => {
      const world = new World(BUSY);
      world.step();
      fc.modelRun(() => ({ model: new Venue(), real: world }), commands);
    }),
    { numRuns: 200 },
  );
  expect(commandsRun).toBeGreaterThan(3000);
  // Nothing is withheld where everything is sent.
  expect([...seen].toSorted()).toEqual(ORDER_STATUSES.filter((status) => status !== 'withheld').toSorted());
});
