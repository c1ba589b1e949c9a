/** The options of `servo train`. What computes is loaded only when it is used. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { collect, moment } from './candle-options.ts';
import type { TrainFlags } from './train.ts';

export function registerTrain(program: Command): void {
  program
    .command('train')
    .description('learn a model from candles, and say honestly whether it is worth trading')
    .requiredOption('--data <file>', 'candles of --symbol')
    .requiredOption('--symbol <name>', 'the symbol whose candles --data holds')
    .requiredOption('--timeframe <tf>', 'their timeframe, e.g. M5')
    .requiredOption('--out <folder>', 'the model that it becomes a version of, e.g. models/eurusd')
    .option('--config <path>', 'configuration file: costs, filters, stops', 'config.yaml')
    .addOption(choice('--label <kind>', 'what is learned: triple_barrier (default) or fixed_horizon', LABELS))
    .option('--horizon <bars>', 'bars after which an outcome is settled at the latest (default: 24)', real)
    .option('--barrier <multiple>', 'distance of the barriers (default: stop_atr), or balanced', multiple)
    .addOption(choice('--barrier-unit <unit>', 'of what: atr (default), or sigma = deviation over the horizon', UNITS))
    .addOption(
      new Option('--trainer <name>', 'gbdt or mlp; several are compared').argParser(collect).default([], 'gbdt'),
    )
    .addOption(choice('--cv <kind>', 'validation: expanding (default), rolling or cpcv', VALIDATIONS))
    .option('--folds <n>', 'folds, or groups of cpcv (default: 4, of cpcv 6)', real)
    .option('--hold-out <share>', 'share of the rows, the latest, that nothing is chosen by (default: 0.15)', real)
    .option('--decay <alpha>', 'older rows weigh exp(-age / (alpha x rows)) (default: all alike)', real)
    .option('--rounds <n>', 'boosting rounds at most (default: 400)', real)
    .option('--expires-days <n>', 'days after the last candle until which it may open; or never (default: 90)', days)
    .option('--seed <n>', 'the same seed gives the same model, to the byte (default: 1)', real)
    .option('--from <time>', 'first close time to learn from, e.g. 2020-01-31 (UTC)', moment)
    .option('--to <time>', 'last close time to learn from (UTC)', moment)
    .option('--accept-bad-data', 'also from candles that servo data check blocks')
    .option('--json', 'print the outcome as JSON')
    .action(async (flags: TrainFlags) => {
      const { trainCommand } = await import('./train.ts');
      process.exitCode = await trainCommand(flags);
    });
}

const LABELS = ['triple_barrier', 'fixed_horizon'];
const UNITS = ['atr', 'sigma'];
const VALIDATIONS = ['expanding', 'rolling', 'cpcv'];

const choice = (flag: string, description: string, words: readonly string[]): Option =>
  new Option(flag, description).choices(words);

function real(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Write a number.');
}

const multiple = (text: string): number | 'balanced' => (text === 'balanced' ? text : real(text));
const days = (text: string): number | 'never' => (text === 'never' ? text : real(text));
