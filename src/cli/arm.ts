/** `servo arm`: lets a live servo open positions for a while. The person types the account's number and a one-time code. */
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { COMMANDS } from '../domain/commands.ts';
import { conditionLines } from '../servo/arming-view.ts';
import type { StatusView } from '../servo/views.ts';
import { type BookFlags, findBook, withBookOptions } from './book.ts';
import type { ServoClient } from './client.ts';
import { asker } from './confirm.ts';
import { duration } from './duration.ts';
import { CliError, EXIT } from './exit-codes.ts';

interface ArmFlags extends BookFlags {
  readonly for: number;
  readonly reason?: string;
  readonly json?: boolean;
}

export function registerArm(program: Command): void {
  withBookOptions(program.command('arm'))
    .description(COMMANDS.arm.effect)
    .requiredOption('--for <duration>', 'for how long, from 1m to 24h, e.g. 8h', duration)
    .option('--reason <text>', 'why (kept in the journal)')
    .option('--json', 'answer as JSON')
    .action(async (flags: ArmFlags) => {
      const { servo, paths } = await findBook(loadConfig(flags.config), flags.account);
      if (servo === undefined) {
        throw new CliError(EXIT.missing, `The servo of ${paths.account} is not running. Start it: npm start`);
      }
      const ask = asker('arm');
      const answer = await arm(servo, flags, ask.question).finally(ask.close);
      process.stdout.write(`${flags.json === true ? JSON.stringify(answer) : answer.message}\n`);
    });
}

interface ArmAnswer {
  readonly message: string;
  readonly status: string;
}

/** What fails is shown before anything is asked; nothing is sent that the person has not typed. */
export async function arm(
  servo: ServoClient,
  { for: forMs, reason }: Pick<ArmFlags, 'for' | 'reason'>,
  question: (text: string) => Promise<string>,
): Promise<ArmAnswer> {
  const { arming, account } = await servo.get<StatusView>('/api/v1/status');
  if (arming === null)
    throw new CliError(EXIT.refused, `Nothing to arm: ${account.account} does not trade real money.`);
  const { conditions } = arming;
  if (conditions.some(({ condition, holds }) => !holds && condition !== 'armed')) {
    throw new CliError(EXIT.refused, ['Not armed. What must hold:', ...conditionLines(conditions)].join('\n'));
  }
  const typed = (await question(`${COMMANDS.arm.effect}\nThe account's number: `)).trim();
  const code = (await question('The code of the authenticator: ')).replaceAll(/\s/g, '');
  const forSeconds = Math.round(forMs / 1_000);
  return servo.post('/api/v1/control/arm', { account: typed, code, forSeconds, ...(reason && { reason }) });
}
