/** The gate's questions about the signal: is it worth an order? */
import type { Verdict } from '../decision.ts';
import type { TradingPolicy } from '../policy.ts';
import { REGIMES } from '../regime.ts';
import type { Signal } from '../signal.ts';
import type { ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';
import { expiryVerdict, guardVerdicts } from './model-checks.ts';
import { verdict } from './verdict.ts';

export function signalVerdicts(state: ServoState, signal: Signal, now: UnixMs): Verdict[] {
  const { limits, regimes } = state.policy;
  const { prediction } = signal;
  const flat = signal.side === 'flat';
  const verdicts = [
    verdict(
      'model_unavailable',
      prediction.kind === 'prediction',
      prediction.kind === 'neutral' ? prediction.reason : 'answered',
      'answered',
    ),
    expiryVerdict(state, signal.symbol, now),
    ...guardVerdicts(state, signal),
    verdict('signal_expired', now < signal.expiresAt, now, signal.expiresAt),
    verdict('regime_not_allowed', regimes[signal.regime].allowed, signal.regime, allowedRegimes(regimes)),
    verdict('signal_flat', !flat, signal.expectedValueR, 0),
  ];
  if (flat) return verdicts;
  return [
    ...verdicts,
    verdict(
      'expected_value_minimum',
      signal.expectedValueR >= limits.minExpectedValueR,
      signal.expectedValueR,
      limits.minExpectedValueR,
    ),
    verdict('confidence_minimum', signal.confidence >= limits.minConfidence, signal.confidence, limits.minConfidence),
  ];
}

/** A policy's regimes do not change, and every signal asks. */
const allowedWords = new WeakMap<TradingPolicy['regimes'], string>();

function allowedRegimes(regimes: TradingPolicy['regimes']): string {
  const known = allowedWords.get(regimes);
  if (known !== undefined) return known;
  const words = REGIMES.filter((regime) => regimes[regime].allowed).join(', ');
  allowedWords.set(regimes, words);
  return words;
}
