/** May a live servo open anything? Seven conditions, each judged from what was found, in words with the numbers. */
import { formatUtc } from './calendar.ts';
import type { Armed, LiveState } from './live.ts';
import type { LivePolicy } from './policy.ts';
import type { ServoState } from './state.ts';
import type { UnixMs } from './units.ts';

export const LIVE_CONDITIONS = ['mode', 'identity', 'own_book', 'limits', 'ground', 'armed', 'venue'] as const;
export type LiveCondition = (typeof LIVE_CONDITIONS)[number];

export interface ConditionVerdict {
  readonly condition: LiveCondition;
  readonly holds: boolean;
  /** What was found: as it is where it holds, and what is wrong where it does not. */
  readonly text: string;
}

/** What the conditions are judged by. */
export interface ArmingQuestion {
  readonly policy: LivePolicy;
  readonly live: LiveState;
  readonly reconciled: boolean;
  readonly clockTrouble: string | undefined;
  /** By symbol, which model serves it; undefined: none. */
  readonly models: ReadonlyMap<string, string | undefined>;
}

/** All seven, in their order. */
export const judgeConditions = (question: ArmingQuestion): readonly ConditionVerdict[] =>
  LIVE_CONDITIONS.map((condition) => {
    const wrong = JUDGES[condition](question);
    return typeof wrong === 'string'
      ? { condition, holds: true, text: wrong }
      : { condition, holds: false, text: wrong.join('; ') };
  });

/** Undefined where the money is not real: the question does not arise. */
export function conditionsOf(
  state: ServoState,
  live: LiveState = state.live ?? {},
): readonly ConditionVerdict[] | undefined {
  const { live: policy } = state.policy;
  if (policy === undefined) return undefined;
  const models = new Map([...state.markets].map(([symbol, { model }]) => [symbol, model]));
  const { reconciled, unsafe } = state.causes;
  return judgeConditions({ policy, live, reconciled, clockTrouble: unsafe?.clock?.reason, models });
}

/** May this servo open, as far as arming goes? */
export const mayOpen = (state: ServoState): boolean => conditionsOf(state)?.every(({ holds }) => holds) ?? true;

/** `6 armed (not armed); 7 venue (does not allow live trading)` */
export const failingWords = (conditions: readonly ConditionVerdict[]): string =>
  conditions
    .flatMap(({ condition, holds, text }, i) => (holds ? [] : [`${i + 1} ${condition.replace('_', ' ')} (${text})`]))
    .join('; ');

/** Words where it holds; a list of what is wrong where it does not. */
type Judge = (question: ArmingQuestion) => string | readonly string[];

const UNASKED: readonly string[] = ['not looked at yet by this process'];
const SILENT: readonly string[] = ['the venue has said nothing of itself'];

/** What is wrong, or, where nothing is, what is right. */
const judged = (wrong: readonly (string | false)[], right: string): string | readonly string[] => {
  const faults = wrong.filter((fault) => fault !== false);
  return faults.length === 0 ? right : faults;
};

