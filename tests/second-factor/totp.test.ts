/** One-time codes against the vectors of RFC 6238, and what is no code. */
import { expect, test } from 'vitest';
import { unixMs } from '../../src/domain/units.ts';
import { oneTimeCodes } from '../../src/second-factor/totp.ts';

/** `12345678901234567890` in base32. */
const check = oneTimeCodes('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
const at = (seconds: number) => unixMs(seconds * 1_000);

// The last six of the eight digits in the table of appendix B, SHA-1.
test.each([
  [59, '287082', 1],
  [1_111_111_109, '081804', 37_037_036],
  [1_111_111_111, '050471', 37_037_037],
  [1_234_567_890, '005924', 41_152_263],
  [2_000_000_000, '279037', 66_666_666],
  [20_000_000_000, '353130', 666_666_666],
])('at %d s it is %s, of step %d', (seconds, code, step) => {
  expect(check(code, at(seconds))).toBe(step);
});

test('a clock that is a step early or late is borne, two are not; the step is the code’s own', () => {
  expect(check('287082', at(29))).toBe(1);
  expect(check('287082', at(89))).toBe(1);
  expect(check('287082', at(90))).toBeUndefined();
});

test.each(['', '28708', '2870820', '94287082', ' 287082', '28708a', '٢٨٧٠٨٢', '287 082'])('"%s" is no code', (code) => {
  expect(check(code, at(59))).toBeUndefined();
});
