/** What a sweep tries, opened and measured: settings under which the market measures the same share one measuring. */
import type { Config } from '../config/config.ts';
import { tradingPolicyOf } from '../config/policy.ts';
import type { RegimeModel } from '../domain/regime-model.ts';
import { type BacktestWishes, type ModelFeatures, openBacktest, testedRules } from './open-backtest.ts';
import { type MeasuredSetup, measureMarkets, policyFor } from './run-backtest.ts';
import type { SweepRequest, SweepTrial } from './sweep.ts';
import { type SharedMarket, sharedMarket } from './sweep-market.ts';

export interface SweepVariant {
  readonly config: Config;
  /** A plain rule in place of the models. */
  readonly signal?: string | undefined;
  readonly features?: ModelFeatures | undefined;
}

/** Throws what `openBacktest` throws, and a RangeError where the history leaves nothing to decide. */
export async function planSweep(
  variants: readonly SweepVariant[],
  wishes: Omit<BacktestWishes, 'signal' | 'features' | 'detail'>,
): Promise<Pick<SweepRequest, 'bars' | 'trials'>> {
  const bars: (readonly SharedMarket[])[] = [];
  const trials: SweepTrial[] = [];
  const measured = new Map<string, { readonly setup: MeasuredSetup; readonly place: number }>();
  for (const { config, signal, features } of variants) {
    const key = measuredBy(config, signal);
    const known = measured.get(key) ?? {
      setup: await measureOnce(config, { ...wishes, signal, features }),
      place: bars.length,
    };
    if (!measured.has(key)) bars.push(known.setup.measured.map(sharedMarket));
    measured.set(key, known);
    const policy = tradingPolicyOf(config, regimeModelsOf(known.setup), features?.bySymbol);
    trials.push({
      policy: policyFor(policy, known.setup.markets),
      rules: testedRules(config),
      opening: config.paper.balance,
      bars: known.place,
    });
  }
  return { bars, trials };
}

async function measureOnce(config: Config, wishes: BacktestWishes): Promise<MeasuredSetup> {
  const open = await openBacktest(config, wishes);
  try {
    return await measureMarkets(open.setup, open.cache);
  } finally {
    await open.close();
  }
}

/** All of a configuration that candles, features, regimes and predictions follow from. */
const measuredBy = ({ trading, feed, models, paper }: Config, signal: string | undefined): string =>
  JSON.stringify([
    trading.symbols,
    trading.timeframe,
    trading.stops.atrPeriod,
    feed,
    models,
    paper.spreadPoints,
    signal,
  ]);

const regimeModelsOf = ({ policy }: MeasuredSetup): ReadonlyMap<string, RegimeModel> =>
  new Map(
    [...policy.symbols].flatMap(([name, { regimeModel }]) => (regimeModel === undefined ? [] : [[name, regimeModel]])),
  );
