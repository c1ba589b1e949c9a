/** Stage 1: what expires, which day it is, what the venue said, then the bars and the mark. */
import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bookFigures } from '../../src/domain/limits/extreme-risk.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { BrokerReport } from '../../src/domain/order.ts';
import { stateHash } from '../../src/domain/snapshot.ts';
import { ingest } from '../../src/domain/stages/ingest.ts';
import { awaitingDecision } from '../../src/domain/stages/risk-gate.ts';
import { StateError } from '../../src/domain/state.ts';
import { type Price, price, quantity, UnitError } from '../../src/domain/units.ts';
import { equityNow, floatingProfit } from '../../src/domain/valuation.ts';
import { barAt, fillWith, M5, NOON, usd } from './builders.ts';
import { kinds, World } from './world.ts';

const hashOf = ({ state }: World): string => stateHash(state, (text) => hash('sha256', text));

describe('the bars of a step', () => {
  const nan = Number.NaN as Price;
  const good = barAt('EURUSD', NOON + M5, 110_000);

  test.each<[string, Bar[], string]>([
    ['none', [], 'a step without bars'],
    ['of two close times', [good, barAt('GBPUSD', NOON + 2 * M5, 125_000)], 'a step of several close times'],
    ['of a time that is over', [barAt('EURUSD', NOON, 110_000)], `a step of ${NOON} after that of ${NOON}`],
    ['of another symbol at a time that is over', [barAt('USDJPY', NOON - M5, 150_000)], `a step of ${NOON - M5} after`],
  ])('%s: throws', (_, bars, words) => {
    const world = new World();
    world.take([barAt('EURUSD', NOON, 110_000), barAt('GBPUSD', NOON, 125_000)]);
    const take = () => ingest(world.state, { bars, reports: [] }, world.emit);
    expect(take).toThrow(StateError);
    expect(take).toThrow(words);
  });

  test.each<[string, Partial<Bar>]>([
    ['a low above its open', { low: price(110_001) }],
    ['a high below its close', { high: price(109_999) }],
    ['a price of nothing', { low: price(0) }],
    ['an open of NaN', { open: nan }],
    ['a high of NaN', { high: nan }],
    ['an infinite high', { high: Number.POSITIVE_INFINITY as Price }],
    ['a low of NaN', { low: nan }],
    ['a close of NaN', { close: nan }],
    ['a spread of NaN', { spread: nan }],
    ['a spread below nothing', { spread: price(-1) }],
    ['an infinite spread', { spread: Number.POSITIVE_INFINITY as Price }],
    ['a volume of NaN', { volume: Number.NaN }],
    ['an infinite volume', { volume: Number.POSITIVE_INFINITY }],
    ['a volume below nothing', { volume: -1 }],
    ['no duration', { openAt: good.closeAt }],
  ])('%s: impossible, throws', (_, change) => {
    const world = new World();
    expect(() => world.take([{ ...good, ...change }])).toThrow(UnitError);
    expect(world.state.markets.get('EURUSD')?.lastBar).toBeUndefined();
  });

  test('without spread or volume are possible: not every source knows them', () => {
    const world = new World();
    world.take([{ ...good, spread: price(0), volume: 0 }]);
    expect(world.state.markets.get('EURUSD')?.lastBar).toMatchObject({ spread: 0, volume: 0 });
  });

  test('history warms up and decides nothing: no step begins', () => {
    const world = new World();
    world.warmUp([barAt('EURUSD', NOON - M5, 110_000), barAt('EURUSD', NOON, 110_010)]);
    expect(kinds(world.events.slice(2))).toEqual(['bar_closed', 'bar_closed']);
    expect(world.state.step).toEqual({ completed: true });
    expect(world.state.markets.get('EURUSD')?.lastBar?.close).toBe(110_010);
  });
});

describe('the order of a step', () => {
  test('what expires, then the windows, then the venue, then the bars by symbol, then the mark', () => {
    const world = new World();
    world.step();
    const position = world.open();
    world.signal({ symbol: 'GBPUSD', bid: price(125_000), ask: price(125_008) });
    const stopped = world.exitFill(position, undefined, { profit: usd(-94) });
    const events = world.during(() => world.step(undefined, [stopped], 86_400_000));
    expect(kinds(events)).toEqual([
      'signal_dropped',
      'windows_rolled',
      'fill_applied',
      'bar_closed',
      'bar_closed',
      'bar_closed',
      'equity_marked',
    ]);
    expect(
      world
        .all('bar_closed')
        .slice(-3)
        .map(({ bar }) => bar.symbol),
    ).toEqual(['EURUSD', 'GBPUSD', 'USDJPY']);
    // The day began at the equity of the mark before, and the loss of its first bar counts in it.
    expect(world.state.account.windows.day.startEquity).toBe(usd(10_000));
    expect(world.state.account.equity).toBe(world.state.account.balance);
    expect(world.state.step).toEqual({ at: world.now, completed: false });
  });
});

