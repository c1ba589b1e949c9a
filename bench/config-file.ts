/** The shipped config.yaml with wishes written into it: whole processes are given a file, as a person would give them one. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchTimeframe } from './candle-files.ts';

const SHIPPED = join(import.meta.dirname, '../config.yaml');

interface Wishes {
  readonly timeframe: BenchTimeframe;
  /** Of EURUSD. */
  readonly candles: string;
}

/** One symbol from a file, stops and targets alone, and an account on which no limit acts: the rules of `SMA_RULES`. Throws where config.yaml reads otherwise. */
export function writeConfig(folder: string, { timeframe, candles }: Wishes): string {
  const changes: readonly (readonly [RegExp, string])[] = [
    [/^( +- \{ name: EURUSD, timeframe: )\w+/m, `$1${timeframe}`],
    [/^ +- \{ name: XAUUSD,.*\n/m, ''],
    [/^( +type: )simulator\b/m, '$1replay'],
    [/^( +files: )\{\}/m, `$1{ EURUSD: ${JSON.stringify(candles)} }`],
    [/^( +partial_close: )true/m, '$1false'],
    [/^( +trailing_stop: )true/m, '$1false'],
    [/^( +max_daily_trades: )10\b/m, '$110000'],
    [/^( +position_size: )0\.02/m, '$10.0001'],
    [/^( +max_drawdown: )0\.05/m, '$10.999'],
    [/^( +max_daily_loss: )0\.02/m, '$10.999'],
    [/^( +max_daily_loss: )0\.02/m, '$10.999'],
    [/^( +max_weekly_loss: )0\.05/m, '$10.999'],
    [/^( +max_monthly_loss: )0\.10/m, '$10.999'],
    [/^( +balance: )10000\b/m, '$110000000'],
    [/^( +data_dir: ).*/m, `$1${folder}`],
    [/^( +log_dir: ).*/m, `$1${folder}`],
    [/\.\/models\//, `${join(import.meta.dirname, '../models')}/`],
  ];
  const text = changes.reduce(
    (before, [place, value]) => {
      if (!place.test(before)) throw new Error(`${SHIPPED}: nothing matches ${place}; mend bench/config-file.ts`);
      return before.replace(place, value);
    },
    readFileSync(SHIPPED, 'utf8'),
  );
  const path = `${candles}.yaml`;
  writeFileSync(path, text);
  return path;
}
