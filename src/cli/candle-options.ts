/** Which candles a command is about: the options that backtest and sweep share, and how such options are read. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type UnixMs, unixMs } from '../domain/units.ts';

export const withCandleOptions = (command: Command): Command =>
  command
    .option('--config <path>', 'configuration file', 'config.yaml')
    .addOption(
      new Option('--data <file>', 'candles of --symbol, or SYMBOL=FILE; once for each symbol')
        .argParser(collect)
        .default([], 'feed.replay.files'),
    )
    .option('--symbol <name>', 'the symbol whose candles --data holds')
    .option('--timeframe <tf>', 'their timeframe, e.g. M5')
    .addOption(new Option('--model <folder>', 'model to ask, for every symbol').conflicts('signal'))
    .option('--from <time>', 'first close time to decide on, e.g. 2020-01-31 or 2020-01-31T08:00 (UTC)', moment)
    .option('--to <time>', 'last close time to decide on (UTC)', moment);

export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** UTC, whatever the zone of the machine. */
export function moment(text: string): UnixMs {
  const zoned = /Z$|[+-]\d\d:?\d\d$/.test(text) || text.length <= 10 ? text : `${text}Z`;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(zoned) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError('Write a date such as 2020-01-31, or 2020-01-31T08:00.');
  return unixMs(at);
}
