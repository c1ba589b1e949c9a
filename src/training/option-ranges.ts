/** What a trainer's options may be; anything else is refused by name. */

export interface OptionRange {
  readonly least: number;
  readonly most: number;
  readonly kind: 'whole' | 'real';
}

export const whole = (least: number, most: number): OptionRange => ({ least, most, kind: 'whole' });
export const real = (least: number, most: number): OptionRange => ({ least, most, kind: 'real' });

export function checkRange(trainer: string, name: string, value: number, { least, most, kind }: OptionRange): void {
  if (value >= least && value <= most && (kind === 'real' || Number.isInteger(value))) return;
  const expected = kind === 'whole' ? 'a whole number' : 'a number';
  throw new RangeError(`${trainer}: ${name} is ${value}. Give ${expected} from ${least} to ${most}.`);
}
