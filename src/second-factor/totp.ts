/** One-time codes of an authenticator (RFC 6238: SHA-1, six digits, thirty seconds), as every authenticator app shows them. */
import { Secret, TOTP } from 'otpauth';
import type { UnixMs } from '../domain/units.ts';

/** Of the clocks of two devices, by one step each way. */
const TOLERANCE_STEPS = 1;
const CODE = /^\d{6}$/;

/** Returns the check: which time step a code belongs to at a moment; undefined where it belongs to none that counts. */
export function oneTimeCodes(base32: string): (code: string, at: UnixMs) => number | undefined {
  const totp = new TOTP({ secret: Secret.fromBase32(base32), algorithm: 'SHA1', digits: 6, period: 30 });
  return (token, timestamp) => {
    if (!CODE.test(token)) return undefined;
    const apart = totp.validate({ token, timestamp, window: TOLERANCE_STEPS });
    return apart === null ? undefined : totp.counter({ timestamp }) + apart;
  };
}
