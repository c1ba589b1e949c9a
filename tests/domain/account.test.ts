/** The account: what a loss is measured from, when the ladder's steps are due, when windows end, and what counts as an entry. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Account,
  drawdown,
  dueLadderStep,
  type LadderStep,
  lossLimit,
  lossOf,
  lossUsed,
  marked,
  openAccount,
  paidIn,
  rolledWindows,
  withDayEnd,
} from '../../src/domain/account.ts';
import type { OrderEventKind } from '../../src/domain/order.ts';
import { LOSS_WINDOWS } from '../../src/domain/policy.ts';
import { statusOf } from '../../src/domain/servo.ts';
import { type Money, UnitError } from '../../src/domain/units.ts';
import { NOON, POLICY, usd } from './builders.ts';
import { World } from './world.ts';

const { limits } = POLICY;
const HOUR = 3_600_000;

/** An account of 10,000 at every window's start, now at `equity`. */
const accountAt = (equity: number, step: LadderStep = 'none', startEquity = 10_000): Account => {
  const account = openAccount(usd(startEquity));
  const window = { period: 19_786, startEquity: usd(startEquity), step };
  return { ...account, equity: usd(equity), windows: { day: window, week: window, month: window } };
};

describe('the account itself', () => {
  test('opens with nothing won, lost or done', () => {
    const window = { period: -1, startEquity: usd(7), step: 'none' };
    expect(openAccount(usd(7))).toEqual({
      balance: usd(7),
      equity: usd(7),
      equityPeak: usd(7),
      windows: { day: window, week: window, month: window },
      entriesToday: 0,
    });
  });

  test('keeps the ends of its last days: the oldest makes room', () => {
    expect(withDayEnd(undefined, 1)).toEqual([1]);
    expect(withDayEnd([1, 2], 3)).toEqual([1, 2, 3]);
    const many = Array.from({ length: 251 }, (_, day) => day);
    expect(withDayEnd(many, 251)).toEqual([...many.slice(1), 251]);
  });

  test('money paid in is no gain, and money paid out no loss', () => {
    const before: Account = { ...accountAt(9900), equityPeak: usd(10_100), dailyEquity: [usd(10_000), usd(9950)] };
    const after = paidIn(before, usd(-900));
    expect(after).toMatchObject({ balance: usd(9100), equity: usd(9000), equityPeak: usd(9200) });
    expect(after.dailyEquity).toEqual([usd(9100), usd(9050)]);
    for (const window of LOSS_WINDOWS) expect(lossOf(after, window)).toBe(lossOf(before, window));
    expect(after.windows.day).toEqual({ ...before.windows.day, startEquity: usd(9100) });
    expect(paidIn(accountAt(9900), usd(1))).not.toHaveProperty('dailyEquity');
  });
});

describe('losses against their limits', () => {
  test('a loss is what equity lost since the window began; a gain is none', () => {
    expect(lossOf(accountAt(9850), 'day')).toBe(usd(150));
    expect(lossOf(accountAt(10_150), 'day')).toBe(0);
    expect(LOSS_WINDOWS.map((window) => lossLimit(accountAt(1), window, limits))).toEqual([
      usd(1000),
      usd(500),
      usd(200),
    ]);
  });

  test.each([
    // equity, share of the daily limit of 200
    [10_100, 0],
    [10_000, 0],
    [9900, 0.5],
    [9850, 0.75],
    [9800, 1],
    [9700, 1.5],
  ])('at %d the share used is %d', (equity, used) => {
    expect(lossUsed(accountAt(equity), 'day', limits)).toBe(used);
  });

  test('a window that began without equity is used up', () => {
    for (const start of [0, -50]) expect(lossUsed(accountAt(start, 'none', start), 'day', limits)).toBe(1);
  });

  test('a loss or limit that is no number throws', () => {
    const poisoned = { ...accountAt(9900), equity: Number.NaN as Money };
    expect(() => lossOf(poisoned, 'day')).toThrow(UnitError);
    expect(() => dueLadderStep(poisoned, 'day', limits)).toThrow(UnitError);
    const unlimited = { ...limits, maxLoss: { ...limits.maxLoss, day: Number.NaN } };
    expect(() => dueLadderStep(accountAt(9900), 'day', unlimited)).toThrow(UnitError);
  });
});

