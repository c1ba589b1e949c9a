/** The risk level: from enough days, up at once, down slowly and one by one, and from extreme by a person alone. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { levelAt, riskLevelOf, riskSizeFactor } from '../../src/domain/limits/risk-level.ts';
import { RISK_LEVELS, type RiskLevelPolicy } from '../../src/domain/policy.ts';
import { restoreState, snapshotState } from '../../src/domain/snapshot.ts';
import { obey } from '../../src/servo/operate.ts';
import { policyWith, usd } from './builders.ts';
import { World } from './world.ts';

const DAY = 86_400_000;
const LEVELS: RiskLevelPolicy = {
  minDays: 3,
  calmDays: 2,
  from: { medium: 0.4, high: 0.6, extreme: 0.8 },
  sizeFactor: { low: 1, medium: 0.8, high: 0.5, extreme: 0.2 },
};
/** 10 % of drawdown is the limit, and the only one near. */
const POLICY = policyWith({
  riskLevel: LEVELS,
  limits: { maxDrawdown: 0.1, maxLoss: { day: 0.9, week: 0.9, month: 0.9 } },
});

/** Trading days that end at these equities; the level after each. */
function levelsOf(world: World, ...equities: readonly number[]): string[] {
  return equities.map((equity) => {
    world.step(undefined, [], DAY);
    world.emit({ kind: 'equity_marked', at: world.now, balance: usd(equity), equity: usd(equity) });
    world.step(undefined, [], DAY);
    world.emit({ kind: 'equity_marked', at: world.now, balance: usd(equity), equity: usd(equity) });
    return riskLevelOf(world.state);
  });
}

/** Three days at rest are behind it: each call of `levelsOf` is two. */
function settled(): World {
  const world = new World(POLICY);
  levelsOf(world, 10_000, 10_000);
  return world;
}

describe('thresholds', () => {
  test.each([
    [0, 'low'],
    [0.399_999, 'low'],
    [0.4, 'medium'],
    [0.6, 'high'],
    [0.8, 'extreme'],
    [5, 'extreme'],
    [Number.NaN, 'extreme'],
  ])('%d is %s', (score, level) => {
    expect(levelAt(score, LEVELS.from)).toBe(level);
  });
});

test('nothing is assessed from fewer days than it takes', () => {
  const world = new World(POLICY);
  world.step();
  world.emit({ kind: 'equity_marked', at: world.now, balance: usd(9_100), equity: usd(9_100) });
  world.step(undefined, [], DAY);
  expect(world.all('risk_assessed')).toEqual([]);
  expect(riskLevelOf(world.state)).toBe('low');
});

test('rises at once, over levels, and says why; falls one by one after calm days', () => {
  const world = settled();
  expect(levelsOf(world, 9_350)).toEqual(['high']);
  const risen = world.all('risk_assessed').at(-1);
  expect(risen).toMatchObject({ from: 'low', level: 'high', because: 'drawdown', calmDays: 0 });
  expect(risen?.score).toBeCloseTo(0.65, 10);
  expect(riskSizeFactor(world.state)).toBe(0.5);
  // Two days each: the first day of a call still ends at the equity before.
  expect(levelsOf(world, 10_000, 10_000, 10_000)).toEqual(['high', 'medium', 'low']);
});

test('a relapse begins the calm days anew', () => {
  const world = settled();
  levelsOf(world, 9_350, 9_700);
  expect(riskLevelOf(world.state)).toBe('high');
  expect(world.state.account.assessment?.calmDays).toBe(1);
  levelsOf(world, 9_350);
  expect(world.state.account.assessment).toMatchObject({ level: 'high', calmDays: 0 });
});

test('extreme stays, whatever the days, until a reset with a reason: then high', () => {
  const world = settled();
  expect(levelsOf(world, 9_150, 10_000, 10_000, 10_000)).toEqual(['extreme', 'extreme', 'extreme', 'extreme']);
  const command = { name: 'reset', by: 'anna', surface: 'cli', reason: 'looked at it' } as const;
  expect(obey(world.state, { ...command, reason: '' }, world.now, world.emit)).toMatchObject({ accepted: false });
  expect(obey(world.state, command, world.now, world.emit)).toMatchObject({ accepted: true });
  expect(riskLevelOf(world.state)).toBe('high');
  expect(obey(world.state, command, world.now, world.emit)).toMatchObject({ accepted: false, code: 'not_halted' });
});

test('it survives a restart', () => {
  const world = settled();
  levelsOf(world, 9_150);
  const again = restoreState(POLICY, JSON.parse(JSON.stringify(snapshotState(world.state))));
  expect(again.account.assessment).toEqual(world.state.account.assessment);
  expect(riskSizeFactor(again)).toBe(0.2);
});

test('the size of an entry is multiplied, and the decision says so', () => {
  const world = settled();
  levelsOf(world, 9_350);
  world.signal();
  world.gate();
  const decision = world.all('decision_made').at(-1)?.decision;
  expect(decision?.sizing?.multipliers).toContainEqual({ name: 'risk_level', value: 0.5 });
});

test('no run of days makes a size larger than the policy has it, or skips a level on the way down', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 9_050, max: 10_000 }), { maxLength: 12 }), (equities) => {
      const world = settled();
      let before = 'low';
      for (const equity of equities) {
        const [level = ''] = levelsOf(world, equity);
        const fall = RISK_LEVELS.indexOf(before as never) - RISK_LEVELS.indexOf(level as never);
        expect(fall).toBeLessThanOrEqual(1);
        if (before === 'extreme') expect(level).toBe('extreme');
        expect(riskSizeFactor(world.state)).toBeLessThanOrEqual(1);
        before = level;
      }
    }),
    { numRuns: 40 },
  );
});
