/** A long list of numbers in a passport: its thousands are looked at in one pass, and one by one only where something is wrong with them. */
import { z } from 'zod';

interface ListLength {
  readonly min?: number;
  readonly exactly?: number;
}

/** As `z.array(z.number())` judges it, in its words. */
export function numberList({ min = 0, exactly }: ListLength = {}) {
  const fits = (length: number): boolean => length >= min && (exactly === undefined || length === exactly);
  const list = z.array(z.number()).min(min);
  const careful = exactly === undefined ? list : list.length(exactly);
  return z.custom<number[]>().superRefine((value: unknown, context) => {
    if (Array.isArray(value) && fits(value.length) && value.every(Number.isFinite)) return;
    for (const { path, message } of careful.safeParse(value).error?.issues ?? []) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });
}
