/** The options of `servo backtest`. What computes is loaded only when it is used. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type UnixMs, unixMs } from '../domain/units.ts';
import type { BacktestCommand } from './backtest.ts';

interface BacktestFlags {
  readonly config: string;
  readonly data: readonly string[];
  readonly symbol?: string;
  readonly timeframe?: string;
  readonly model?: string;
  readonly signal?: string;
  readonly from?: UnixMs;
  readonly to?: UnixMs;
  readonly balance?: string;
  readonly spread?: string;
  readonly commission?: string;
  readonly slippage?: string;
  readonly latency?: string;
  readonly seed?: string;
  readonly ownCosts?: boolean;
  readonly acceptBadData?: boolean;
  readonly guards?: boolean;
  readonly detail?: string;
  readonly detailTimeframe?: string;
  readonly report?: string;
  readonly json?: boolean;
  readonly cache: boolean;
}

export function registerBacktest(program: Command): void {
  program
    .command('backtest')
    .description('trade candles of the past as the servo would have, and say honestly what came of it')
    .option('--config <path>', 'configuration file', 'config.yaml')
    .addOption(
      new Option('--data <file>', 'candles of --symbol, or SYMBOL=FILE; once for each symbol')
        .argParser(collect)
        .default([], 'feed.replay.files'),
    )
    .option('--symbol <name>', 'the symbol whose candles --data holds')
    .option('--timeframe <tf>', 'their timeframe, e.g. M5')
    .addOption(new Option('--model <folder>', 'model to ask, for every symbol').conflicts('signal'))
    .option('--signal <rule>', 'a plain rule in place of a model: sma_cross, or sma_cross:10/30')
    .option('--from <time>', 'first close time to decide on, e.g. 2020-01-31 or 2020-01-31T08:00 (UTC)', moment)
    .option('--to <time>', 'last close time to decide on (UTC)', moment)
    .option('--balance <amount>', 'opening balance, in the currency of the account')
    .option('--spread <points>', "spread in place of the data's own")
    .option('--commission <amount>', 'of one lot, round trip, in the currency of the account')
    .option('--slippage <points>', 'against us on every market fill and stop')
    .option('--latency <ms>', 'from sending to execution; above 0 an entry fills at the next open')
    .option('--own-costs', 'slippage and commission as the account’s own fills had them: see servo costs')
    .option('--seed <n>', 'seed of slippage, rejections and partial fills')
    .option(
      '--detail <file>',
      'finer candles or ticks of the same symbol: they say in which order stop and target were met',
    )
    .option('--detail-timeframe <tf>', 'timeframe of the finer candles', 'M1')
    .option('--accept-bad-data', 'test candles all the same whose quality servo data check calls unfit')
    .option('--guards', 'let the model’s drift and calibration guards act as they do live; much slower')
    .option('--report <file>', 'write the whole report as one HTML page')
    .option('--json', 'print the report as JSON')
    .option('--no-cache', 'measure anew, and keep nothing for the next test')
    .action(async (flags: BacktestFlags) => {
      const { runBacktestCommand } = await import('./backtest.ts');
      process.exitCode = await runBacktestCommand(commandOf(flags));
    });
}

function commandOf({
  config,
  from,
  to,
  signal,
  report,
  json,
  cache,
  ownCosts,
  acceptBadData,
  guards,
  detail,
  detailTimeframe,
  ...overrides
}: BacktestFlags): BacktestCommand {
  return {
    configFile: config,
    overrides,
    wishes: {
      from,
      to,
      signal,
      guards,
      acceptBadData,
      detail: detail === undefined ? undefined : { path: detail, timeframe: detailTimeframe ?? '' },
    },
    ownCosts: ownCosts === true,
    cache,
    reportFile: report,
    json: json === true,
  };
}

export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** UTC, whatever the zone of the machine. */
export function moment(text: string): UnixMs {
  const zoned = /Z$|[+-]\d\d:?\d\d$/.test(text) || text.length <= 10 ? text : `${text}Z`;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(zoned) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError('Write a date such as 2020-01-31, or 2020-01-31T08:00.');
  return unixMs(at);
}
