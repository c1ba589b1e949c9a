/** The options of `servo backtest`. What computes is loaded only when it is used. */
import type { Command } from 'commander';
import type { UnixMs } from '../domain/units.ts';
import type { BacktestCommand } from './backtest.ts';
import { withCandleOptions } from './candle-options.ts';

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
  withCandleOptions(program.command('backtest'))
    .description('trade candles of the past as the servo would have, and say honestly what came of it')
    .option('--signal <rule>', 'a plain rule in place of a model: sma_cross, or sma_cross:10/30')
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
