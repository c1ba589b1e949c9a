/** `servo config check` and `config show`: is the file sound, which of its limits can never act, and which hold beside those of the journal? Starts nothing. */
import type { Command } from 'commander';
import { accountsOf } from '../accounts.ts';
import { loadConfig } from '../config/load-config.ts';
import { tradingPolicyOf } from '../config/policy.ts';
import { limitSettings } from '../servo/limit-settings.ts';
import { withBookOptions } from './book.ts';
import { LIMITS } from './limits.ts';
import { type ReadFlags, show } from './reads.ts';

interface CheckFlags {
  readonly config: string;
}

export function registerConfig(program: Command): void {
  const config = program.command('config').description('the configuration');
  config
    .command('check')
    .description('proves config.yaml and names limits that can never act; starts nothing')
    .option('--config <path>', 'configuration file', 'config.yaml')
    .action(({ config: path }: CheckFlags) => {
      const { file, notes } = loadConfig(path);
      const lines = notes.length === 0 ? ['every limit can act'] : notes.map((note) => `! ${note}`);
      process.stdout.write(`${file} is sound\n${lines.join('\n')}\n`);
    });
  withBookOptions(config.command('show'))
    .description('the limits as config.yaml and the journal have them, with author, and which hold')
    .option('--json', 'as JSON')
    .action(showLimits);
}

async function showLimits(flags: ReadFlags): Promise<void> {
  const config = loadConfig(flags.config);
  if (flags.json !== true) process.stdout.write(`${config.file} · ${config.configHash.slice(0, 8)}\n\n`);
  if (flags.account !== undefined || accountsOf(config).length > 0) return show(flags, config, LIMITS);
  // Nothing has run yet, so no one has said anything but the file.
  const policy = tradingPolicyOf(config);
  const items = limitSettings({ policy, limitEdits: {} }, policy);
  const answer = flags.json === true ? JSON.stringify({ items }, null, 2) : LIMITS.print({ items }, config, false);
  process.stdout.write(`${answer}\n`);
}
