/** What one bar costs the feature pack: 56 features and the regime, brought forward by one closed bar. */
import { FeatureEngine } from '../src/domain/features.ts';
import { timeframeMs } from '../src/domain/market.ts';
import { testConfig } from '../tests/support/world.ts';
import { median } from './figures.ts';
import { simulatedBars } from './rig.ts';

const BARS = 6_000;
const ROUNDS = 7;

/** The first rounds warm the compiler up; the median is not of them. */
export function featureMicrosecondsPerBar(): number {
  const config = testConfig();
  const [first] = config.trading.symbols;
  if (first === undefined) throw new Error('config.yaml names no symbol');
  const { instrument, timeframe } = first;
  const alone = { ...config, trading: { ...config.trading, symbols: [first] } };
  const bars = simulatedBars(alone, 0, BARS).history();
  const rounds = Array.from({ length: ROUNDS }, () => {
    const engine = new FeatureEngine(instrument, timeframeMs(timeframe));
    const startedMs = performance.now();
    for (const bar of bars) engine.push(bar);
    return (1_000 * (performance.now() - startedMs)) / bars.length;
  });
  return median(rounds);
}
