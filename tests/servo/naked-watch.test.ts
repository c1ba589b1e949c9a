/** A position of ours without a stop at the broker: dressed or closed within five seconds of process time, whatever the queue does. */
import { expect, onTestFinished, test } from 'vitest';
import type { Order } from '../../src/domain/order.ts';
import type { Broker, Clock } from '../../src/domain/ports.ts';
import { STAGES } from '../../src/servo/stage.ts';
import { Watchdog } from '../../src/servo/watchdog.ts';
import { type Between, Rig } from './support/rig.ts';

/** A broker that loses the stop of whatever is open. */
class Undresser {
  naked = false;
  /** Whether a stop that is put back stays. */
  sticks = true;
  /** No close goes through. */
  closed = false;
  /** Calls that never end. */
  readonly hangs = new Set<keyof Broker>();
  readonly sent: Order['intent'][] = [];

  readonly ports: Between = (ports) => ({
    ...ports,
    broker: {
      ...ports.broker,
      connect: (epoch) => this.#unless('connect', () => ports.broker.connect(epoch)),
      onBars: (bars) => this.#unless('onBars', () => ports.broker.onBars(bars)),
      reportsAfter: (cursor) => this.#unless('reportsAfter', () => ports.broker.reportsAfter(cursor)),
      statusOf: (orderId) => this.#unless('statusOf', () => ports.broker.statusOf(orderId)),
      submit: (order) => {
        this.sent.push(order.intent);
        return this.#unless('submit', async () => {
          if (order.intent.kind === 'close' && this.closed) throw new Error('the market is closed');
          if (order.intent.kind === 'modify' && this.sticks) this.naked = false;
          return ports.broker.submit(order);
        });
      },
      snapshot: () =>
        this.#unless('snapshot', async () => {
          const snapshot = await ports.broker.snapshot();
          const positions = snapshot.positions.map(({ stopLoss, ...bare }) =>
            this.naked || stopLoss === undefined ? bare : { ...bare, stopLoss },
          );
          return { ...snapshot, positions };
        }),
    },
  });

  #unless<T>(method: keyof Broker, call: () => Promise<T>): Promise<T> {
    return this.hangs.has(method) ? new Promise<never>(() => {}) : call();
  }
}

const letItRun = async () => {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
};

/** Timers that fire when the test says so; what the servo begins meanwhile is let finish. */
class VirtualTimers {
  readonly #due: { readonly atMs: number; readonly act: () => void }[] = [];
  #nowMs = 0;

  readonly after: Clock['after'] = (ms, act) => {
    const entry = { atMs: this.#nowMs + ms, act };
    this.#due.push(entry);
    return () => void this.#due.splice(this.#due.indexOf(entry), this.#due.includes(entry) ? 1 : 0);
  };

  async pass(rig: Rig, ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 50) {
      this.#nowMs += 50;
      rig.clock.pass(50);
      for (const entry of this.#due.filter(({ atMs }) => atMs <= this.#nowMs)) {
        this.#due.splice(this.#due.indexOf(entry), 1);
        entry.act();
      }
      await letItRun();
    }
  }
}

