/** Whether the servo is fit to trade, check by check: what `/readyz`, `doctor` and the container ask. */
import type { StatusView } from './views.ts';

export interface HealthCheck {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  /** Since its last success. */
  readonly latencyMs: number;
  readonly detail: string;
}

/** A component is well when its last operation was; the queue, when the watchdog does not stand in for it. */
export function healthChecks(status: StatusView): HealthCheck[] {
  const components = status.components.map(({ component, errorsInARow, lastError, lastOkAgoMs }): HealthCheck => {
    const detail =
      errorsInARow === 0
        ? `last success ${lastOkAgoMs ?? '–'} ms ago`
        : `${errorsInARow} errors in a row: ${lastError}`;
    return { name: component, status: errorsInARow === 0 ? 'ok' : 'fail', latencyMs: lastOkAgoMs ?? 0, detail };
  });
  return [
    ...components,
    {
      name: 'watchdog',
      status: status.watchdogActive ? 'fail' : 'ok',
      latencyMs: status.heartbeatAgoMs,
      detail: status.watchdogActive ? 'stands in for the queue; entries stop' : 'the queue ticks',
    },
    {
      name: 'servo',
      status: status.entriesAllowed ? 'ok' : status.status === 'starting' ? 'fail' : 'warn',
      latencyMs: 0,
      detail: wordsOf(status),
    },
  ];
}

function wordsOf({ status, reason, arming }: StatusView): string {
  const words = reason === null ? status : `${status}: ${reason}`;
  return arming?.mayOpen === false ? `${words}, not armed` : words;
}
