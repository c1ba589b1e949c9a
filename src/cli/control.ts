/** `servo pause`, `resume`, `flatten`, `halt`, `disarm`, `stop`, `reset`: the operator's words, made from the one registry. */
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { COMMAND_NAMES, COMMANDS, type CommandName, type CommandSpec } from '../domain/commands.ts';
import { type BookFlags, findBook, withBookOptions } from './book.ts';
import { confirm } from './confirm.ts';
import { CliError, EXIT } from './exit-codes.ts';

interface ControlFlags extends BookFlags {
  readonly reason?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function registerControl(program: Command): void {
  for (const name of COMMAND_NAMES) {
    // It asks for more than a reason.
    if (name === 'arm') continue;
    const spec: CommandSpec = COMMANDS[name];
    const command = withBookOptions(program.command(name))
      .description(spec.effect)
      .option('--reason <text>', spec.needsReason ? 'why (needed; kept in the journal)' : 'why (kept in the journal)')
      .option('--json', 'answer as JSON')
      .action((flags: ControlFlags) => send(name, spec, flags));
    if (spec.danger === 'confirm') command.option('--yes', 'do not ask');
  }
}

async function send(name: CommandName, spec: CommandSpec, flags: ControlFlags): Promise<void> {
  if (spec.needsReason && (flags.reason ?? '').trim() === '') {
    throw new CliError(EXIT.usage, `${name} needs a reason, kept in the journal: --reason "…"`);
  }
  const { servo, paths } = await findBook(loadConfig(flags.config), flags.account);
  if (servo === undefined) {
    throw new CliError(EXIT.missing, `The servo of ${paths.account} is not running. Start it: npm start`);
  }
  if (spec.danger === 'confirm' && flags.yes !== true) await confirm(name, spec.effect);
  const body = flags.reason === undefined ? {} : { reason: flags.reason };
  const answer = await servo.post<{ message: string; status: string }>(`/api/v1/control/${name}`, body);
  process.stdout.write(`${flags.json === true ? JSON.stringify(answer) : answer.message}\n`);
}
