/** Bars in a row that closed higher (positive) or lower (negative), at most 20. It is shown bars one by one. */

const LONGEST = 20;

export const feature = {
  name: 'up_streak',
  // A streak that is longer than what is remembered after a restart would depend on when the servo was started.
  warmupBars: LONGEST + 1,
  create() {
    let before = Number.NaN;
    let streak = 0;
    return {
      push({ close }) {
        const side = Math.sign(close - before) || 0;
        streak = side !== 0 && side === Math.sign(streak) ? streak + side : side;
        streak = Math.max(-LONGEST, Math.min(LONGEST, streak));
        before = close;
        return streak;
      },
    };
  },
};