/** A position is open, the queue is dead, and the watchdog's interval is long: stops are watched all the same. */
async function scene() {
  const broker = new Undresser();
  const timers = new VirtualTimers();
  const disk = { full: false };
  const rig = Rig.asleep({
    timings: { maxErrors: 1_000 },
    ports: (ports) => ({
      ...broker.ports(ports),
      clock: { wall: () => ports.clock.wall(), monotonic: () => ports.clock.monotonic(), after: timers.after },
      store: {
        ...ports.store,
        append: (...batch) => {
          if (disk.full) throw new Error('the disk is full');
          ports.store.append(...batch);
        },
      },
    }),
  });
  await rig.servo.start();
  rig.model.wants = 'buy';
  await rig.bars(2);
  rig.model.wants = 'nothing';
  broker.sent.length = 0;
  const clock = { wall: () => rig.clock.wall(), monotonic: () => rig.clock.monotonic(), after: timers.after };
  const watchdog = new Watchdog(rig.servo, clock, 3_600_000, () => undefined);
  watchdog.start();
  onTestFinished(() => watchdog.stop());
  const [position] = rig.state.positions.values();
  if (position === undefined) throw new Error('nothing is open');
  const alerts = () => rig.store.outbox.pending(50).map(({ text }) => text);
  return { broker, disk, rig, pass: (ms: number) => timers.pass(rig, ms), position, alerts };
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
  expect(broker.sent.map(({ kind }) => kind)).toEqual(['modify', 'modify', 'close']);
  expect(broker.sent.at(-1)).toMatchObject({ reason: 'no_stop', quantity: position.quantity });
  expect(rig.state.positions.size).toBe(0);
  expect((await rig.broker.snapshot()).positions).toEqual([]);
  expect(rig.of('fill_applied').at(-1)?.trade?.exitReason).toBe('no_stop');
  expect(rig.status).toBe('halted');
  expect(rig.view.reason).toMatch(/^extreme risk: position P-EURUSD\S+ could not be given a stop in 2\.0 s/);
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

const HANGING: Record<string, { readonly call: keyof Broker; readonly turn: (rig: Rig) => void }> = {
  'takes no bars': { call: 'onBars', turn: (rig) => void rig.servo.advance('ingest').catch(() => undefined) },
  'gives no reports': { call: 'reportsAfter', turn: (rig) => void rig.servo.advance('ingest').catch(() => undefined) },
  'does not say what it holds': {
    call: 'snapshot',
    turn: (rig) => {
      rig.clock.pass(60_000);
      void rig.servo.advance('monitor');
    },
  },
};

for (const [what, { call, turn }] of Object.entries(HANGING)) {
  test(`a broker that ${what} for ten seconds holds no repair up`, async () => {
    const { broker, rig, pass, position } = await scene();
    rig.market.move(1);
    broker.hangs.add(call);
    turn(rig);
    // Everything else waits behind it, too.
    for (const stage of STAGES) void rig.servo.advance(stage).catch(() => undefined);
    await letItRun();
    if (call === 'snapshot') broker.hangs.delete(call);
    broker.naked = true;
    await pass(4_900);
    expect(broker.sent).toMatchObject([{ kind: 'modify', reason: 'no_stop', positionId: position.positionId }]);
    expect(broker.naked).toBe(false);
    expect(rig.status).toBe('running');
    const broken = rig.view.components.filter(({ errorsInARow }) => errorsInARow > 0).map(({ component }) => component);
    expect(['', 'broker']).toContain(broken.join());
  });
}

test('a repair that hangs is given up for the close, which leaves within five seconds', async () => {
  const { broker, rig, pass } = await scene();
  broker.naked = true;
  broker.hangs.add('submit');
  await pass(3_500);
  expect(broker.sent.map(({ kind }) => kind)).toEqual(['modify']);
  expect(rig.status).toBe('halted');
  broker.hangs.delete('submit');
  await pass(1_400);
  expect(broker.sent.map(({ kind }) => kind)).toEqual(['modify', 'close']);
  expect(rig.state.positions.size).toBe(0);
  expect((await rig.broker.snapshot()).positions).toEqual([]);
  // Nobody knows whether the repair arrived: the broker is asked, and it is not sent again.
  expect(rig.of('order_changed').filter(({ change }) => change === 'lose')).toHaveLength(1);
});

const EVERY_CALL = ['connect', 'onBars', 'reportsAfter', 'statusOf', 'submit', 'snapshot'] as const;

test('a position that is known to have no stop at a broker that no longer answers: halted, and people are told, within five seconds', async () => {
  const { broker, rig, pass, alerts } = await scene();
  broker.naked = true;
  await pass(1_000);
  broker.sticks = false;
  broker.naked = true;
  for (const call of EVERY_CALL) broker.hangs.add(call);
  await pass(4_000);
  expect(rig.status).toBe('halted');
  expect(alerts()).toContainEqual(expect.stringMatching(/^HALTED by servo: extreme risk: position P-EURUSD/));
  // As soon as it answers again.
  broker.hangs.clear();
  await pass(12_000);
  expect((await rig.broker.snapshot()).positions).toEqual([]);
});

test('whose stops cannot be seen opens nothing, from the fifth second until they are seen again', async () => {
  const { broker, rig, pass, alerts } = await scene();
  for (const call of EVERY_CALL) broker.hangs.add(call);
  await pass(5_900);
  expect(rig.status).toBe('running');
  await pass(1_000);
  expect(rig.status).toBe('close_only');
  expect(rig.view.reason).toBe('the broker has not answered for 5 s, the stops of 1 open position cannot be watched');
  expect(alerts()).toContainEqual(expect.stringMatching(/^Entries stop: the broker has not answered for 5 s/));
  broker.hangs.clear();
  await pass(1_000);
  expect(rig.status).toBe('running');
  expect(rig.of('safety_regained')).toMatchObject([{ guard: 'sight' }]);
  expect(broker.sent).toEqual([]);
});
