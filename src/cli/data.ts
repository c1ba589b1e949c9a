/** `servo data`: market data comes in, is listed, judged and downloaded. */
import { type Command, Option } from 'commander';
import { TIMEFRAMES } from '../domain/market.ts';
import type { CheckFlags, DownloadFlags, ImportFlags, LibraryFlags } from './data-flags.ts';

const TIMEFRAME = `their timeframe: ${Object.keys(TIMEFRAMES).join(' ')}`;
const CLOCK = 'the file’s clock: America/New_York+7h (most MetaTrader brokers), a zone, UTC, UTC+2';

export function registerData(program: Command): void {
  const data = program.command('data').description('market data: import, list, check, download');
  withLibrary(data.command('import <file>'))
    .description('bring an export of MetaTrader, a CSV file or ticks into the library')
    .requiredOption('--symbol <name>', 'the symbol whose prices the file holds')
    .option('--timeframe <tf>', TIMEFRAME)
    .option('--clock <clock>', CLOCK)
    .addOption(new Option('--kind <kind>', 'what the file must hold').choices(['candles', 'ticks']))
    .option('--digits <n>', 'digits after the point of a price (default: as many as the file has)')
    .option('--out <file>', 'write this file instead of the library’s')
    .option('--replace', 'throw away what the library has of this market')
    .action(async (file: string, flags: ImportFlags) => (await commands()).importData(file, flags));
  withLibrary(data.command('list'))
    .description('what the library holds, and whether it is fit for use')
    .action(async (flags: LibraryFlags) => (await commands()).listData(flags));
  withLibrary(data.command('check [what]'))
    .description('judge a file, a symbol of the library, or all of the library')
    .option('--symbol <name>', 'the symbol whose prices a CSV file holds')
    .option('--timeframe <tf>', TIMEFRAME)
    .option('--clock <clock>', CLOCK)
    .action(async (what: string | undefined, flags: CheckFlags) => (await commands()).checkData(what, flags));
  withLibrary(data.command('download'))
    .description('fetch history into the library; interrupted, the same command goes on')
    .requiredOption('--source <name>', 'dukascopy (FX, metals, indices) or ccxt:<exchange> (crypto), e.g. ccxt:binance')
    .requiredOption('--symbol <name>', 'the symbol, e.g. EURUSD')
    .requiredOption('--timeframe <tf>', `${TIMEFRAME}, or ticks`)
    .option('--market <name>', 'the source’s own name of the market, where it is another')
    .option('--from <date>', 'first day, e.g. 2024-01-01 (default: where the library ends)')
    .option('--to <date>', 'the day after the last one (default: now)')
    .option('--attempts <n>', 'tries of one request, with growing pauses', '5')
    .option('--base-url <url>', 'fetch from this address instead of the source’s')
    .action(async (flags: DownloadFlags) => (await import('./data-download.ts')).downloadData(flags));
}

const commands = () => import('./data-commands.ts');

const withLibrary = (command: Command): Command =>
  command
    .option('--config <path>', 'configuration file', 'config.yaml')
    .option('--library <folder>', 'the library (default: the folder market in the data folder)')
    .option('--json', 'as JSON');
