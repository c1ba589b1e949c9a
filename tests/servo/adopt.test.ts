/** Two positions are gone at once, one of them without a word: in the end volumes and balance are the broker's. */
import { expect, test } from 'vitest';
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