const JUDGES: Readonly<Record<LiveCondition, Judge>> = {
  mode: ({ live: { facts } }) => {
    if (facts === undefined) return UNASKED;
    const { fileMode, flagMode, dryRun } = facts.process;
    return judged(
      [
        fileMode !== 'live' && `the file says mode: ${fileMode}`,
        flagMode !== 'live' && (flagMode === null ? '--mode live was not given' : `--mode ${flagMode} was given`),
        dryRun && 'it is a dry-run',
      ],
      'mode: live in the file and --mode live, no dry-run',
    );
  },
  identity: ({ policy: { login, server }, live: { facts } }) => {
    const unsaid = [login === null && 'account.login is not given', server === null && 'account.server is not given'];
    const missing = unsaid.filter((fault) => fault !== false);
    const venue = facts?.venue ?? null;
    if (venue === null) return [...missing, ...(facts === undefined ? UNASKED : SILENT)];
    return judged(
      [
        ...missing,
        login !== null && venue.login !== login && `the venue's account is ${venue.login}, configured is ${login}`,
        server !== null && venue.server !== server && `the venue's server is ${venue.server}, configured is ${server}`,
        venue.tradeMode !== 'real' && `it is a ${venue.tradeMode} account`,
      ],
      `account ${venue.login} on ${venue.server}, a real one`,
    );
  },
  own_book: ({ policy: { book, tag }, live: { facts } }) => {
    if (facts === undefined) return UNASKED;
    const { stamp, queuePrefix, locked } = facts.process;
    const venueTag = facts.venue?.tag;
    return judged(
      [
        stamp === null && 'no database is open',
        stamp !== null &&
          (stamp.account !== book || stamp.mode !== 'live') &&
          `the database belongs to ${stamp.account} in ${stamp.mode} mode, not to ${book} in live mode`,
        !queuePrefix.endsWith(`-${book}`) && `the queue's prefix ${queuePrefix} is not this account's own`,
        !locked && 'the account is not locked for this process',
        venueTag === undefined && 'the venue has not said what it tags our orders with',
        venueTag !== undefined && venueTag !== tag && `the venue tags our orders ${venueTag}, not ${tag}`,
      ],
      `database, queue and lock of ${book}, orders tagged ${tag}`,
    );
  },
  limits: ({ live: { facts } }) => {
    if (facts === undefined) return UNASKED;
    const { implicitLimits: implicit } = facts.process;
    if (implicit.length === 0) return 'every limit stands in the file';
    return [`${counted(implicit.length)} to the default: ${implicit.join(', ')}`];
  },
  ground: ({ live: { facts, armed }, reconciled, clockTrouble, models }) => {
    if (facts === undefined) return UNASKED;
    const { queueDoubt } = facts.process;
    return judged(
      [
        !reconciled && 'the books are not compared with the broker',
        queueDoubt !== null && `the queue server is not durable: ${queueDoubt}`,
        ...[...models].map(([symbol, model]) => unpinned(symbol, model, armed)),
        clockTrouble !== undefined && clockTrouble,
      ],
      'the books agree, the queue server is durable, the models are pinned, the clock is steady',
    );
  },
  armed: ({ live: { facts, armed, disarmed } }) => {
    if (armed !== undefined) return `by ${armed.by} until ${utc(armed.until)}`;
    const why =
      disarmed === undefined ? 'not armed' : `disarmed ${utc(disarmed.at)} by ${disarmed.by}: ${disarmed.reason}`;
    const without = facts?.process.secondFactor === false && 'no secret for one-time codes: account.totp_secret';
    return judged([why, without], '');
  },
  venue: ({ live: { facts } }) => {
    if (facts === undefined) return UNASKED;
    if (facts.venue === null) return SILENT;
    const { allowsLive, maxLots } = facts.venue;
    return judged(
      [
        !allowsLive && 'its own permission for live trading is off',
        !(maxLots !== null && maxLots > 0) && 'it has no maximum of its own for the lots of an order',
      ],
      `allows live trading, at most ${maxLots} lots an order`,
    );
  },
};

/** A name may be given another file at any time; an id cannot: it holds the hash of its file. */
function unpinned(symbol: string, model: string | undefined, armed: Armed | undefined): string | false {
  if (model === undefined) return `no model is pinned for ${symbol}`;
  const pinned = armed?.models[symbol];
  return armed !== undefined && pinned !== model && `${symbol} is served by ${model}, armed was ${pinned ?? 'none'}`;
}

const counted = (limits: number): string => (limits === 1 ? '1 limit is left' : `${limits} limits are left`);
const utc = (at: UnixMs): string => `${formatUtc(at)} UTC`;

/** Which model serves which symbol now. */
export const servingModels = ({ markets }: ServoState): Readonly<Record<string, string>> =>
  Object.fromEntries([...markets].flatMap(([symbol, { model }]) => (model === undefined ? [] : [[symbol, model]])));
