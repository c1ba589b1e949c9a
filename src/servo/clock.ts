/** The machine's clocks. Wall time is data; what must wait, waits on the monotonic one. */
import type { Clock } from '../domain/ports.ts';
import { unixMs } from '../domain/units.ts';

export const systemClock: Clock = {
  wall: () => unixMs(Date.now()),
  monotonic: () => performance.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};
