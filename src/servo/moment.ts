/** Moments as people type them: `2026-01-05 10:35`, UTC where nothing else is said. */
import { type UnixMs, unixMs } from '../domain/units.ts';

export const MOMENT_EXAMPLE = '2026-01-05 10:35';

/** Undefined for what is none. */
export function momentIn(text: string): UnixMs | undefined {
  if (!/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d/.test(text)) return undefined;
  const at = Date.parse(/[Zz]$|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
  return Number.isFinite(at) ? unixMs(at) : undefined;
}
