/** Whether a model may be traded: every condition with its number, and none of them waived. */

import type { LeakFinding, LeakVerdict } from '../validation/leak.ts';
import type { Overfitting } from '../validation/overfitting.ts';
import type { Score, ScoreIntervals } from '../validation/score.ts';
import type { DeflatedSharpe } from '../validation/sharpe.ts';
import type { TradedForecasts } from './trade-forecasts.ts';

export interface Evidence {
  /** Out of sample, over all folds. */
  readonly intervals: ScoreIntervals;
  /** Each path of out-of-sample forecasts, traded. */
  readonly traded: readonly TradedForecasts[];
  readonly deflated: DeflatedSharpe | null;
  /** Trainers that were compared. */
  readonly compared: number;
  /** Null where one was, or the days are too few. */
  readonly overfitting: Overfitting | null;
  readonly leak: LeakVerdict;
  readonly holdOut: { readonly score: Score; readonly traded: TradedForecasts };
  readonly featureNames: readonly string[];
  readonly currency: string;
  /** The candles are made up. */
  readonly simulated: boolean;
}

export interface Condition {
  readonly holds: boolean;
  readonly text: string;
}

export interface Judgement {
  readonly deployable: boolean;
  readonly conditions: readonly Condition[];
}

const TRADES_MIN = 30;
const CONFIDENCE_MIN = 0.95;
const OVERFITTING_MAX = 0.2;

export function judge(evidence: Evidence): Judgement {
  const conditions = [
    betterThanNaive(evidence),
    ...earns(evidence),
    ...notByLuck(evidence),
    ...holdsOut(evidence),
    ...honest(evidence),
  ];
  return { deployable: conditions.every(({ holds }) => holds), conditions };
}

function betterThanNaive({ intervals: { skill } }: Evidence): Condition {
  const range = `${percent(skill.low)} to ${percent(skill.high)} with ${percent(skill.level)} confidence`;
  return {
    holds: skill.low > 0,
    text: `skill over the naive forecast ${percent(skill.estimate)} (${range}), must be above 0`,
  };
}

function earns({ traded, currency }: Evidence): Condition[] {
  const fewest = Math.min(...traded.map(({ trades }) => trades));
  const worst = Math.min(...traded.map(({ netProfit }) => netProfit));
  const paths = traded.length === 1 ? '' : `, the worst of ${traded.length} paths`;
  return [
    { holds: fewest >= TRADES_MIN, text: `${fewest} trades out of sample${paths}, must be ${TRADES_MIN} or more` },
    { holds: worst > 0, text: `net profit after costs ${worst.toFixed(2)} ${currency}${paths}, must be above 0` },
  ];
}

function notByLuck({ deflated, overfitting, compared }: Evidence): Condition[] {
  const words = deflated === null || deflated.trials === 1 ? '' : `, after ${deflated.trials} trials`;
  const chance = deflated === null ? 'not known' : percent(deflated.deflated);
  const luck = {
    holds: deflated !== null && deflated.deflated >= CONFIDENCE_MIN,
    text: `chance that the Sharpe ratio is above 0${words}: ${chance}, must be ${percent(CONFIDENCE_MIN)} or more`,
  };
  if (compared < 2) return [luck];
  if (overfitting === null) {
    return [luck, { holds: false, text: 'probability of backtest overfitting: not known, the days are too few' }];
  }
  const { probability } = overfitting;
  const text = `probability of backtest overfitting ${percent(probability)}, must be ${percent(OVERFITTING_MAX)} or less`;
  return [luck, { holds: probability <= OVERFITTING_MAX, text }];
}

function holdsOut({ holdOut: { score, traded }, currency }: Evidence): Condition[] {
  return [
    { holds: score.skill > 0, text: `skill on the hold-out ${percent(score.skill)}, must be above 0` },
    {
      holds: traded.netProfit > 0,
      text: `net profit on the hold-out ${traded.netProfit.toFixed(2)} ${currency} in ${traded.trades} trades, must be above 0`,
    },
  ];
}

function honest({ leak, featureNames, simulated }: Evidence): Condition[] {
  const made = {
    holds: false,
    text: 'the candles are SIMULATED: what is learned from them is worth nothing elsewhere',
  };
  return [...leakConditions(leak, featureNames), ...(simulated ? [made] : [])];
}

function leakConditions(leak: LeakVerdict, featureNames: readonly string[]): Condition[] {
  if (!leak.suspected) return [{ holds: true, text: 'no sign of a look into the future' }];
  return leak.findings.map((finding) => ({
    holds: false,
    text: `LOOK-AHEAD SUSPECTED: ${inWords(finding, featureNames)}`,
  }));
}

function inWords(finding: LeakFinding, names: readonly string[]): string {
  switch (finding.kind) {
    case 'direction_auc':
      return `up against down is told apart with an AUC of ${finding.auc.toFixed(3)}, which honest features do not reach`;
    case 'skill':
      return `a skill of ${percent(finding.skill)}, which honest features do not reach`;
    case 'single_feature':
      return `${names[finding.column] ?? `feature ${finding.column}`} alone carries ${percent(finding.share)} of the skill`;
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
