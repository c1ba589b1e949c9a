/** The demo model from its recipe: simulated candles as a file, learned from by the very code of `servo train`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withBacktestOverrides } from '../../src/config/backtest-overrides.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { INSTRUMENTS, makeInstrument } from '../../src/domain/instruments.ts';
import { timeframeMs } from '../../src/domain/market.ts';
import type { Passport } from '../../src/inference/passport.ts';
import { simulateBars } from '../../src/market/simulator.ts';
import { passportOfRun } from '../../src/training/run/passport-of-run.ts';
import { trainingRequest } from '../../src/training/run/request.ts';
import { train } from '../../src/training/run/train.ts';
import { trainingCandles } from '../../src/training/run/training-candles.ts';
import type { Recipe } from './recipe.ts';

export interface DemoModel {
  readonly onnx: Uint8Array;
  readonly passport: Passport;
}

const CONFIG = join(import.meta.dirname, '..', '..', 'config.yaml');

/** The same recipe gives the same bytes. */
export async function makeDemoModel(recipe: Recipe): Promise<DemoModel> {
  const folder = mkdtempSync(join(tmpdir(), 'servo-demo-'));
  try {
    const file = join(folder, 'simulated.csv');
    writeFileSync(file, simulatedCsv(recipe));
    return await learn(recipe, file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function learn(recipe: Recipe, file: string): Promise<DemoModel> {
  const { symbol, timeframe, seed, roundsMax, learningRate, leavesMax, folds, startAt, bars } = recipe;
  const config = withBacktestOverrides(loadConfig(CONFIG, { env: {} }), { data: [file], symbol, timeframe });
  const { candles } = trainingCandles(config, {});
  const lastCloseAt = (candles.openAt[candles.length - 1] ?? startAt) + timeframeMs(timeframe);
  const request = trainingRequest({
    config,
    name: 'demo',
    now: new Date(lastCloseAt),
    seed,
    roundsMax,
    learningRate,
    leavesMax,
    folds,
    simulated: true,
    expiresAfterDays: undefined,
  });
  const result = await train(request, candles, { dailySharpes: [] }, () => undefined);
  const passport = passportOfRun(result, {
    data: `SIMULATED candles of this repository's market simulator, seed ${seed}, ${bars} bars`,
    is: 'a demonstration: it shows the servo at work on the built-in simulator, whose hidden trends it has learned to see',
    isNot: 'a trading model: no real price was used, and nothing it says of a real market has any worth',
  });
  return { onnx: result.final.onnx, passport };
}

function simulatedCsv({ symbol, timeframe, seed, startAt, bars }: Recipe): string {
  const spec = INSTRUMENTS[symbol];
  if (spec === undefined) throw new Error(`the recipe names ${symbol}, which is not a built-in instrument`);
  const instrument = makeInstrument(spec);
  const { tickSize, digits } = instrument;
  const candles = simulateBars(instrument, timeframe, seed, bars, startAt);
  const price = (ticks: number): string => ((ticks * tickSize.num) / tickSize.den).toFixed(digits);
  const lines = Array.from({ length: bars }, (_, row) => {
    const { openAt, open, high, low, close, volume, spread } = candles.barAt(row);
    const time = new Date(openAt).toISOString();
    return [time, price(open), price(high), price(low), price(close), volume, price(spread)].join(',');
  });
  return `time,open,high,low,close,volume,spread\n${lines.join('\n')}\n`;
}
