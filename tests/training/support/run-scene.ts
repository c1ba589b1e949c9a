/** Whole training runs on made-up markets: small enough to be made many times, through the same door as `servo train`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withBacktestOverrides } from '../../../src/config/backtest-overrides.ts';
import type { Config } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { BUILT_IN_HOURS } from '../../../src/domain/hours/built-in-hours.ts';
import { seededRandom } from '../../../src/domain/random.ts';
import { unixMs } from '../../../src/domain/units.ts';
import { type Candles, candlesOf, emptyColumns } from '../../../src/market/candles.ts';
import { type TrainingRequest, type TrainingWishes, trainingRequest } from '../../../src/training/run/request.ts';
import { ROOT } from '../../support/world.ts';

const START_AT = unixMs(Date.UTC(2024, 0, 1));
const NOW = new Date('2026-01-01T00:00:00Z');

/** EURUSD M5 without costs, so that a small edge is enough, and without weekends, which these markets do not have. */
export function freeConfig(): Config {
  const folder = mkdtempSync(join(tmpdir(), 'servo-train-'));
  try {
    const file = join(folder, 'none.csv');
    writeFileSync(file, '');
    const config = withBacktestOverrides(loadConfig(join(ROOT, 'config.yaml'), { env: {} }), {
      data: [file],
      symbol: 'EURUSD',
      timeframe: 'M5',
      spread: '0',
      commission: '0',
      slippage: '0',
    });
    const symbols = config.trading.symbols.map((symbol) => ({ ...symbol, hours: BUILT_IN_HOURS.crypto }));
    return { ...config, trading: { ...config.trading, symbols } };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const requestFor = (config: Config, wishes: Partial<TrainingWishes> = {}): TrainingRequest =>
  trainingRequest({ config, name: 'scene', now: NOW, roundsMax: 12, folds: 3, ...wishes });

/** A walk without drift, whose volatility comes and goes: nothing to learn about the direction. */
export const aimlessMarket = (bars: number, seed: string): Candles => walk(bars, seed, 0);

/** A hidden drift that lasts for hours: what went up of late goes on a little, as often as not against the noise. */
export const momentumMarket = (bars: number, seed: string, strength = 0.85): Candles => walk(bars, seed, strength);

function walk(bars: number, seed: string, strength: number): Candles {
  const random = seededRandom(seed);
  const columns = emptyColumns(bars);
  let price = 110_000;
  let liveliness = 0;
  let drift = 0;
  for (let bar = 0; bar < bars; bar++) {
    liveliness = 0.98 * liveliness + 0.1 * random.normal();
    drift = 0.96 * drift + 0.28 * random.normal();
    const path = [price];
    for (let part = 0; part < 6; part++) {
      const step = strength * drift + 12 * Math.exp(liveliness) * random.normal();
      path.push(Math.round(path.at(-1)! + step));
    }
    columns.openAt[bar] = START_AT + bar * 300_000;
    columns.open[bar] = price;
    columns.high[bar] = Math.max(...path);
    columns.low[bar] = Math.min(...path);
    price = path.at(-1)!;
    columns.close[bar] = price;
    columns.spread[bar] = 10;
    columns.volume[bar] = 100 + Math.floor(50 * random.next());
  }
  return candlesOf('EURUSD', 'M5', columns, bars);
}
