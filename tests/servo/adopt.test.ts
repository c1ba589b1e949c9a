/** Two positions are gone at once, one of them without a word: in the end volumes and balance are the broker's. */
import { expect, test } from 'vitest';
import { requestClose } from '../../src/domain/management/requests.ts';
import type { BrokerSnapshot } from '../../src/domain/ports.ts';
import { restoreState, snapshotState } from '../../src/domain/snapshot.ts';
import { addMoney, price, quantity } from '../../src/domain/units.ts';
import { adoptShrunk, shrunkPositions } from '../../src/servo/adopt.ts';
import { usd } from '../domain/builders.ts';
import { World } from '../domain/world.ts';

test('the balance waits until a report has explained the other, and a restart in between forgets nothing', () => {
  const world = new World();
  world.step();
  const silent = world.open();
  const told = world.open({ symbol: 'GBPUSD', side: 'sell', bid: price(125_000), ask: price(125_008) });
  world.monitor();
  const { balance } = world.state.account;
  const [lost, won] = [usd(-12), usd(30)];
  const holdings = (): BrokerSnapshot => ({
    balance: addMoney(addMoney(balance, lost), won),
    sequence: world.state.reportCursor,
    positions: [],
    workingOrderIds: [],
  });
  const adopt = (believed: readonly string[]) =>
    adoptShrunk(world.state, holdings(), new Map(believed.map((id) => [id, quantity(0)])), world.now, world.emit);

  expect(adopt([silent.positionId])).toBe(1);
  expect(world.all('balance_adopted')).toEqual([]);
  expect(restoreState(world.state.policy, snapshotState(world.state)).balanceOwed).toBe(true);

  // A book that ends before ours says nothing of money.
  const older = { ...holdings(), sequence: world.state.reportCursor - 1 };
  expect(adoptShrunk(world.state, older, new Map(), world.now, world.emit)).toBe(0);
  expect(world.all('balance_adopted')).toEqual([]);

  world.settle([world.exitFill(told, undefined)]);
  const explained = world.state.account.balance;
  expect(shrunkPositions(world.state, holdings())).toEqual(new Map());
  expect(adopt([])).toBe(0);
  expect(world.all('balance_adopted')).toMatchObject([{ amount: holdings().balance - explained }]);
  expect(world.state.account.balance).toBe(holdings().balance);

  expect(adopt([])).toBe(0);
  expect(world.all('balance_adopted')).toHaveLength(1);
});

test('a close that was sent may be the reason, one that waits for the books to agree is none', () => {
  const world = new World();
  world.step();
  const { positionId, quantity: held } = world.open();
  world.monitor();
  requestClose(world.state, world.position(), held, 'flatten', world.now, world.emit);
  const holdings = (): BrokerSnapshot => ({
    balance: world.state.account.balance,
    sequence: world.state.reportCursor,
    positions: [],
    workingOrderIds: [],
  });
  const adopt = () => adoptShrunk(world.state, holdings(), new Map([[positionId, quantity(0)]]), world.now, world.emit);

  const waiting = snapshotState(world.state);
  world.send();
  expect(adopt()).toBe(0);
  world.state = restoreState(world.state.policy, waiting);
  expect(adopt()).toBe(1);
  expect(world.send(), 'what it would have closed is closed').toEqual([]);
  expect(world.all('order_changed').at(-1)).toMatchObject({ change: 'deny', detail: 'the position is closed already' });
});