describe('the ladder', () => {
  test.each<[number, LadderStep, LadderStep | undefined]>([
    // equity, step taken, step due: 75 % of 200 is 150, 100 % is 200
    [9850.000_001, 'none', undefined],
    [9850, 'none', 'warned'],
    [9849.999_999, 'none', 'warned'],
    [9800.000_001, 'none', 'warned'],
    [9800, 'none', 'reached'],
    [9000, 'none', 'reached'],
    [9850, 'warned', undefined],
    [9800.000_001, 'warned', undefined],
    [9800, 'warned', 'reached'],
    [9800, 'reached', undefined],
    [9000, 'reached', undefined],
    [10_500, 'reached', undefined],
  ])('at %d after "%s": %s', (equity, taken, due) => {
    expect(dueLadderStep(accountAt(equity, taken), 'day', limits)).toBe(due);
  });

  test('over any path of equity each step acts at most once a window, and the graver one is never followed by the other', () => {
    const path = fc.array(fc.integer({ min: 9500, max: 10_200 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(path, (equities) => {
        let taken: LadderStep = 'none';
        const steps: LadderStep[] = [];
        for (const equity of equities) {
          const due = dueLadderStep(accountAt(equity, taken), 'day', limits);
          if (due === undefined) continue;
          steps.push(due);
          taken = due;
        }
        const least = Math.min(...equities);
        const expected = { none: [], warned: ['warned'], reached: ['warned', 'reached'] } as const;
        const deepest = least <= 9800 ? 'reached' : least <= 9850 ? 'warned' : 'none';
        // A fall through both at once takes the graver one only.
        const sound = [expected[deepest].join(), deepest === 'reached' ? 'reached' : ''];
        expect(sound).toContain(steps.join());
      }),
    );
  });
});

describe('drawdown', () => {
  test.each([
    // peak, equity, fraction lost
    [10_000, 10_000, 0],
    [10_000, 9500, 0.05],
    [10_000, 0, 1],
    [10_000, -500, 1.05],
    [0, 0, 1],
    [Number.NaN, 9500, 1],
    [10_000, Number.NaN, Number.NaN],
  ])('from %d to %d is %d', (peak, equity, expected) => {
    const account = { ...accountAt(0), equityPeak: (peak * 1e6) as Money, equity: (equity * 1e6) as Money };
    expect(drawdown(account)).toBe(expected);
  });

  test('the peak follows equity up and never down', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5000, max: 50_000 }), { minLength: 1 }), (equities) => {
        let account = openAccount(usd(10_000));
        for (const equity of equities) account = marked(account, usd(equity));
        expect(account.equityPeak).toBe(usd(Math.max(10_000, ...equities)));
        expect(account.equity).toBe(usd(equities.at(-1) ?? Number.NaN));
      }),
    );
  });

  test('equity that is no number is refused where it enters', () => {
    expect(() => marked(accountAt(10_000), Number.NaN as Money)).toThrow(UnitError);
  });
});

