/** `servo limits show` and `servo limits set`: which limit holds, who says so, and changing it while the servo runs. */
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { closest } from '../config/suggest.ts';
import { SET_LIMIT } from '../domain/commands.ts';
import { isLimitName, isLooser, LIMIT_NAMES, type LimitName, type LimitValue } from '../domain/limits/editable.ts';
import type { LimitSetting } from '../servo/limit-settings.ts';
import { boundsWords, limitWords } from '../servo/limit-words.ts';
import { type BookFlags, findBook, withBookOptions } from './book.ts';
import { confirm } from './confirm.ts';
import { CliError, EXIT } from './exit-codes.ts';
import { settingsText } from './limit-table.ts';
import { type Read, show } from './reads.ts';

interface SetFlags extends BookFlags {
  readonly reason?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const PATH = '/api/v1/limits';

export const LIMITS: Read<{ readonly items: readonly LimitSetting[] }> = {
  path: PATH,
  offline: (servo) => ({ items: servo.limits() }),
  print: ({ items }) => settingsText(items),
};

export function registerLimits(program: Command): void {
  const limits = program.command('limits').description('limits that may be changed while the servo runs');
  withBookOptions(limits.command('show'))
    .description('what holds, what config.yaml and the journal say, and what waits')
    .option('--json', 'as JSON')
    .action((flags: BookFlags & { json?: boolean }) => show(flags, loadConfig(flags.config), LIMITS));
  withBookOptions(limits.command('set'))
    .argument('<name>', 'as servo limits show has it')
    .argument('<value>', 'in the units of config.yaml, or none')
    .description(SET_LIMIT.effect)
    .option('--reason <text>', 'why (needed; kept in the journal)')
    .option('--json', 'answer as JSON')
    .option('--yes', 'do not ask before loosening')
    .action(setLimit);
}

async function setLimit(named: string, text: string, flags: SetFlags): Promise<void> {
  const limit = nameOf(named);
  const value = readValue(limit, text);
  const { reason = '' } = flags;
  if (reason.trim() === '') {
    throw new CliError(EXIT.usage, 'limits set needs a reason, kept in the journal: --reason "…"');
  }
  const { servo, paths } = await findBook(loadConfig(flags.config), flags.account);
  if (servo === undefined) {
    const remedy = 'Change config.yaml, or start it: npm start';
    throw new CliError(EXIT.missing, `The servo of ${paths.account} is not running. ${remedy}`);
  }
  const { items } = await servo.get<{ items: LimitSetting[] }>(PATH);
  const now = items.find(({ name }) => name === limit)?.value ?? null;
  const looser = isLooser(limit, now, value);
  if (looser && flags.yes !== true) {
    await confirm(
      'limits set',
      `${limit} ${limitWords(limit, value)} is LOOSER than the ${limitWords(limit, now)} that holds.`,
    );
  }
  // What the servo finds looser after all is not confirmed by what was true a moment ago.
  const body = { limit, value, reason, confirm: looser };
  const answer = await servo.post<{ message: string }>(`/api/v1/control/${SET_LIMIT.name}`, body);
  process.stdout.write(`${flags.json === true ? JSON.stringify(answer) : answer.message}\n`);
}

function nameOf(text: string): LimitName {
  if (isLimitName(text)) return text;
  const near = closest(text, LIMIT_NAMES);
  const remedy = near === undefined ? `there are ${LIMIT_NAMES.join(', ')}` : `did you mean ${near}?`;
  throw new CliError(EXIT.usage, `"${text}" is no limit that can be edited: ${remedy}`);
}

/** Bounds are the servo's to judge; what is no number at all never leaves. */
function readValue(limit: LimitName, text: string): LimitValue {
  if (text.trim().toLowerCase() === 'none') return null;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new CliError(EXIT.usage, `${limit} is ${boundsWords(limit)}; was "${text}"`);
}
