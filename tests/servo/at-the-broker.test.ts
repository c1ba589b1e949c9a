/** What others do on the account: levels moved by hand are adopted, foreign positions are counted and never touched, money is no surprise. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configuredRules } from '../../src/broker/paper/configured-rules.ts';
import { openReads } from '../../src/db/reads.ts';
import type { ExternalPosition } from '../../src/domain/external.ts';
import { type Money, moneyFromUnits, price, quantity } from '../../src/domain/units.ts';
import type { HandMove } from '../broker/fake-venue/by-hand.ts';
import { type FakeVenue, startVenue } from '../broker/fake-venue/start-venue.ts';
import { tcpBroker } from '../broker/fake-venue/tcp-broker.ts';
import { rulesToWire } from '../broker/fake-venue/wire.ts';
import { Rig, rigConfig } from './support/rig.ts';

const config = rigConfig();
const setup = {
  rules: rulesToWire({ ...configuredRules(config), fillRule: 'pessimistic' }),
  opening: config.paper.balance,
};

let venue: FakeVenue;
beforeAll(async () => {
  venue = await startVenue(setup);
});
afterAll(() => venue.stop());

/** A servo with one position at a broker in another process. */
async function scene() {
  await venue.tell({ method: 'reset', setup });
  const broker = tcpBroker(venue.port);
  const rig = await Rig.start({ config, ports: (ports) => ({ ...ports, broker }) });
  rig.model.wants = 'buy';
  await rig.bars(2);
  rig.model.wants = 'nothing';
  const [position] = rig.state.positions.values();
  if (position === undefined) throw new Error('nothing is open');
  const hand = (move: HandMove) => venue.tell({ method: 'hand', move, at: rig.state.step.at ?? rig.clock.wall() });
  const minuteLater = async () => {
    rig.clock.pass(60_000);
    await rig.servo.advance('monitor');
  };
  const alerts = () => rig.store.outbox.pending(50).map(({ text }) => text);
  return { rig, broker, hand, minuteLater, alerts, position };
}

test('the books are compared every minute, and a look that finds nothing new is no fact', async () => {
  const { rig, minuteLater } = await scene();
  const events = rig.events.length;
  await minuteLater();
  await minuteLater();
  expect(rig.events.length).toBe(events);
  expect(rig.status).toBe('running');
});

for (const reported of [true, false]) {
  test(`a stop that somebody moved, ${reported ? 'as the broker reports' : 'found by comparing'}: it holds, and people are told`, async () => {
    const { rig, hand, minuteLater, alerts, position } = await scene();
    const { positionId, stopLoss, takeProfit } = position;
    const moved = { stopLoss: price(stopLoss - 7), takeProfit: price(takeProfit + 9) };
    await hand({ kind: 'levels', positionId, ...moved, reported });
    await minuteLater();
    expect(rig.state.positions.get(positionId)).toMatchObject(moved);
    expect(rig.of(reported ? 'position_amended' : 'levels_adopted')).toMatchObject([{ positionId, ...moved }]);
    expect(alerts()).toContainEqual(expect.stringMatching(/somebody moved the levels of position P-EURUSD/));
    expect(rig.status).toBe('running');
    // It survives a restart, from the journal and from the venue alike.
    const next = await rig.restarted();
    expect(next.state.positions.get(positionId)).toMatchObject(moved);
    expect(next.status).toBe('running');
  });
}

test('a target that somebody took away is none', async () => {
  const { rig, hand, minuteLater, position } = await scene();
  const { positionId, stopLoss } = position;
  await hand({ kind: 'levels', positionId, stopLoss, takeProfit: price(0), reported: false });
  await minuteLater();
  expect(rig.state.positions.get(positionId)).toMatchObject({ stopLoss, takeProfit: 0 });
  await rig.bars(40);
  expect(rig.state.positions.size).toBe(1);
});

for (const reported of [true, false]) {
  test(`a stop that somebody took away, ${reported ? 'as the broker reports' : 'in silence'}: it is put back where it was`, async () => {
    const { rig, broker, hand, position } = await scene();
    const { positionId, stopLoss, takeProfit } = position;
    await hand({ kind: 'levels', positionId, stopLoss: price(0), takeProfit, reported });
    expect((await broker.snapshot()).positions[0]).not.toHaveProperty('stopLoss');
    if (reported) await rig.bars(0);
    await rig.servo.watchStops();
    expect((await broker.snapshot()).positions).toMatchObject([{ positionId, stopLoss, takeProfit }]);
    expect(rig.state.positions.get(positionId)).toMatchObject({ stopLoss, takeProfit });
  });
}

