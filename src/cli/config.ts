/** `servo config check`: is the file sound, and which of its limits can never act because another comes first? Starts nothing. */
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';

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
}