describe('what an older bar left undecided', () => {
  test('is dropped: a vector, a signal, a retry; and an entry not sent expires', () => {
    const world = new World();
    world.step();
    const first = world.now;
    world.signal();
    world.signal({ symbol: 'GBPUSD', bid: price(125_000), ask: price(125_008) });
    world.gate();
    world.emit({ kind: 'retry_scheduled', at: first, symbol: 'GBPUSD', decisionId: `GBPUSD-${first}`, attempt: 2 });
    const events = world.during(() => world.step());
    expect(events.filter(({ kind }) => kind === 'signal_dropped')).toEqual([
      { kind: 'signal_dropped', at: world.now, symbol: 'GBPUSD', decisionId: `GBPUSD-${first}`, barClosedAt: first },
    ]);
    expect(world.order(`EURUSD-${first}-buy-1`)).toMatchObject({
      status: 'expired',
      detail: 'a newer bar closed first',
    });
    expect(awaitingDecision(world.state)).toEqual([]);
  });

  test('what was sent stays, and so does every reduction', () => {
    const world = new World();
    world.step();
    const position = world.open();
    world.signal({ symbol: 'GBPUSD', bid: price(125_000), ask: price(125_008) });
    world.gate();
    world.send();
    world.emit({ kind: 'flatten_started', at: world.now, by: 'ann', reason: 'flatten' });
    world.monitor();
    world.step();
    expect([...world.state.orders.values()].map(({ intent, status }) => `${intent.kind} ${status}`)).toEqual([
      'open filled',
      'open sending',
      'cancel authorised',
      'close authorised',
    ]);
    expect(world.waiting('close')).toMatchObject([{ positionId: position.positionId, quantity: 47 }]);
  });
});

describe('reports', () => {
  test('the same report twice, at once or later, changes nothing', () => {
    const world = new World();
    world.step();
    const position = world.open();
    const swap = world.report({ kind: 'swap', positionId: position.positionId, amount: usd(-1.5) });
    world.step(undefined, [swap, swap]);
    expect(world.state.account.balance).toBe(usd(9998.15));
    expect(world.position()).toMatchObject({ swap: usd(-1.5), realised: usd(-1.85) });
    const before = hashOf(world);
    expect(world.settle([swap])).toEqual([]);
    expect(hashOf(world)).toBe(before);
  });

  test('a whole history of reports, read again from its beginning, changes nothing', () => {
    const world = new World();
    const said: BrokerReport[] = [];
    const tell = (report: BrokerReport) => {
      said.push(report);
      world.settle([report]);
    };
    world.step();
    world.signal();
    world.gate();
    const [sent] = world.send();
    if (sent?.intent.kind !== 'open') throw new Error('nothing was sent');
    tell(world.report({ kind: 'accepted', orderId: sent.intent.orderId, venueOrderId: 'V1' }));
    tell(world.entryFill(sent.intent, { quantity: quantity(20) }));
    tell(world.entryFill(sent.intent, { quantity: quantity(27) }));
    tell(world.report({ kind: 'swap', positionId: world.position().positionId, amount: usd(-1) }));
    tell(world.exitFill(world.position(), undefined, { profit: usd(-98) }));
    const [before, events] = [hashOf(world), world.events.length];
    world.settle(said);
    world.settle(said.toReversed());
    expect(hashOf(world)).toBe(before);
    expect(world.events).toHaveLength(events);
    expect(world.state.tradesClosed).toBe(1);
  });
});

describe('the mark', () => {
  test('a long is worth its bid, a short its ask; best and worst are remembered', () => {
    const world = new World();
    world.step();
    const long = world.open();
    const short = world.open({ symbol: 'GBPUSD', side: 'sell', bid: price(125_000), ask: price(125_008) });
    expect([long.quantity, short.quantity]).toEqual([47, 47]);
    world.step({ EURUSD: 110_058, GBPUSD: 125_010 });
    // The long gained 110,058 − 110,008, the short lost 125,018 − 125,000, at 0.01 a tick and step.
    expect(floatingProfit(world.state, world.position())).toBe(usd(50 * 0.47));
    expect(floatingProfit(world.state, world.position('GBPUSD'))).toBe(usd(-18 * 0.47));
    expect(world.state.account.equity).toBe(world.state.account.balance + usd(32 * 0.47));
    world.step({ EURUSD: 110_000, GBPUSD: 125_000 });
    expect(world.position()).toMatchObject({ best: usd(50 * 0.47), worst: usd(-8 * 0.47) });
    expect(world.position('GBPUSD')).toMatchObject({ best: 0, worst: usd(-18 * 0.47) });
  });

  test('a position whose market was not seen yet floats at nothing', () => {
    const world = new World();
    world.settle([world.report({ kind: 'filled', fill: fillWith({ commission: usd(0) }), orderDone: true })]);
    expect(floatingProfit(world.state, world.position())).toBe(0);
    expect(equityNow(world.state)).toBe(usd(10_000));
  });

  test('the worst case counts a stop in profit as nothing but its slippage', () => {
    const world = new World();
    world.step();
    const { positionId, takeProfit } = world.open();
    // 200 ticks to the stop and 2 of slippage.
    expect(bookFigures(world.state).worstCase).toBe(usd(202 * 0.47));
    world.open({ symbol: 'USDJPY', bid: price(150_000), ask: price(150_008), stopDistance: price(300) });
    const yen = Math.ceil((302 * world.position('USDJPY').quantity * 1e6) / 150);
    expect(bookFigures(world.state).worstCase).toBe(usd(202 * 0.47) + yen);
    const sequence = world.state.reportCursor + 1;
    const stopLoss = price(110_020);
    world.emit({ kind: 'position_amended', at: world.now, positionId, stopLoss, takeProfit, sequence });
    expect(bookFigures(world.state).worstCase).toBe(usd(2 * 0.47) + yen);
  });

  test('profits in yen are converted at the present price', () => {
    const world = new World();
    world.step();
    const signal = { symbol: 'USDJPY', bid: price(150_000), ask: price(150_008), stopDistance: price(300) } as const;
    const { quantity: steps } = world.open(signal);
    world.step({ USDJPY: 151_008 });
    // 1,000 ticks are 1,000 JPY a step, at 151.008.
    expect(equityNow(world.state)).toBe(world.state.account.balance + Math.round((1000 * steps * 1e6) / 151.008));
  });
});