const FOREIGN: ExternalPosition = {
  positionId: '4711',
  symbol: 'EURUSD',
  side: 'sell',
  quantity: quantity(50),
  entryPrice: price(110_000),
  margin: moneyFromUnits(250),
};

test('a position that is not ours is counted, shown and never touched', async () => {
  const { rig, hand, minuteLater, alerts } = await scene();
  const freeBefore = rig.view.account.freeMargin;
  await hand({ kind: 'externals', externals: [FOREIGN, { ...FOREIGN, positionId: '4712', symbol: 'US500' }] });
  await minuteLater();
  expect([...rig.state.externals.keys()]).toEqual(['4711', '4712']);
  expect(rig.view.externals.map(({ text }) => text)).toEqual(['EURUSD sell 0.5 @ 1.10000, no stop', 'US500 sell']);
  expect(rig.view.account.freeMargin).toBeCloseTo(freeBefore - 500, 2);
  expect(alerts()).toContainEqual(expect.stringMatching(/^Not ours, never touched/));
  expect(rig.status).toBe('running');

  await rig.servo.watchStops();
  rig.say('flatten');
  await rig.bars(1);
  const arrived = (await venue.log()).arrived.join(' ');
  expect(arrived).not.toMatch(/471/);
  expect(rig.of('flattened')).toHaveLength(1);

  const next = await rig.restarted();
  expect([...next.state.externals.keys()]).toEqual(['4711', '4712']);
  await hand({ kind: 'externals', externals: [] });
  next.clock.pass(60_000);
  await next.servo.advance('monitor');
  expect(next.state.externals.size).toBe(0);
});

const MOVES: readonly { amount: Money; capital: boolean; lost: number; words: RegExp }[] = [
  { amount: moneyFromUnits(1_000), capital: true, lost: 0, words: /\+1000\.00 USD paid in/ },
  { amount: moneyFromUnits(-1_000), capital: true, lost: 0, words: /−1000\.00 USD paid out/ },
  { amount: moneyFromUnits(-30), capital: false, lost: 30, words: /−30\.00 USD booked without an order of ours/ },
];

for (const { amount, capital, lost, words } of MOVES) {
  test(`money that moves by another hand (${words.source}) is no difference; what was paid is neither won nor lost`, async () => {
    const { rig, broker, hand, minuteLater, alerts } = await scene();
    await rig.bars(0);
    const { pnl, drawdown, balance } = rig.view.account;
    await hand({ kind: 'cash', amount, capital });
    await minuteLater();
    expect(rig.status).toBe('running');
    expect(rig.state.account.balance).toBe((await broker.snapshot()).balance);
    expect(rig.view.account.balance).toBeCloseTo(balance + amount / 1e6, 6);
    expect(alerts()).toContainEqual(expect.stringMatching(words));
    await rig.bars(0);
    expect(rig.view.account.pnl.day).toBeCloseTo(pnl.day - lost, 6);
    if (lost === 0) expect(rig.view.account.drawdown).toBeCloseTo(drawdown, 3);
  });
}

test('a position that somebody closed at the terminal, as the broker reports: booked with its price and result', async () => {
  const { rig, broker, hand, minuteLater, alerts, position } = await scene();
  const { positionId, quantity: held } = position;
  const half = quantity(Math.floor(held / 2));
  await hand({ kind: 'close', positionId, quantity: half });
  await minuteLater();
  expect(rig.state.positions.get(positionId)?.quantity).toBe(held - half);
  await hand({ kind: 'close', positionId, quantity: quantity(held - half) });
  await minuteLater();
  const [first, last] = rig.of('fill_applied').slice(-2);
  expect(last?.trade).toMatchObject({ exitReason: 'external', exitPrice: first?.fill.price, quantity: held });
  expect(rig.state.account.balance).toBe((await broker.snapshot()).balance);
  expect(alerts()).toContainEqual(expect.stringMatching(/^CLOSE EURUSD .* closed by somebody else @/));
  expect(rig.status).toBe('running');
});

const PROFIT = moneyFromUnits(-12.34);

