/** The options of `servo run`, the seed's among them; `servo` alone is `servo run`. */
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { withOverrides } from '../config/overrides.ts';
import { closest } from '../config/suggest.ts';
import { duration } from './duration.ts';
import { CliError, EXIT } from './exit-codes.ts';

interface RunFlags {
  readonly config: string;
  readonly mode?: string;
  readonly dryRun?: boolean;
  readonly logLevel?: string;
  readonly data?: string;
  readonly symbol?: string;
  readonly timeframe?: string;
  readonly speed?: string;
  readonly seed?: string;
  readonly barEvery?: string;
  readonly apiPort?: string;
  readonly for?: number;
  readonly fresh?: boolean;
}

export function registerRun(program: Command): void {
  program
    .command('run [extra...]', { isDefault: true })
    .description('run the servo in the foreground (the default command)')
    .usage('[options]')
    .option('--config <path>', 'configuration file', 'config.yaml')
    .option('--mode <mode>', 'trading mode: paper, live, backtest (default: the file says)')
    .option('--log-level <level>', 'detail of the log file: DEBUG, INFO, WARNING, ERROR')
    .option('--dry-run', 'decide and record everything, send nothing')
    .option('--data <file>', 'replay the candles of a CSV file instead of simulating a market')
    .option('--symbol <name>', 'the symbol whose candles --data holds')
    .option('--timeframe <tf>', 'their timeframe, e.g. M5')
    .option('--speed <n>', 'pace of the replay: 1 = as the market, 60 = an hour in a minute, or max')
    .option('--seed <n>', 'seed of the simulated market')
    .option('--bar-every <seconds>', 'wall time between bars of the simulated market')
    .option('--for <duration>', 'end by itself after this long, e.g. 60s, 10m, 2h', duration)
    .option('--api-port <port>', 'port of the API (0: any free one)')
    .option('--fresh', 'begin a new book: the old one is kept beside it under another name')
    .action(async (extra: string[], flags: RunFlags, command: Command) => {
      refuseStrangers(extra, command);
      const config = configOf(flags);
      if (config.mode === 'backtest') {
        const { backtestAndReport } = await import('./backtest.ts');
        process.exitCode = await backtestAndReport(config, {}, { reportFile: undefined, json: false });
        return;
      }
      if (config.mode === 'live') {
        const { liveRefusal } = await import('./live.ts');
        throw new CliError(EXIT.refused, await liveRefusal(config));
      }
      const { run } = await import('./run.ts');
      process.exitCode = await run(config, { forMs: flags.for, fresh: flags.fresh === true });
      // BullMQ's sockets to a server that is gone would keep the process; everything that matters is closed by now.
      process.exit();
    });
}

/** With a default command, a mistyped one arrives as its argument. */
function refuseStrangers([stranger]: readonly string[], command: Command): void {
  if (stranger === undefined) return;
  const names = command.parent?.commands.map((known) => known.name()) ?? [];
  const near = closest(stranger, names);
  throw new CliError(
    EXIT.usage,
    `unknown command '${stranger}'${near === undefined ? '' : ` (did you mean ${near}?)`}`,
  );
}

function configOf(flags: RunFlags): Config {
  const { data: dataFile, symbol, timeframe, speed } = flags;
  return withOverrides(loadConfig(flags.config), {
    mode: flags.mode,
    dryRun: flags.dryRun,
    logLevel: flags.logLevel,
    feed: { dataFile, symbol, timeframe, speed },
    apiPort: flags.apiPort,
    seed: flags.seed,
    barEvery: flags.barEvery,
  });
}
