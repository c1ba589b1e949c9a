/** How a guard judges what it sees. */

/** `calm`: as in training. `warn`: seldom by chance. `act`: trade less on it. */
export type Grade = 'calm' | 'warn' | 'act';

export const gradeOf = (value: number, warnAbove: number, actAbove: number): Grade =>
  value <= warnAbove ? 'calm' : value <= actAbove ? 'warn' : 'act';
