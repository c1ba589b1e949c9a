/** The options of `servo sweep`. What computes is loaded only when it is used. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { collect, moment } from './backtest-options.ts';
import type { SweepFlags, SweepOrder } from './sweep.ts';

const ORDERS: readonly SweepOrder[] = ['sharpe', 'return', 'profit_factor', 'drawdown', 'trades'];

export function registerSweep(program: Command): void {
  program
    .command('sweep')
    .description('backtest every combination of some settings, and say how much of the best is luck')
    .option('--config <path>', 'configuration file', 'config.yaml')
    .addOption(
      new Option('--data <file>', 'candles of --symbol, or SYMBOL=FILE; once for each symbol')
        .argParser(collect)
        .default([], 'feed.replay.files'),
    )
    .option('--symbol <name>', 'the symbol whose candles --data holds')
    .option('--timeframe <tf>', 'their timeframe, e.g. M5')
    .addOption(new Option('--model <folder>', 'model to ask, for every symbol').conflicts('signal'))
    .option('--signal <rules>', 'plain rules in place of a model, e.g. sma_cross:10/30,sma_cross:20/60')
    .option('--from <time>', 'first close time to decide on, e.g. 2020-01-31 or 2020-01-31T08:00 (UTC)', moment)
    .option('--to <time>', 'last close time to decide on (UTC)', moment)
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
