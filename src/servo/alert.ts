/** A message to people: what it is about, how grave it is, and its words. */

export type Severity = 'info' | 'warning' | 'error' | 'critical';
export type AlertKind =
  | 'started'
  | 'stopped'
  | 'opened'
  | 'closed'
  | 'refusals'
  | 'order_rejected'
  | 'limit'
  | 'model'
  | 'cooldown'
  | 'safety'
  | 'halted'
  | 'flattened'
  | 'command'
  | 'arming'
  | 'external'
  | 'naked';

export interface Alert {
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly text: string;
  readonly decisionId?: string;
}

export const info = (kind: AlertKind, text: string): Alert => ({ kind, severity: 'info', text });
export const warning = (kind: AlertKind, text: string): Alert => ({ kind, severity: 'warning', text });
