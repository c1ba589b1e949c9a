/** What the risk level is measured by, each measure by hand, and the day that changes it: the events and nothing else. */
import { describe, expect, test } from 'vitest';
import { type Account, openAccount, type RiskAssessment } from '../../src/domain/account.ts';
import type { EventOf } from '../../src/domain/events.ts';
import {
  assessRisk,
  gravestMeasure,
  levelAt,
  riskLevelOf,
  riskSizeFactor,
} from '../../src/domain/limits/risk-level.ts';
import type { RiskLevel, RiskLevelPolicy, TradingPolicy } from '../../src/domain/policy.ts';
import { marketOf, newState, type ServoState } from '../../src/domain/state.ts';
import { quantity, unixMs } from '../../src/domain/units.ts';
import { NOON, NOTHING_EXTREME, POLICY, policyWith, positionWith, usd } from './builders.ts';

const LEVELS: RiskLevelPolicy = {
  minDays: 3,
  calmDays: 2,
  from: { medium: 0.4, high: 0.6, extreme: 0.8 },
  sizeFactor: { low: 1, medium: 0.8, high: 0.5, extreme: 0.2 },
};

/** 20 % of drawdown, 5 % in a week and 10 % in a month are the limits of POLICY. */
function stateOf(account: Partial<Account>, policy: TradingPolicy = POLICY): ServoState {
  return { ...newState(policy), account: { ...openAccount(usd(10_000)), ...account } };
}

const began = (equity: number) => ({ period: 1, startEquity: usd(equity), step: 'none' as const });
const windows = (week: number, month: number) => ({ day: began(10_000), week: began(week), month: began(month) });

/** Twenty returns, the first nineteen of them 0: the last day ended at 10,000 and this is the equity now. */
const restThen = (equity: number, days = 20): Partial<Account> => ({
  dailyEquity: Array.from({ length: days }, () => usd(10_000)),
  equity: usd(equity),
  equityPeak: usd(Math.max(10_000, equity)),
});

describe('the gravest measure', () => {
  test.each([
    // 300 below a peak of 10 000 are 3 % of 20; 300 of 500 in the week; 300 of 1 000 in the month.
    ['weekly_loss', 0.6, { equity: usd(9_700) }],
    // 1 100 below the peak are 11 % of 20; the week lost 100 of 490, the month 100 of 980.
    ['drawdown', 0.5, { equity: usd(9_700), equityPeak: usd(9_700 / 0.9), windows: windows(9_800, 9_800) }],
    // 800 of 1 050; the week 50 of 487.50; the drawdown 800 of 2 100.
    ['monthly_loss', 800 / 1_050, { equity: usd(9_700), equityPeak: usd(10_500), windows: windows(9_750, 10_500) }],
    // Nothing is at risk: the first is named.
    ['drawdown', 0, {}],
    // A peak of nothing is wholly drawn down.
    ['drawdown', 5, { equityPeak: usd(0) }],
  ] as const)('%s %d', (measure, score, account) => {
    const [because, value] = gravestMeasure(stateOf(account));
    expect(because).toBe(measure);
    expect(value).toBeCloseTo(score, 8);
  });

  test('volatility: late over usual, three times is the limit', () => {
    // One return r of n = 20: usual r ÷ √20, late r × √(0.06 ÷ (1 − 0.94²⁰)).
    const ratio = Math.sqrt((20 * 0.06) / (1 - 0.94 ** 20));
    const [because, score] = gravestMeasure(stateOf(restThen(10_100)));
    expect(because).toBe('volatility');
    expect(score).toBeCloseTo((ratio - 1) / 2, 9);
    // The longer the rest, the graver the same day: of 200 returns it is over the limit.
    const long = Math.sqrt((200 * 0.06) / (1 - 0.94 ** 200));
    expect(gravestMeasure(stateOf(restThen(10_100, 200)))).toEqual(['volatility', expect.closeTo((long - 1) / 2, 9)]);
  });

  test('volatility has nothing to say of nineteen returns, of days that never moved, and of a storm that is over', () => {
    expect(gravestMeasure(stateOf(restThen(10_100, 19)))).toEqual(['drawdown', 0]);
    expect(gravestMeasure(stateOf(restThen(10_000, 40)))).toEqual(['drawdown', 0]);
    const over = [10_000, 11_000, 10_000, ...Array.from({ length: 30 }, () => 10_000)].map(usd);
    expect(gravestMeasure(stateOf({ dailyEquity: over }))).toEqual(['drawdown', 0]);
  });

  describe('value at risk', () => {
    /** 10 steps of EURUSD after 20 days of +1 % and −1 % by turns, ending at 100,000 ticks of 0.10 USD. */
    function holding(valueAtRiskMax: number | null, days = 20): ServoState {
      const policy = policyWith({ limits: { extreme: { ...NOTHING_EXTREME, valueAtRiskMax } } });
      const state = stateOf({ equity: usd(10_000) }, policy);
      const closes = [100_000];
      for (let day = 0; day < days; day++) closes.unshift((closes[0] ?? 0) / (day % 2 === 0 ? 1.01 : 0.99));
      const market = { ...marketOf(state, 'EURUSD'), dailyCloses: closes.map((close) => close as never) };
      const position = positionWith({ symbol: 'EURUSD', quantity: quantity(10) });
      const { positionId } = position;
      return {
        ...state,
        markets: new Map(state.markets).set('EURUSD', market),
        positions: new Map([[positionId, position]]),
      };
    }

    test('over its share of equity', () => {
      // 2.326 × 1 % of 10 000 are 232.63, of a limit of 2 000, or of 250.
      expect(gravestMeasure(holding(0.2))).toEqual(['value_at_risk', expect.closeTo(0.116_317_394, 8)]);
      expect(gravestMeasure(holding(0.025))).toEqual(['value_at_risk', expect.closeTo(0.930_539_15, 8)]);
    });

    test('without a limit, or without its days, it has nothing to say', () => {
      expect(gravestMeasure(holding(null))).toEqual(['drawdown', 0]);
      expect(gravestMeasure(holding(0.2, 19))).toEqual(['drawdown', 0]);
    });

    test('what is no number is the gravest, whatever comes before it or after it', () => {
      expect(gravestMeasure(holding(Number.NaN))).toEqual(['value_at_risk', Number.NaN]);
      const { account, ...rest } = holding(0.2);
      const noPeak = { ...rest, account: { ...account, equityPeak: Number.NaN as typeof account.equityPeak } };
      // A peak that is no number is none: wholly drawn down.
      expect(gravestMeasure(noPeak)).toEqual(['drawdown', 5]);
      const limits = { ...rest.policy.limits, maxDrawdown: Number.NaN };
      const noLimit = { ...rest, account, policy: { ...rest.policy, limits } };
      expect(gravestMeasure(noLimit)).toEqual(['drawdown', Number.NaN]);
      expect(levelAt(gravestMeasure(noLimit)[1], LEVELS.from)).toBe('extreme');
    });
  });
});

