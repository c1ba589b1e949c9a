/** A servo that is off, as its journal knows it: the state is rebuilt from the newest picture and every event since. */
import { type AccountPaths, isDryRun, isLive, isSimulated } from '../accounts.ts';
import type { Config } from '../config/config.ts';
import { tradingPolicyOf } from '../config/policy.ts';
import { openQueries, type Queries } from '../db/queries.ts';
import { openReads } from '../db/reads.ts';
import type { Decision } from '../domain/decision.ts';
import { limitsIn } from '../domain/limits/editable.ts';
import { policyUnder, startedEdits } from '../domain/limits/edits.ts';
import type { TradingPolicy } from '../domain/policy.ts';
import { type Causes, leadingCause, statusOf } from '../domain/servo.ts';
import type { Signal } from '../domain/signal.ts';
import type { ServoState } from '../domain/state.ts';
import type { UnixMs } from '../domain/units.ts';
import { livePolicyOf } from '../live.ts';
import { regimeModelsOf } from '../regime-models.ts';
import { rebuildState } from '../servo/book.ts';
import { systemClock } from '../servo/clock.ts';
import type { PerformanceView } from '../servo/control.ts';
import type { BarExplanation } from '../servo/explain-bar.ts';
import { type LimitSetting, limitSettings } from '../servo/limit-settings.ts';
import { type DecisionWords, decisionWords } from '../servo/recent-decisions.ts';
import { type RiskView, riskView } from '../servo/risk-view.ts';
import { type PositionView, positionViews, type StatusView, statusView } from '../servo/views.ts';
import { VERSION } from '../version.ts';
import { second } from './text.ts';

export interface OfflineServo {
  /** When its last entry was, in words. */
  readonly writtenAt: string;
  status(): StatusView;
  positions(): PositionView[];
  risk(): RiskView;
  /** As they will hold at the next start. */
  limits(): LimitSetting[];
  why(symbol: string | undefined, limit: number): DecisionWords[];
  whyAt(symbol: string, at: UnixMs): Promise<BarExplanation>;
  performance(): Promise<PerformanceView>;
  close(): Promise<void>;
}

export async function openOffline(config: Config, { database, account }: AccountPaths): Promise<OfflineServo> {
  // A book can be read whatever has become of its models.
  const regimeModels = await regimeModelsOf(config).catch(() => undefined);
  const [live, dryRun] = [isLive(account), isDryRun(account)];
  const policy = {
    ...tradingPolicyOf(config, regimeModels),
    dryRun,
    ...(live && !dryRun && { live: livePolicyOf(config, { account }) }),
  };
  const queries = openQueries(database);
  const history = {
    loadSnapshot: queries.loadSnapshot,
    entriesAfter: (sequence: number) => queries.entriesAfter(sequence, Number.MAX_SAFE_INTEGER),
  };
  const state = rebuildState(policy, history);
  const simulated = isSimulated(account);
  const reads = openReads(database, policy, simulated);
  const last = queries.journalTail(1)[0]?.recordedAt;
  const mode = live ? 'live' : 'paper';
  const identity = { account, mode, version: VERSION, configHash: config.configHash } as const;
  const startedAt = systemClock.wall();
  const source = { state, identity, startedAt, health: new Map(), finished: false, reconcileProblem: undefined };
  const facts = { nowWallMs: startedAt, nowMonotonicMs: 0, simulated, watchdogActive: false, heartbeatAgoMs: 0 };
  return {
    writtenAt: last === undefined ? 'empty' : `last written ${second(new Date(last).toISOString())}`,
    status: () => switchedOff(statusView(source, facts), state.causes),
    positions: () => positionViews(state),
    risk: () => riskView({ state }),
    limits: () => limitSettings(startedState(state, policy), policy),
    why: (symbol, limit) => latestDecisions(policy, queries, symbol, limit),
    whyAt: (symbol, at) => reads.why(symbol, at),
    performance: () => reads.performance(),
    close: async () => {
      queries.close();
      await reads.close();
    },
  };
}

/** The file may have changed since it ran. */
function startedState({ limitEdits }: ServoState, policy: TradingPolicy): Pick<ServoState, 'policy' | 'limitEdits'> {
  const edits = startedEdits(limitEdits, limitsIn(policy));
  return { policy: policyUnder(policy, edits), limitEdits: edits };
}

/** Off is off, however it ended. What waits for the next start is worth a word. */
function switchedOff(view: StatusView, { stopRequested: _, ...causes }: Causes): StatusView {
  const atNextStart = { ...causes, ended: false, reconciled: true };
  const status = statusOf(atNextStart);
  const why = leadingCause(atNextStart)?.reason;
  const reason =
    status === 'running' ? view.reason : `it starts ${status.replaceAll('_', ' ')}${why ? `: ${why}` : ''}`;
  // Symbols that this account never saw belong to another one.
  const markets = view.markets.filter(({ lastBarAt }) => lastBarAt !== null);
  // A start looks at every condition for itself.
  const arming = view.arming && { ...view.arming, mayOpen: false };
  return { ...view, status: 'stopped', entriesAllowed: false, arming, reason, markets };
}

/** A decision and the signal it decided are two entries of the journal. */
function latestDecisions(
  policy: TradingPolicy,
  queries: Queries,
  symbol: string | undefined,
  limit: number,
): DecisionWords[] {
  const read = (kind: 'decision_made' | 'signal_made', count: number) =>
    queries.events({ kinds: [kind], limit: count, ...(symbol !== undefined && { symbol }) }).items;
  const decisions = read('decision_made', limit).map(({ payload }) => payload['decision'] as Decision);
  // A signal waits for at most its retries, so twice as many are enough to hold each decision's own.
  const signals = read('signal_made', 2 * limit).map(({ payload }) => payload['signal'] as Signal);
  const byId = new Map(signals.map((signal) => [signal.decisionId, signal]));
  return decisions.map((decision) => decisionWords(policy, byId.get(decision.decisionId), decision));
}
