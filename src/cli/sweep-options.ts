/** The options of `servo sweep`. What computes is loaded only when it is used. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { collect, withCandleOptions } from './candle-options.ts';
import type { SweepFlags, SweepOrder } from './sweep.ts';

const ORDERS: readonly SweepOrder[] = ['sharpe', 'return', 'profit_factor', 'drawdown', 'trades'];

export function registerSweep(program: Command): void {
  withCandleOptions(program.command('sweep'))
    .description('backtest every combination of some settings, and say how much of the best is luck')
    .option('--signal <rules>', 'plain rules in place of a model, e.g. sma_cross:10/30,sma_cross:20/60')
    .addOption(
      new Option('--set <key=values>', 'a key of the configuration, e.g. trading.stops.stop_atr=1,1.5,2; repeatable')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(new Option('--by <figure>', 'what the table is sorted by').choices(ORDERS).default('sharpe'))
    .option('--threads <n>', 'threads that run the trials', threads, 2)
    .option('--accept-bad-data', 'test candles all the same whose quality servo data check calls unfit')
    .option('--json', 'print every trial as JSON')
    .option('--no-cache', 'measure anew, and keep nothing for the next test')
    .action(async (flags: SweepFlags) => {
      const { runSweepCommand } = await import('./sweep.ts');
      process.exitCode = await runSweepCommand(flags);
    });
}

const THREADS_MAX = 64;

function threads(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= THREADS_MAX) return count;
  throw new InvalidArgumentError(`Write a whole number from 1 to ${THREADS_MAX}.`);
}