describe('the day that is assessed', () => {
  const policy = policyWith({ riskLevel: LEVELS });
  const AT = unixMs(NOON + 1);
  const held = (level: RiskLevel, calmDays = 0): RiskAssessment => ({
    level,
    since: unixMs(NOON),
    score: 0.7,
    because: 'drawdown',
    calmDays,
  });
  /** What is emitted where the week has lost this share of its 500. */
  function assessed(used: number, assessment?: RiskAssessment, days = 3, under: TradingPolicy = policy) {
    const dailyEquity = Array.from({ length: days }, () => usd(10_000));
    const account = { dailyEquity, equity: usd(10_000 - 500 * used), ...(assessment && { assessment }) };
    const events: Omit<EventOf<'risk_assessed'>, 'sequence'>[] = [];
    assessRisk(stateOf(account, under), AT, (event) => {
      if (event.kind !== 'risk_assessed') throw new Error(event.kind);
      events.push(event);
    });
    return events;
  }
  const levels = (events: ReturnType<typeof assessed>) =>
    events.map(({ from, level, calmDays }) => [from, level, calmDays]);

  test('says what it was measured by', () => {
    expect(assessed(0.7)).toEqual([
      { kind: 'risk_assessed', at: AT, from: 'low', level: 'high', score: 0.7, because: 'weekly_loss', calmDays: 0 },
    ]);
  });

  test('never from fewer days than it needs, nor without a policy, nor without day ends', () => {
    expect(assessed(0.9, undefined, 2)).toEqual([]);
    expect(levels(assessed(0.9, undefined, 3))).toEqual([['low', 'extreme', 0]]);
    expect(assessed(0.9, undefined, 3, POLICY)).toEqual([]);
    const events: unknown[] = [];
    assessRisk(stateOf({ equity: usd(1) }, policy), AT, (event) => events.push(event));
    expect(events).toEqual([]);
  });

  test.each<[string, number, RiskAssessment | undefined, readonly (readonly [RiskLevel, RiskLevel, number])[]]>([
    ['low and calm: nothing to say', 0, undefined, []],
    ['low, held and calm', 0, held('low'), []],
    ['up by one', 0.5, held('low'), [['low', 'medium', 0]]],
    ['up over one', 0.9, held('medium'), [['medium', 'extreme', 0]]],
    ['as it was', 0.7, held('high'), []],
    ['the first calm day is counted', 0, held('high'), [['high', 'high', 1]]],
    ['a day that calls for one less is calm too', 0.5, held('high'), [['high', 'high', 1]]],
    ['the second brings it down by one, and counts anew', 0, held('high', 1), [['high', 'medium', 0]]],
    ['and from medium to low', 0, held('medium', 1), [['medium', 'low', 0]]],
    ['a day that calls for what is held ends the calm', 0.7, held('high', 1), [['high', 'high', 0]]],
    ['a graver one ends it and rises', 0.9, held('high', 1), [['high', 'extreme', 0]]],
    ['extreme counts calm days and stays', 0, held('extreme', 1), [['extreme', 'extreme', 2]]],
    ['for as long as nobody resets it', 0, held('extreme', 40), [['extreme', 'extreme', 41]]],
  ])('%s', (_, used, assessment, expected) => {
    expect(levels(assessed(used, assessment))).toEqual(expected);
  });

  test('the size is that of the level, and low before the first assessment', () => {
    const factorOf = (level: RiskLevel) => riskSizeFactor(stateOf({ assessment: held(level) }, policy));
    expect((['low', 'medium', 'high', 'extreme'] as const).map(factorOf)).toEqual([1, 0.8, 0.5, 0.2]);
    expect(riskLevelOf(stateOf({}, policy))).toBe('low');
    expect(riskLevelOf(stateOf({ assessment: held('high') }, policy))).toBe('high');
    // Without levels in the policy no size is changed, whatever was assessed before.
    expect(riskSizeFactor(stateOf({ assessment: held('extreme') }))).toBe(1);
  });
});
