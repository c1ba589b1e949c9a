/** What can be typed: the reads, and every control command of the registry. Menu, help and answers come from this table. */
import {
  COMMAND_NAMES,
  COMMANDS,
  type CommandName,
  type CommandSpec,
  isCommandOf,
  mayUse,
  type Role,
} from '../domain/commands.ts';
import { oneLine } from './html.ts';

export interface BotCommand {
  readonly name: string;
  /** What may follow the name: `[…]` may be left out, `<…>` may not. */
  readonly argument: string;
  readonly role: Role;
  readonly asksFirst: boolean;
  readonly effect: string;
}

export const READ_NAMES = ['start', 'help', 'status', 'positions', 'risk', 'limits', 'why'] as const;
export type ReadName = (typeof READ_NAMES)[number];

const READS: Record<ReadName, { readonly argument: string; readonly effect: string }> = {
  start: { argument: '', effect: 'Who you are here and what you may do. Does not trade.' },
  help: { argument: '', effect: 'The commands you may use.' },
  status: { argument: '', effect: 'Status, equity, limits, positions and the last decision.' },
  positions: { argument: '', effect: 'Open positions with their stops and floating profit.' },
  risk: { argument: '', effect: 'How near each limit is in money, and what the open book may still lose.' },
  limits: { argument: '', effect: 'The limits that hold, and who set them. They are not changed from here.' },
  why: {
    argument: '[symbol [time]]',
    effect: 'The last decisions, or those on the bar that had closed by a time (UTC), and the checks that failed.',
  },
};

export const isRead = (name: string): name is ReadName => Object.hasOwn(READS, name);
const CONTROLS = COMMAND_NAMES.filter((name) => isCommandOf('telegram', name));
export const isControl = (name: string): name is CommandName => CONTROLS.includes(name as CommandName);

export const BOT_COMMANDS: readonly BotCommand[] = [
  ...READ_NAMES.map((name) => ({ name, role: 'viewer' as const, asksFirst: false, ...READS[name] })),
  ...CONTROLS.map((name) => {
    const { role, danger, needsReason, effect }: CommandSpec = COMMANDS[name];
    return { name, role, asksFirst: danger === 'confirm', argument: needsReason ? '<reason>' : '[reason]', effect };
  }),
];

export const commandsOf = (role: Role): BotCommand[] => BOT_COMMANDS.filter((command) => mayUse(role, command.role));

/** `⚠` marks what asks before it acts. */
export const usage = ({ name, argument, asksFirst }: BotCommand): string =>
  `/${name}${argument && ` ${argument}`}${asksFirst ? ' ⚠' : ''}`;

const MENU_TEXT_MAX = 256;

/** The list Telegram shows beside the input line. */
export const menu = (): { command: string; description: string }[] =>
  BOT_COMMANDS.map(({ name, asksFirst, effect }) => ({
    command: name,
    description: oneLine(`${asksFirst ? '⚠ ' : ''}${effect}`, MENU_TEXT_MAX),
  }));

const TYPED = /^\/(\w+)(?:@\w+)?(?:\s+([\s\S]*))?$/;

/** `/Pause@my_bot news` is `pause` with `news`. */
export function typedCommand(text: string): { readonly name: string; readonly rest: string } | undefined {
  const match = TYPED.exec(text);
  return match === null ? undefined : { name: (match[1] ?? '').toLowerCase(), rest: match[2] ?? '' };
}
