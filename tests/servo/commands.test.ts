/** What an operator's word does, to its end at the venue. */
import { expect, test } from 'vitest';
import type { Broker } from '../../src/domain/ports.ts';
import { Rig, type RigOptions, rigConfig } from './support/rig.ts';

const nextBar = rigConfig((config) => ({ ...config, paper: { ...config.paper, latencyMs: 50 } }));

async function rigWithPosition(options: RigOptions = {}): Promise<Rig> {
  const rig = await Rig.start(options);
  rig.model.wants = 'buy';
  await rig.bars(2, 1);
  rig.model.wants = 'nothing';
  expect(rig.state.positions.size).toBe(1);
  return rig;
}

const openAtVenue = async (broker: Broker): Promise<number> => (await broker.snapshot()).positions.length;

/** Nothing but what a command does by itself: no stage is advanced. */
const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

test('pause: entries are refused, stops go on trailing; resume: entries again', async () => {
  const rig = await rigWithPosition();
  expect(rig.say('pause', 'news')).toMatchObject({ accepted: true, status: 'paused' });
  rig.model.wants = 'buy';
  const stopBefore = [...rig.state.positions.values()][0]?.stopLoss ?? 0;
  await rig.bars(30);
  expect([...rig.state.positions.values()][0]?.stopLoss).toBeGreaterThan(stopBefore);
  await rig.bars(-200, 1);
  expect(rig.state.positions.size).toBe(0);
  expect(rig.of('decision_made').at(-1)?.decision).toMatchObject({ reason: 'status_forbids_opening' });

  expect(rig.say('resume')).toMatchObject({ accepted: true, status: 'running' });
  await rig.bars(1);
  expect(rig.state.positions.size).toBe(1);
  expect(rig.say('resume')).toMatchObject({ accepted: false, code: 'not_paused' });
});

test('flatten pauses first, closes everything without the queue, and is done when the broker confirms', async () => {
  const rig = await rigWithPosition();
  expect(rig.say('flatten', 'holiday')).toMatchObject({ accepted: true, status: 'paused' });
  expect(rig.view).toMatchObject({ flattening: true, entriesAllowed: false });
  expect(rig.of('flattened')).toEqual([]);
  await soon();
  expect(await openAtVenue(rig.broker)).toBe(0);
  const words = rig.events.map(({ kind }) => kind);
  const inOrder = [
    'command_accepted',
    'flatten_started',
    'reduce_requested',
    'order_changed',
    'fill_applied',
    'flattened',
  ];
  expect(words.slice(-6)).toEqual(inOrder);
  expect(rig.view).toMatchObject({ status: 'paused', flattening: false, positionsOpen: 0 });
});

test('flatten at a venue that answers at the next bar is not done before that, and cancels what still works', async () => {
  const rig = await rigWithPosition({ config: nextBar });
  rig.say('flatten');
  await soon();
  await rig.run();
  expect(rig.of('flattened')).toEqual([]);
  expect(rig.view.flattening).toBe(true);
  await rig.bars(1);
  expect(rig.of('flattened')).toHaveLength(1);
  expect(await openAtVenue(rig.broker)).toBe(0);

  rig.say('resume');
  rig.model.wants = 'buy';
  await rig.bars(1);
  const { workingOrderIds } = await rig.broker.snapshot();
  expect(workingOrderIds).toHaveLength(1);
  rig.model.wants = 'nothing';
  rig.say('flatten');
  await soon();
  expect((await rig.broker.snapshot()).workingOrderIds).toEqual([]);
  expect(rig.of('flattened')).toHaveLength(2);
  await rig.bars(1, 1);
  expect(await openAtVenue(rig.broker)).toBe(0);
});

test('a close that the venue refuses is asked for again at the next bar', async () => {
  let refusals = 0;
  const rig = await rigWithPosition({
    ports: (ports) => ({
      ...ports,
      broker: {
        ...ports.broker,
        submit: async (order) => {
          if (order.intent.kind !== 'close' || refusals === 1) return ports.broker.submit(order);
          refusals += 1;
          // The venue knows no such volume, and says so.
          return ports.broker.submit({ ...order, intent: { ...order.intent, quantity: 1_000_000 as never } });
        },
      },
    }),
  });
  rig.say('flatten');
  await rig.bars(1);
  expect(refusals).toBe(1);
  expect(rig.of('order_changed').filter(({ change }) => change === 'reject')).toHaveLength(1);
  expect(rig.of('flattened')).toHaveLength(1);
  expect(await openAtVenue(rig.broker)).toBe(0);
});

