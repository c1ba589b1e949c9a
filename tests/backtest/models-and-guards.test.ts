/** Models that ask for more than the pack, that expire, that their guards doubt, and regimes that change sizes: the engine and the plain loop must end the same. */
import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { PARTS } from '../../src/domain/guards/drift.ts';
import type { TradingPolicy } from '../../src/domain/policy.ts';
import type { Passport } from '../../src/inference/passport.ts';
import { instrumentOf, randomBars } from '../domain/random-bars.ts';
import { REGIME_MODEL } from '../domain/regime-builders.ts';
import { removeModelFoldersAfterwards } from '../inference/fixtures.ts';
import { decisionsIn } from '../support/world.ts';
import { bothWays, configWith, expectSame, inEngine, inPlainLoop, type Leaning, leaningModel } from './both-ways.ts';

removeModelFoldersAfterwards();

const WARMUP_BARS = 600;
const EUR = randomBars({ count: 2_600, seed: 'guarded' });
const GOLD = randomBars({ count: 2_600, seed: 'gold', instrument: instrumentOf('XAUUSD'), startPrice: 210_000 });
/** As a market that opens later and whose last day is missing: its columns age, and grow too old to be shown. */
const SPARSE_GOLD = GOLD.filter(({ openAt }, i) => i < 2_100 && (openAt % 86_400_000) / 3_600_000 >= 2);

const PACK: Leaning = { names: ['rsi', 'trend_20'], weights: [0.04, 0.3], bias: -2 };
const plainModel = leaningModel(PACK);

describe('columns beside the pack', () => {
  const names = ['rsi', 'M15.rsi', 'ta.cci_20', 'XAUUSD:momentum_5', 'XAUUSD:age_bars', 'XAUUSD:H1.ta.cci_20'];
  const model = leaningModel({ names, weights: [0.03, 0.02, 0.002, 0.1, 0.01, 0.001], bias: -2.5 });
  // A pack feature of 15 minutes is warm after 461 × 3 bars.
  const warmupBars = 1_450;

  test('of higher timeframes, indicators and another symbol', { timeout: 30_000 }, async () => {
    const config = configWith(model, ['EURUSD', 'XAUUSD']);
    expectSame(await bothWays({ config, bars: [...EUR, ...GOLD], warmupBars }), 40);
  });

  test('of another symbol that is silent for hours, and then for more than a day: it is not asked then', {
    timeout: 30_000,
  }, async () => {
    const one = configWith(model, ['EURUSD', 'XAUUSD']);
    const bars = [...EUR, ...SPARSE_GOLD];
    const both = await bothWays({ config: one, bars, warmupBars });
    const { trades } = both.measured;
    expect(trades.length).toBeGreaterThan(20);
    expect(both.plain.state.account.equity).toBe(both.measured.finalEquity);
    const staleAfter = (SPARSE_GOLD.at(-1)?.closeAt ?? 0) + 86_400_000;
    expect(EUR.filter(({ closeAt }) => closeAt > staleAfter).length).toBeGreaterThan(100);
    expect(both.measured.decisions.filter(({ barClosedAt }) => barClosedAt > staleAfter)).toEqual([]);
    const asked = decisionsIn(both.plain.events).filter(({ barClosedAt }) => barClosedAt > staleAfter);
    expect(asked.every(({ outcome }) => outcome === 'denied')).toBe(true);
  });
});

test('a model that expires on the way opens nothing from then on', { timeout: 30_000 }, async () => {
  const expiresAt = EUR[1_600]?.closeAt ?? 0;
  const model = leaningModel(PACK, (sound) => ({ ...sound, expiresAt: new Date(expiresAt).toISOString() }));
  const wanted = { config: configWith(model, ['EURUSD']), bars: EUR, warmupBars: WARMUP_BARS };
  const both = await bothWays(wanted);
  expectSame(both, 10);
  const late = both.measured.decisions.filter(({ barClosedAt }) => barClosedAt >= expiresAt);
  expect(late.length).toBeGreaterThan(10);
  expect(new Set(late.map(({ outcome }) => outcome))).not.toContain('approved');
});

