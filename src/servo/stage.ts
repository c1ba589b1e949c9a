/** The five stages, and which of them has work: at any moment exactly one is next. */
import { awaitingExecution } from '../domain/stages/execute.ts';
import { awaitingPrediction } from '../domain/stages/predict.ts';
import { awaitingDecision } from '../domain/stages/risk-gate.ts';
import type { ServoState } from '../domain/state.ts';

export const STAGES = ['ingest', 'predict', 'risk-gate', 'execute', 'monitor'] as const;
export type Stage = (typeof STAGES)[number];

/** No bar of a later close time is ingested before every stage is done with the earlier one. */
export function nextStage(state: ServoState): Stage {
  if (awaitingPrediction(state).length > 0) return 'predict';
  if (awaitingDecision(state).length > 0) return 'risk-gate';
  if (awaitingExecution(state).length > 0) return 'execute';
  return state.step.completed ? 'ingest' : 'monitor';
}