test('halt is committed before anything is closed, and closes without the queue', async () => {
  const rig = await rigWithPosition();
  const answer = rig.say('halt', 'smoke');
  expect(answer).toMatchObject({ accepted: true, status: 'halted' });
  expect(rig.view).toMatchObject({ status: 'halted', reason: 'smoke', positionsOpen: 1 });
  await soon();
  expect(await openAtVenue(rig.broker)).toBe(0);
  expect(rig.view).toMatchObject({ status: 'halted', flattening: false, positionsOpen: 0 });
  rig.model.wants = 'buy';
  await rig.bars(1, 1);
  expect(rig.say('resume')).toMatchObject({ accepted: false });
  expect(rig.state.account.entriesToday).toBe(1);
});

test('halt and flatten do not wait for a model that hangs', async () => {
  for (const word of ['halt', 'flatten'] as const) {
    const rig = await rigWithPosition({ timings: { timeoutMs: 60_000 } });
    rig.model.instead = () => new Promise(() => {});
    rig.market.move(1);
    await rig.servo.advance('ingest');
    void rig.servo.advance('predict');
    rig.say(word, 'now');
    await soon();
    expect(await openAtVenue(rig.broker)).toBe(0);
  }
});

test('reset: only when halted, only with a reason, and through an agreement with the broker', async () => {
  let reachable = true;
  const rig = await Rig.start({
    ports: (ports) => ({
      ...ports,
      broker: {
        ...ports.broker,
        snapshot: async () => (reachable ? ports.broker.snapshot() : Promise.reject(new Error('line is dead'))),
      },
    }),
  });
  expect(rig.say('reset', 'why not')).toMatchObject({ accepted: false, code: 'not_halted', status: 'running' });
  rig.say('halt', 'test');
  expect(rig.say('reset', '  ')).toMatchObject({ accepted: false, code: 'reason_missing', status: 'halted' });

  reachable = false;
  expect(rig.say('reset', 'looked at it')).toMatchObject({ accepted: true, status: 'starting' });
  rig.model.wants = 'buy';
  await rig.bars(1);
  expect(rig.view).toMatchObject({ status: 'starting', entriesAllowed: false, positionsOpen: 0 });

  reachable = true;
  await rig.run();
  await rig.run();
  expect(rig.status).toBe('running');
  expect(rig.state.positions.size).toBe(1);
  expect(rig.of('command_accepted').map(({ command, by, reason }) => [command, by, reason])).toEqual([
    ['halt', 'anna', 'test'],
    ['reset', 'anna', 'looked at it'],
  ]);
});

test('reset after a drawdown halt begins a new peak; the loss window stays as it is', async () => {
  const config = rigConfig((shipped) => ({
    ...shipped,
    limits: { ...shipped.limits, maxDrawdown: 0.015, maxLoss: { day: 0.5, week: 0.5, month: 0.5 } },
  }));
  const rig = await rigWithPosition({ config });
  await rig.bars(-60);
  expect(rig.view).toMatchObject({ status: 'halted', by: 'servo' });
  expect(rig.view.reason).toMatch(/^drawdown .* % reached its limit of 1.50 %$/);
  const { day } = rig.state.account.windows;
  rig.say('reset', 'smaller from here');
  await rig.run();
  await rig.bars(1);
  expect(rig.status).toBe('running');
  expect(rig.view.account).toMatchObject({ equityPeak: rig.view.account.equity, drawdown: 0 });
  expect(rig.state.account.windows.day).toEqual(day);
});

test('stop: nothing new is opened, positions keep their stops at the broker, only halt is still heard', async () => {
  const rig = await rigWithPosition();
  expect(rig.say('stop')).toMatchObject({ accepted: true, status: 'stopping' });
  expect(rig.say('pause')).toMatchObject({ accepted: false, code: 'stopping' });
  await rig.servo.end();
  expect(rig.status).toBe('stopped');
  const { positions } = await rig.broker.snapshot();
  expect(positions).toHaveLength(1);
  expect(positions[0]?.stopLoss).toBeGreaterThan(0);
  const next = await rig.restarted();
  expect(next.status).toBe('running');
  expect(next.state.positions.size).toBe(1);

  next.say('stop');
  expect(next.say('halt', 'on the way out')).toMatchObject({ accepted: true });
  await soon();
  expect(await openAtVenue(next.broker)).toBe(0);
});