describe('regimes', () => {
  const regimes = (change: Partial<TradingPolicy['regimes']>) => (config: Config) => ({
    ...config,
    trading: { ...config.trading, regimes: { ...config.trading.regimes, ...change } },
  });
  const change = regimes({
    trend_up: { allowed: false, sizeFactor: 1, stopFactor: 1 },
    trend_down: { allowed: true, sizeFactor: 0.5, stopFactor: 1.5 },
    volatile: { allowed: true, sizeFactor: 0.5, stopFactor: 1.5 },
    quiet: { allowed: false, sizeFactor: 1, stopFactor: 1 },
  });

  test.each([
    ['named by the rules', undefined],
    ['named by a fitted model', REGIME_MODEL],
  ])('factors of their policy, %s', { timeout: 30_000 }, async (_, regimeModel) => {
    const config = configWith(plainModel, ['EURUSD'], {}, change);
    const regimeModels = regimeModel && new Map([['EURUSD', regimeModel]]);
    const wanted = { config, bars: EUR, warmupBars: WARMUP_BARS, ...(regimeModels && { regimeModels }) };
    const both = await bothWays(wanted);
    expectSame(both, 10);
    const { decisions, trades } = both.measured;
    const refused = decisions.filter(({ outcome }) => outcome === 'regime_not_allowed').map(({ regime }) => regime);
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(trades.map(({ regime }) => regime)).size).toBeGreaterThan(1);
    for (const { regime } of trades) expect(['trend_up', 'quiet']).not.toContain(regime);
    // The factors matter: without them the end is another.
    const asIs = await inEngine({ ...wanted, config: configWith(plainModel, ['EURUSD']) });
    expect(asIs.stateHash).not.toBe(both.measured.stateHash);
  });
});

describe('guards', () => {
  const drift = {
    windowRows: 100,
    features: PACK.names.map((name) => ({
      // Training saw the lower half of what comes: rsi below 50, a falling trend.
      cuts: Array.from({ length: PARTS - 1 }, (_, i) => (name === 'rsi' ? 20 + 1.5 * i : -3 + 0.15 * i)),
      shares: [...Array.from({ length: PARTS }, () => 1 / PARTS), 0],
      psiWarn: 0.1,
      psiAct: 0.6,
      ksWarn: 0.1,
      ksAct: 0.4,
    })),
    warnCount: 0,
    actCount: 0,
  };
  const guards: Passport['guards'] = {
    dissimilarity: {
      means: [50, 0],
      deviations: [15, 1],
      sample: [0, 0, 0.5, 0.5, -0.5, -0.5],
      meanDistance: 1,
      trainMedian: 0.1,
      trainP99: 0.6,
      limit: 0.9,
    },
    drift,
    calibration: { expectedLogLoss: 0.9, toleranceNats: 0.01, warnAbove: 3, actAbove: 8 },
  };
  const guarded = leaningModel(PACK, (sound) => ({ ...sound, guards }));
  const wanted = (model: string) => ({ config: configWith(model, ['EURUSD']), bars: EUR, warmupBars: WARMUP_BARS });

  test('whose limits are reached act as they do live', { timeout: 60_000 }, async () => {
    const both = await bothWays({ ...wanted(guarded), guards: true });
    expectSame(both, 3);
    const steps = both.plain.events.flatMap((event) => (event.kind === 'trust_changed' ? [event.to] : []));
    expect(steps).toContain('shadow');
    expect(both.plain.events.some(({ kind }) => kind === 'shadow_opened')).toBe(true);
    expect(both.measured.flatSignals).toBe(flatIn(both.plain.events));
  });

  test('are left out unless asked for', { timeout: 30_000 }, async () => {
    const without = await inEngine(wanted(guarded));
    const never = await inPlainLoop(wanted(plainModel));
    const summary = ({ openedAt, closedAt, profit }: { openedAt: number; closedAt: number; profit: number }) =>
      `${openedAt} ${closedAt} ${profit}`;
    const expected = never.events.flatMap((event) =>
      event.kind === 'fill_applied' && event.trade !== undefined ? [summary(event.trade)] : [],
    );
    expect(expected.length).toBeGreaterThan(20);
    expect(without.trades.map(summary)).toEqual(expected);
    expect(without.finalEquity).toBe(never.state.account.equity);
    expect(without.flatSignals).toBe(flatIn(never.events));
  });
});

/** Flat signals that the plain loop made. */
const flatIn = (events: Awaited<ReturnType<typeof inPlainLoop>>['events']): number =>
  events.filter((event) => event.kind === 'signal_made' && event.signal.side === 'flat').length;
