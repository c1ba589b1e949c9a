/** `servo pause`, `resume`, `flatten`, `halt`, `stop`, `reset`: the operator's words, made from the one registry. */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { COMMAND_NAMES, COMMANDS, type CommandName, type CommandSpec } from '../domain/commands.ts';
import { ask, notRunning } from './client.ts';
import { CliError, EXIT } from './exit-codes.ts';

interface ControlFlags {
  readonly config: string;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function registerControl(program: Command): void {
  for (const name of COMMAND_NAMES) {
    const spec: CommandSpec = COMMANDS[name];
    const command = program
      .command(name)
      .description(spec.effect)
      .option('--config <path>', 'configuration file', 'config.yaml')
      .option('--reason <text>', spec.needsReason ? 'why (needed; kept in the journal)' : 'why (kept in the journal)')
      .option('--json', 'answer as JSON')
      .action((flags: ControlFlags) => send(name, spec, flags));
    if (spec.danger === 'confirm') command.option('--yes', 'do not ask');
  }
}

async function send(name: CommandName, spec: CommandSpec, flags: ControlFlags): Promise<void> {
  const config = loadConfig(flags.config);
  if (spec.danger === 'confirm' && flags.yes !== true) await confirm(name, spec);
  const body = flags.reason === undefined ? {} : { reason: flags.reason };
  const answer = await ask<{ message: string; status: string }>(config, `/api/v1/control/${name}`, body);
  if (answer === undefined) throw notRunning(config);
  process.stdout.write(`${flags.json === true ? JSON.stringify(answer) : answer.message}\n`);
}

async function confirm(name: CommandName, { effect }: CommandSpec): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CliError(EXIT.refused, `${name} asks first, and there is no terminal to ask on: add --yes.`);
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await dialogue.question(`${effect}\n${name}? [y/N] `);
  dialogue.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError(EXIT.refused, 'Nothing was done.');
}
