/** A position of ours without a stop at the broker: dressed or closed within five seconds of process time, whatever the queue does. */
import { expect, onTestFinished, test } from 'vitest';
import type { Order } from '../../src/domain/order.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { Watchdog } from '../../src/servo/watchdog.ts';
import { type Between, Rig } from './support/rig.ts';

/** A broker that loses the stop of whatever is open. */
class Undresser {
  naked = false;
  /** Whether a stop that is put back stays. */
  sticks = true;
  /** No close goes through. */
  closed = false;
  readonly sent: Order['intent'][] = [];

  readonly ports: Between = (ports) => ({
    ...ports,
    broker: {
      ...ports.broker,
      submit: async (order) => {
        this.sent.push(order.intent);
        if (order.intent.kind === 'close' && this.closed) throw new Error('the market is closed');
        if (order.intent.kind === 'modify' && this.sticks) this.naked = false;
        return ports.broker.submit(order);
      },
      snapshot: async () => {
        const snapshot = await ports.broker.snapshot();
        const positions = snapshot.positions.map(({ stopLoss, ...bare }) =>
          this.naked || stopLoss === undefined ? bare : { ...bare, stopLoss },
        );
        return { ...snapshot, positions };
      },
    },
  });
}

/** Time that passes when the test says so; what the servo begins meanwhile is let finish. */
function virtualTime(rig: Rig) {
  const due: { atMs: number; act: () => void }[] = [];
  let nowMs = 0;
  const clock: Clock = {
    wall: () => rig.clock.wall(),
    monotonic: () => rig.clock.monotonic(),
    after(ms, act) {
      const entry = { atMs: nowMs + ms, act };
      due.push(entry);
      return () => void due.splice(due.indexOf(entry), due.includes(entry) ? 1 : 0);
    },
  };
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 100) {
      nowMs += 100;
      rig.clock.pass(100);
      for (const entry of due.filter(({ atMs }) => atMs <= nowMs)) {
        due.splice(due.indexOf(entry), 1);
        entry.act();
      }
      for (let i = 0; i < 5; i++) await new Promise(setImmediate);
    }
  }
  return { clock, pass };
}

/** A position is open, the queue is dead, and the watchdog's interval is long: stops are watched all the same. */
async function scene() {
  const broker = new Undresser();
  const disk = { full: false };
  const rig = await Rig.start({
    ports: (ports) => ({
      ...broker.ports(ports),
      store: {
        ...ports.store,
        append: (...batch) => {
          if (disk.full) throw new Error('the disk is full');
          ports.store.append(...batch);
        },
      },
    }),
  });
  rig.model.wants = 'buy';
  await rig.bars(2);
  rig.model.wants = 'nothing';
  broker.sent.length = 0;
  const time = virtualTime(rig);
  const watchdog = new Watchdog(rig.servo, time.clock, 3_600_000, () => undefined);
  watchdog.start();
  onTestFinished(() => watchdog.stop());
  const [position] = rig.state.positions.values();
  if (position === undefined) throw new Error('nothing is open');
  return { broker, disk, rig, pass: time.pass, position };
}

test('as long as every position has its stop, nothing is sent and nothing is written', async () => {
  const { broker, rig, pass } = await scene();
  const events = rig.events.length;
  await pass(10_000);
  expect(broker.sent).toEqual([]);
  expect(rig.events.length).toBe(events);
});

test('the stop is put back where it was', async () => {
  const { broker, rig, pass, position } = await scene();
  broker.naked = true;
  await pass(5_000);
  const { positionId, stopLoss, takeProfit } = position;
  expect(broker.sent).toMatchObject([{ kind: 'modify', reason: 'no_stop', positionId, stopLoss, takeProfit }]);
  expect(rig.state.positions.get(positionId)?.stopLoss).toBe(stopLoss);
  expect(rig.of('stop_missing')).toMatchObject([{ positionId, symbol: 'EURUSD' }]);
  expect(rig.store.outbox.pending(20).map(({ kind, severity }) => `${kind} ${severity}`)).toContain('naked critical');
  // Gone once more, it is put back once more.
  broker.naked = true;
  await pass(5_000);
  expect(broker.sent.map(({ kind }) => kind)).toEqual(['modify', 'modify']);
  expect(new Set(broker.sent.map(({ orderId }) => orderId)).size).toBe(2);
  expect(rig.status).toBe('running');
});

test('where the stop does not come back, the servo halts, and then the position is closed within five seconds', async () => {
  const { broker, rig, pass, position } = await scene();
  broker.naked = true;
  broker.sticks = false;
  await pass(4_900);
  expect(broker.sent.map(({ kind }) => kind)).toEqual(['modify', 'modify', 'modify', 'close']);
  expect(broker.sent.at(-1)).toMatchObject({ reason: 'no_stop', quantity: position.quantity });
  expect(rig.state.positions.size).toBe(0);
  expect((await rig.broker.snapshot()).positions).toEqual([]);
  expect(rig.of('fill_applied').at(-1)?.trade?.exitReason).toBe('no_stop');
  expect(rig.status).toBe('halted');
  expect(rig.view.reason).toMatch(/^extreme risk: position P-EURUSD\S+ could not be given a stop in 3\.0 s/);
  const [halted, asked] = ['halted', 'close'].map((what) =>
    rig.events.findIndex(
      (event) => event.kind === what || (event.kind === 'reduce_requested' && event.intent.kind === what),
    ),
  );
  expect(halted).toBeGreaterThan(0);
  expect(asked).toBeGreaterThan(halted ?? asked ?? 0);
});

test('what a full disk kept from being asked for is asked for as soon as there is room', async () => {
  const { broker, disk, pass } = await scene();
  broker.naked = true;
  disk.full = true;
  await pass(4_000);
  expect(broker.sent).toEqual([]);
  disk.full = false;
  await pass(1_100);
  expect(broker.sent).toMatchObject([{ kind: 'modify', reason: 'no_stop' }]);
});

test('past its stop there is nothing to put back: it is closed at once', async () => {
  const { broker, rig, pass, position } = await scene();
  broker.naked = true;
  // The venue would act on its own stop; the servo alone sees this bar.
  const symbol = position.symbol;
  const last = rig.state.markets.get(symbol)?.lastBar;
  if (last === undefined) throw new Error('no bar');
  (rig.state.positions as Map<string, typeof position>).set(position.positionId, { ...position, stopLoss: last.close });
  await pass(1_000);
  expect(broker.sent).toMatchObject([{ kind: 'close', reason: 'no_stop' }]);
  expect(rig.state.positions.size).toBe(0);
});

test('where nothing goes through, the close is asked for again at a pace, under another id', async () => {
  const { broker, pass, position } = await scene();
  broker.naked = true;
  broker.sticks = false;
  broker.closed = true;
  await pass(26_000);
  const closes = broker.sent.filter(({ kind }) => kind === 'close');
  expect(closes.length).toBeLessThanOrEqual(3);
  broker.closed = false;
  await pass(12_000);
  expect(new Set(broker.sent.map(({ orderId }) => orderId)).size).toBe(broker.sent.length);
  expect(broker.sent.at(-1)).toMatchObject({ kind: 'close', positionId: position.positionId });
});
