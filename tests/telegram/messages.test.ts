/** What the bot says, as text: narrow tables, whole tags, and nothing of a stranger's making that Telegram would read as markup. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMMAND_NAMES, isCommandOf } from '../../src/domain/commands.ts';
import type { StatusView } from '../../src/servo/views.ts';
import { BOT_COMMANDS, menu, typedCommand } from '../../src/telegram/bot-commands.ts';
import { escapeHtml, messagesOf, oneLine, readLength, table } from '../../src/telegram/html.ts';
import { badge, questionMessage, riskMessage, statusMessage, whyMessage } from '../../src/telegram/messages.ts';
import { riskPicture } from '../support/risk-picture.ts';
import { DECISION, POSITIONS, STATUS } from './support.ts';

const NOW_ISO = '2026-01-05T10:41:07.000Z';

test('the status, word for word', () => {
  const text = statusMessage({ status: STATUS, positions: POSITIONS, last: DECISION, nowIso: NOW_ISO });
  expect(text).toBe(`🟢 <b>RUNNING</b>  PAPER · SIMULATED
<pre>equity                10010.70 USD
floating                    +10.70
day                         +10.70
month loss   0.00 of 1000.00   0 %
week loss    31.50 of 500.00   6 %
day loss     48.00 of 200.00  24 %
drawdown   0.39 % of 20.00 %   2 %
positions                   2 of 3
trades today               3 of 10</pre>
<b>2 open positions</b>
<pre>EURUSD buy 0.2               +8.20
XAUUSD sell 0.05             +2.50</pre>
2026-01-05 10:40  EURUSD  P(up) 0.55 P(down) 0.24 · trend up  → refused   confidence 0.55 &lt; 0.60
<i>Updated 10:41:07 UTC</i>`);
});

test('the status says since when, by whom, why and until when', () => {
  const status = {
    ...STATUS,
    status: 'cooldown' as const,
    since: '2026-01-05T10:36:00.000Z',
    by: 'servo',
    reason: '5 feed errors in a row: <eof>',
    cooldownUntil: '2026-01-05T10:41:00.000Z',
    flattening: true,
    dryRun: true,
  };
  const lines = statusMessage({ status, positions: [], last: undefined, nowIso: NOW_ISO }).split('\n');
  expect(lines.slice(0, 4)).toEqual([
    '🟠 <b>COOLDOWN</b>  PAPER · SIMULATED · DRY-RUN',
    'since 2026-01-05 10:36 UTC by servo: 5 feed errors in a row: &lt;eof&gt;',
    'No entries until 10:41:00 UTC.',
    'Closing everything; the broker has not confirmed yet.',
  ]);
  expect(lines).toContain('No decision since the start.');
});

test('risk: what is left of each limit in money, the worst case and the bad hours', () => {
  const text = riskMessage(riskPicture('running', STATUS.limits), STATUS);
  for (const words of [
    /day loss +152\.00 left 24 %/,
    /all stops hit +36\.40/,
    /VaR 99 % ewma +61\.20/,
    /3 % against .* −650\.36/,
  ]) {
    expect(text).toMatch(words);
  }
});

test('a status with a hundred positions is still one screen', () => {
  const positions = Array.from({ length: 50 }, () => POSITIONS).flat();
  const text = statusMessage({ status: STATUS, positions, last: DECISION, nowIso: NOW_ISO });
  expect(text).toContain('More: /positions');
  expect(text.split('\n').length).toBeLessThan(30);
});

test('live and real is said as plainly as paper and simulated', () => {
  expect(badge({ mode: 'live', simulated: false, dryRun: false })).toBe('LIVE');
});

test('an accepted decision has no failed check to show', () => {
  const accepted = { ...DECISION, checks: DECISION.checks.map((check) => ({ ...check, passed: true })) };
  expect(whyMessage([accepted], undefined, [])[0]).toContain('✓ all 2 checks passed');
});

test('a live servo says until when it is armed, or what keeps it from opening anything', () => {
  const conditions = [
    { condition: 'mode', holds: true, text: 'mode: live in the file and --mode live, no dry-run' },
    { condition: 'identity', holds: false, text: 'it is a <demo> account' },
  ] as const;
  const shown = (arming: StatusView['arming']) =>
    statusMessage({ status: { ...STATUS, mode: 'live', arming }, positions: [], last: undefined, nowIso: NOW_ISO });
  const unarmed = shown({ mayOpen: false, until: null, conditions });
  expect(unarmed).toContain('Not armed, nothing is opened:\n✗ 2 identity it is a &lt;demo&gt; account\n');
  expect(unarmed).not.toContain('✓ 1');
  const armed = shown({ mayOpen: true, until: '2026-01-05T17:00:00.000Z', conditions: conditions.slice(0, 1) });
  expect(armed).toContain('\nArmed until 2026-01-05 17:00 UTC.\n');
});

test('every command that asks has a question of its own', () => {
  for (const name of COMMAND_NAMES.filter((each) => isCommandOf('telegram', each))) {
    const question = questionMessage(name, 'because', { status: STATUS, positions: POSITIONS });
    const asksFirst = BOT_COMMANDS.find((command) => command.name === name)?.asksFirst;
    expect(question.includes(`<b>${name}?</b>`)).toBe(asksFirst === false);
  }
});

test('the menu is what Telegram takes', () => {
  for (const { command, description } of menu()) {
    expect(command).toMatch(/^[a-z]{1,32}$/);
    expect(description.length).toBeLessThanOrEqual(256);
  }
});

test.each([
  ['/halt', 'halt', ''],
  ['/Pause@my_bot  news at\n14:30 ', 'pause', 'news at\n14:30 '],
  ['/why EURUSD', 'why', 'EURUSD'],
])('%j is a command', (text, name, rest) => {
  expect(typedCommand(text)).toEqual({ name, rest });
});

test.each(['halt', ' /halt', '/', '//halt', '/ halt', '/halt!', 'please /halt'])('%j is not', (text) => {
  expect(typedCommand(text)).toBeUndefined();
});

test('tables stay within the width of a phone where their words do', () => {
  const word = fc.string({ maxLength: 34 }).filter((text) => !/[\n&<>]/.test(text));
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word), { minLength: 1 }), (rows) => {
      const lines = table(rows)
        .replace(/<\/?pre>/g, '')
        .split('\n');
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(34);
    }),
  );
});

test('blocks are joined to messages Telegram takes: none lost, none out of order, none cut', () => {
  const block = fc.string({ minLength: 1, maxLength: 4000, unit: 'grapheme' }).map(escapeHtml);
  fc.assert(
    fc.property(fc.array(block.filter((html) => readLength(html) <= 4096)), (blocks) => {
      const messages = messagesOf(blocks);
      expect(messages.join('\n')).toBe(blocks.join('\n'));
      for (const message of messages) expect(readLength(message)).toBeLessThanOrEqual(4096);
    }),
    { numRuns: 50 },
  );
});

test('two blocks that fit exactly are one message, one more character makes two', () => {
  expect(messagesOf(['a'.repeat(4000), 'b'.repeat(95)])).toHaveLength(1);
  expect(messagesOf(['a'.repeat(4000), 'b'.repeat(96)])).toHaveLength(2);
  expect(messagesOf([])).toEqual([]);
});

test('any text is safe once escaped, and short once on one line', () => {
  const codeUnits = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));
  fc.assert(
    fc.property(
      fc.oneof(codeUnits, fc.string({ unit: fc.constantFrom('&', '<', '>', ';', 'a', '\n', '\u202e') })),
      (text) => {
        expect(escapeHtml(text).replace(/&(amp|lt|gt);/g, '')).not.toMatch(/[&<>]/);
        const line = oneLine(text, 20);
        expect(line).not.toMatch(/\p{C}|\n/u);
        expect([...line].length).toBeLessThanOrEqual(20);
      },
    ),
  );
});
