/** The gate's questions about the account: may it take another position at all? */
import { drawdown, lossLimit, lossOf } from '../account.ts';
import type { DenialReason, Verdict } from '../decision.ts';
import { mandateStopsAt } from '../limits/mandate.ts';
import { conditionsOf, failingWords } from '../live-conditions.ts';
import type { LossWindowName } from '../policy.ts';
import { leadingCause, PERMITS, statusOf } from '../servo.ts';
import type { ServoState } from '../state.ts';
import { externalMargin, marginUsed } from '../valuation.ts';
import { exposureOf } from './exposure.ts';
import { verdict } from './verdict.ts';

/** Equity against the highest equity at which a rule of the mandate stops the servo. */
function mandateVerdict(state: ServoState): Verdict {
  const stopsAt = mandateStopsAt(state);
  if (stopsAt === Number.NEGATIVE_INFINITY) return verdict('mandate_limit', true, 'no mandate', 'no mandate');
  return verdict('mandate_limit', state.account.equity > stopsAt, state.account.equity, stopsAt);
}

/** Whether the account may take another position. Guards are written positively: a NaN never passes one. */
export function accountVerdicts(state: ServoState, symbol: string, ownOrderId?: string): Verdict[] {
  const { account, policy } = state;
  const { limits } = policy;
  const status = statusOf(state.causes);
  const exposure = exposureOf(state, symbol, ownOrderId);
  const lossVerdict = (check: DenialReason, window: LossWindowName) => {
    const loss = lossOf(account, window);
    const limit = lossLimit(account, window, limits);
    return verdict(check, loss < limit, loss, limit);
  };
  return [
    verdict(
      'status_forbids_opening',
      PERMITS[status].open,
      leadingCause(state.causes)?.reason || status,
      'running or reduced',
    ),
    ...armingVerdicts(state),
    verdict('order_unknown', exposure.unknown === 0, exposure.unknown, 0),
    verdict('drawdown_limit', drawdown(account) < limits.maxDrawdown, drawdown(account), limits.maxDrawdown),
    mandateVerdict(state),
    lossVerdict('monthly_loss_limit', 'month'),
    lossVerdict('weekly_loss_limit', 'week'),
    lossVerdict('daily_loss_limit', 'day'),
    marginLevelVerdict(state),
    verdict(
      'daily_trades_limit',
      account.entriesToday + exposure.authorised < limits.maxDailyTrades,
      account.entriesToday + exposure.authorised,
      limits.maxDailyTrades,
    ),
    verdict('position_open', exposure.onSymbol === 0, exposure.onSymbol, 0),
    verdict('positions_limit', exposure.total < limits.maxPositions, exposure.total, limits.maxPositions),
  ];
}

/** Not asked where the money is not real. */
function armingVerdicts(state: ServoState): Verdict[] {
  const conditions = conditionsOf(state);
  if (conditions === undefined) return [];
  const all = `all ${conditions.length} hold`;
  const failing = failingWords(conditions);
  return [verdict('not_armed', failing === '', failing === '' ? all : failing, all)];
}

function marginLevelVerdict(state: ServoState): Verdict {
  const { minMarginLevel: least } = state.policy.exposure;
  if (least === null) return verdict('margin_level_limit', true, 'no limit', 'no limit');
  const margin = marginUsed(state) + externalMargin(state);
  if (margin === 0) return verdict('margin_level_limit', true, 'no margin used', least);
  const level = state.account.equity / margin;
  return verdict('margin_level_limit', level >= least, level, least);
}