describe('windows', () => {
  const at = (day: number, week: number, month: number) => ({ day, week, month });
  const account: Account = {
    ...accountAt(10_000),
    windows: {
      day: { period: 100, startEquity: usd(1), step: 'none' },
      week: { period: 10, startEquity: usd(1), step: 'none' },
      month: { period: 3, startEquity: usd(1), step: 'none' },
    },
  };

  test.each([
    [at(100, 10, 3), []],
    [at(101, 10, 3), ['day']],
    [at(101, 11, 3), ['day', 'week']],
    [at(101, 10, 4), ['day', 'month']],
    [at(108, 11, 4), ['day', 'week', 'month']],
    // Where a trading day begins within the hour that autumn repeats, it would begin twice, and give its loss back.
    [at(99, 9, 2), []],
  ])('%o enters %o', (now, entered) => {
    expect(rolledWindows(account, now)).toEqual(entered);
  });

  test('the first bar enters them all', () => {
    expect(rolledWindows(openAccount(usd(1)), at(0, 0, 0))).toEqual(['day', 'week', 'month']);
  });

  test('a window begins with the first bar that opens in it, at the equity of the last mark', () => {
    const world = new World();
    world.step();
    expect(world.all('windows_rolled')).toMatchObject([{ at: NOON, windows: ['day', 'week', 'month'] }]);
    world.emit({ kind: 'equity_marked', at: world.now, balance: usd(10_000), equity: usd(9900) });
    // 17:00 in New York is 22:00 UTC in March's first days: a bar that opens there begins Tuesday.
    world.step(undefined, [], NOON + 10 * HOUR - world.now - 600_000);
    expect(world.now).toBe(NOON + 10 * HOUR - 300_000);
    world.emit({ kind: 'equity_marked', at: world.now, balance: usd(10_000), equity: usd(9900) });
    world.step();
    expect(world.all('windows_rolled')).toHaveLength(1);
    world.emit({ kind: 'equity_marked', at: world.now, balance: usd(10_000), equity: usd(9900) });
    world.step();
    expect(world.all('windows_rolled').slice(1)).toMatchObject([{ at: NOON + 10 * HOUR, windows: ['day'] }]);
    const { windows } = world.state.account;
    expect(windows.day).toMatchObject({ startEquity: usd(9900), step: 'none', period: 19_787 });
    expect(windows.week).toMatchObject({ startEquity: usd(10_000) });
  });

  test('what a window forbade ends with it, what a longer one forbids does not', () => {
    const world = new World();
    world.step();
    const stepped = { kind: 'ladder_stepped', at: world.now, loss: usd(200), limit: usd(200) } as const;
    world.emit({ ...stepped, window: 'day', step: 'warned' });
    world.emit({ ...stepped, window: 'day', step: 'reached' });
    world.emit({ ...stepped, window: 'week', step: 'warned' });
    expect(statusOf(world.state.causes)).toBe('close_only');
    expect(world.state.causes.closeOnly.day).toEqual({
      by: 'servo',
      at: world.now,
      reason: 'daily loss 100 % of its limit',
    });
    // A window that began without equity has no limit to be a part of.
    world.emit({ ...stepped, window: 'month', step: 'warned', loss: usd(0), limit: usd(0) });
    expect(world.state.causes.reduced.month?.reason).toBe('monthly loss 100 % of its limit');
    world.step(undefined, [], 24 * HOUR);
    expect(statusOf(world.state.causes)).toBe('reduced');
    expect(world.state.account.windows).toMatchObject({ day: { step: 'none' }, week: { step: 'warned' } });
  });
});

describe('entries of the day', () => {
  const ENTRY = `EURUSD-${NOON + 300_000}-buy-1`;

  function worldWithEntrySent(): World {
    const world = new World();
    world.step();
    world.signal();
    world.gate();
    expect(world.state.account.entriesToday).toBe(0);
    world.send();
    expect(world.state.account.entriesToday).toBe(1);
    return world;
  }

  test.each<[string, OrderEventKind, number | undefined, number]>([
    ['filled', 'fill', 1, 1],
    ['accepted', 'accept', 1, 1],
    ['lost', 'lose', undefined, 1],
    ['cancelled', 'cancel', 1, 1],
    ['expired at the venue', 'expire', 1, 1],
    ['rejected', 'reject', 1, 0],
    ['never seen by the venue', 'expire', undefined, 0],
  ])('%s counts: %s', (_, change, sequence, entries) => {
    const world = worldWithEntrySent();
    world.emit({ kind: 'order_changed', at: world.now, orderId: ENTRY, change, ...(sequence && { sequence }) });
    expect(world.state.account.entriesToday).toBe(entries);
  });

  test('a new day begins at none, and a refusal of yesterday’s entry takes nothing from it', () => {
    const world = worldWithEntrySent();
    world.step(undefined, [], 24 * HOUR);
    expect(world.state.account.entriesToday).toBe(0);
    world.settle([world.report({ kind: 'rejected', orderId: ENTRY, code: 'requote', text: '' })], false);
    expect(world.state.account.entriesToday).toBe(0);
  });

  test('what was never sent never counts', () => {
    const world = new World();
    world.step();
    world.signal();
    world.gate();
    world.step();
    expect(world.order(ENTRY).status).toBe('expired');
    expect(world.state.account.entriesToday).toBe(0);
  });
});
