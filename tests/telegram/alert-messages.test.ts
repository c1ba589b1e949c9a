/** Which alert is told next, and how it reads. */
import { expect, test } from 'vitest';
import { unixMs } from '../../src/domain/units.ts';
import type { Severity } from '../../src/servo/alerts.ts';
import type { PendingAlert } from '../../src/servo/ports.ts';
import { type AlertMoment, alertMessage, nextAlertMessage } from '../../src/telegram/alert-messages.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 0, 5, 12);
const MOMENT: AlertMoment = { startedAt: unixMs(NOW), now: unixMs(NOW), badge: 'PAPER' };

let nextId = 1;
const alert = (severity: Severity, agoMs = 0, text = `${severity} news`): PendingAlert => ({
  id: nextId++,
  kind: 'opened',
  severity,
  text,
  raisedAt: unixMs(NOW - agoMs),
});
const many = (count: number, severity: Severity, agoMs = 0) =>
  Array.from({ length: count }, (_, i) => alert(severity, agoMs, `${severity} ${i + 1}`));

test('nothing waits, nothing is told', () => {
  expect(nextAlertMessage([], MOMENT)).toBeUndefined();
});

test.each([
  ['critical', false, true],
  ['error', false, false],
  ['warning', false, false],
  ['info', true, false],
] as const)('%s alone', (severity, silent, urgent) => {
  const waiting = [alert(severity), ...many(5, 'info').slice(severity === 'info' ? 1 : 0)];
  expect(nextAlertMessage(waiting, MOMENT)).toMatchObject({ alerts: [waiting[0]], silent, urgent });
});

test('five idle messages are told one by one, six together', () => {
  expect(nextAlertMessage(many(5, 'info'), MOMENT)?.alerts).toHaveLength(1);
  const six = nextAlertMessage(many(6, 'info'), MOMENT);
  expect(six?.alerts).toHaveLength(6);
  expect(six?.silent).toBe(true);
  expect(six?.html).toBe(
    [
      '📋 <b>6 messages</b> 2026-01-05 12:00 to 2026-01-05 12:00 UTC  PAPER',
      'opened 6',
      'The latest:',
      ...[2, 3, 4, 5, 6].map((n) => `• info ${n}`),
    ].join('\n'),
  );
});

test('graver ones are told alone before a hundred idle ones', () => {
  const waiting = [alert('critical'), alert('error'), alert('warning'), ...many(100, 'info')];
  const told: Severity[][] = [];
  while (waiting.length > 0) {
    const { alerts = [] } = nextAlertMessage(waiting, MOMENT) ?? {};
    told.push([...new Set(alerts.map(({ severity }) => severity))]);
    waiting.splice(0, alerts.length);
  }
  expect(told).toEqual([['critical'], ['error'], ['warning'], ['info']]);
});

test('what is older than a day at the start becomes one line that names the gravest', () => {
  const old = [alert('critical', 30 * HOUR_MS, 'HALTED by <servo>'), ...many(3, 'info', 25 * HOUR_MS)];
  const today = alert('info', 23 * HOUR_MS);
  const plan = nextAlertMessage([...old, today], MOMENT);
  expect(plan?.alerts).toEqual(old);
  expect(plan?.html).toBe(
    '📋 Not delivered for a day: critical 1, info 3, 2026-01-04 06:00 to 2026-01-04 11:00 UTC, the latest of the gravest: HALTED by &lt;servo&gt;  PAPER',
  );
  expect(nextAlertMessage([today], MOMENT)?.alerts).toEqual([today]);
});

test('old news never goes before what is critical now, and grows old only before the start', () => {
  const fresh = alert('critical');
  expect(nextAlertMessage([fresh, alert('critical', 30 * HOUR_MS)], MOMENT)?.alerts).toEqual([fresh]);
  const waited = { ...MOMENT, startedAt: unixMs(NOW - 48 * HOUR_MS) };
  expect(nextAlertMessage([alert('info', 30 * HOUR_MS)], waited)?.html).toContain('🟢 info news');
});

test('an alert says what, for which account, by which decision, and when it is late', () => {
  const late: PendingAlert = { ...alert('info', 61_000, 'OPEN EURUSD buy 0.2 @ 1.08332.'), decisionId: 'EURUSD-1' };
  expect(alertMessage(late, MOMENT)).toBe(
    '🟢 OPEN EURUSD buy 0.2 @ 1.08332.\nPAPER\n<code>EURUSD-1</code>\n<i>from 2026-01-05 11:58 UTC</i>',
  );
  expect(alertMessage(alert('critical', 0, 'HALTED: a < b & c'), MOMENT)).toBe(
    '⛔ <b>HALTED: a &lt; b &amp; c</b>\nPAPER',
  );
});

test('a text without end is cut, not refused', () => {
  const html = alertMessage(alert('error', 0, '<'.repeat(100_000)), MOMENT);
  expect(html.replace(/&lt;/g, '<').length).toBeLessThan(2100);
});