for (const part of [1, 0.5]) {
  test(`${part === 1 ? 'a position' : 'half of a position'} gone without a report: taken as the broker shows it, at no made-up price, when it looks so for five seconds`, async () => {
    const { rig, broker, hand, minuteLater, alerts, position } = await scene();
    const { positionId, quantity: held } = position;
    const gone = quantity(Math.floor(held * part));
    const { balance } = rig.state.account;
    await hand({ kind: 'vanish', positionId, quantity: gone, profit: PROFIT });
    await minuteLater();
    // One look shows nothing yet: a broker may be slower to tell than to act.
    expect(rig.of('position_adopted')).toEqual([]);
    expect(rig.status).toBe('running');
    rig.clock.pass(4_000);
    await rig.servo.advance('monitor');
    expect(rig.of('position_adopted')).toEqual([]);
    rig.clock.pass(1_000);
    await rig.servo.advance('monitor');

    expect(rig.of('position_adopted')).toMatchObject([{ positionId, before: held, left: held - gone }]);
    expect(rig.of('balance_adopted')).toMatchObject([{ amount: PROFIT }]);
    expect(rig.state.account.balance).toBe(balance + PROFIT);
    expect(rig.state.account.balance).toBe((await broker.snapshot()).balance);
    expect(rig.state.positions.get(positionId)?.quantity).toBe(part === 1 ? undefined : held - gone);
    expect(alerts()).toContainEqual(
      expect.stringMatching(/lots (are gone )?of position P-EURUSD.* no report tells why|no report tells why/),
    );
    // Nothing is opened before a person has looked.
    expect(rig.status).toBe('paused');
    expect(rig.view.reason).toMatch(/was closed at the broker without a report of it$/);
    const next = await rig.restarted();
    expect(next.status).toBe('paused');
    expect([...next.state.positions.values()]).toEqual([...rig.state.positions.values()]);

    if (part !== 1) {
      next.say('flatten');
      await next.bars(1);
    }
    const [trade] = part === 1 ? rig.of('position_adopted') : next.of('fill_applied').slice(-1);
    expect(trade?.trade).toMatchObject({ positionId, quantity: held });
    expect(trade?.trade).not.toHaveProperty('exitPrice');
    const reads = openReads(join(rig.folder, 'servo.db'), next.servo.policy, true);
    const { items } = await reads.trades({ limit: 1 }).finally(() => reads.close());
    expect(items).toMatchObject([{ positionId, exitPrice: null, profit: null, rMultiple: null }]);
    next.say('resume');
    expect(next.status).toBe('running');
  });
}

test('a picture that lied once is no reason to take anything', async () => {
  const { rig, broker, minuteLater } = await scene();
  const { snapshot } = broker;
  let lies = 1;
  const lying = async () => {
    const truth = await snapshot();
    return lies-- > 0 ? { ...truth, positions: [] } : truth;
  };
  Object.assign(broker, { snapshot: lying });
  await minuteLater();
  await minuteLater();
  await minuteLater();
  expect(rig.of('position_adopted')).toEqual([]);
  expect(rig.status).toBe('running');
});

test('a deal that is told after its position was taken as closed changes no money twice', async () => {
  const { rig, broker, hand, minuteLater, alerts, position } = await scene();
  const { positionId } = position;
  const truth = { reports: broker.reportsAfter, snapshot: broker.snapshot };
  const { sequence } = await broker.snapshot();
  await hand({ kind: 'close', positionId, quantity: position.quantity });
  // Its picture shows the position gone, and its reports do not know yet.
  Object.assign(broker, {
    reportsAfter: async (cursor: number) =>
      (await truth.reports(cursor)).filter((report) => report.sequence <= sequence),
    snapshot: async () => ({ ...(await truth.snapshot()), sequence }),
  });
  await minuteLater();
  await minuteLater();
  expect(rig.of('position_adopted')).toMatchObject([{ positionId, left: 0 }]);
  Object.assign(broker, { reportsAfter: truth.reports, snapshot: truth.snapshot });
  await minuteLater();
  expect(rig.of('deal_told_late')).toMatchObject([{ fill: { positionId } }]);
  expect(rig.state.account.balance).toBe((await broker.snapshot()).balance);
  expect(alerts()).toContainEqual(expect.stringMatching(/^EURUSD: the broker tells late that/));
  await rig.bars(1);
  expect(rig.view.reason).toMatch(/without a report of it$/);
});

test('what is otherwise than adopted halts: a side, a price, a position that is more than ours', async () => {
  for (const change of [{ side: 'sell' }, { entryPrice: price(1) }, { quantity: quantity(1_000_000) }]) {
    const { rig, broker, minuteLater } = await scene();
    const { snapshot } = broker;
    Object.assign(broker, {
      snapshot: async () => {
        const truth = await snapshot();
        return { ...truth, positions: truth.positions.map((held) => ({ ...held, ...change })) };
      },
    });
    await minuteLater();
    expect(rig.status).toBe('halted');
    expect(rig.view.reason).toMatch(/differs from the broker's/);
  }
});
