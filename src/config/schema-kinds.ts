/** The kinds of value config.yaml holds. `unit` and `expects` go into the JSON schema, from which every message is worded. */
import { z } from 'zod';
import { checkTimezone } from './schema-checks.ts';

// Parsers that are compiled first pay after hundreds of uses; a configuration is read once.
z.config({ jitless: true });

/** Open at both ends: 0 would forbid all, 1 would permit all. Out of range, it is not compared with its neighbours either. */
export const fraction = (of: 'equity' | 'price' | 'volume', description: string) =>
  z
    .number()
    .gt(0, { abort: true })
    .lt(1, { abort: true })
    .meta({ description, unit: `fraction of ${of}` });

/** Notional in multiples of equity, or null for no limit. */
export const leverage = (description: string) => z.number().min(0.01).max(5000).nullable().meta({ description });

export const probability = (description: string) => z.number().min(0).max(1).meta({ description, unit: 'probability' });

export const seconds = (min: number, max: number, description: string) =>
  z.number().min(min).max(max).meta({ description, unit: 'seconds' });

export const minutes = (max: number, description: string) =>
  z.int().min(0).max(max).meta({ description, unit: 'minutes' });

export const timeOfDay = (description: string) =>
  text(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time such as "17:00"', description);

export const timezoneName = (description: string) =>
  z.string().superRefine(checkTimezone).meta({ description, expects: 'an IANA time zone such as America/New_York' });

export const count = (min: number, max: number, description: string, unit?: 'points' | 'milliseconds') =>
  z
    .int()
    .min(min)
    .max(max)
    .meta(unit === undefined ? { description } : { description, unit });

/** Of R or of the ATR. */
export const multiple = (min: number, max: number, description: string) =>
  z.number().min(min).max(max).meta({ description });

export const flag = (description: string) => z.boolean().meta({ description });

/** A text that a pattern describes; `expects` says in words what the pattern says in signs. */
export const text = (pattern: RegExp, expects: string, description: string) =>
  z.string().regex(pattern).meta({ description, expects });

/** A URL with one of these protocols, or nothing where `''` is among them. */
export const url = (protocols: readonly string[], expects: string, description: string) =>
  z
    .string()
    .refine((address) => protocols.includes(URL.parse(address)?.protocol ?? address))
    .meta({ description, expects });

export const choice = <const Words extends readonly string[]>(words: Words, description: string) =>
  z.enum(words).meta({ description });

export const path = (description: string) => text(/\S/, 'a path', description);

export const symbolName = (description: string) =>
  text(/^[A-Za-z0-9][A-Za-z0-9._#]{0,31}$/, 'a symbol of letters, digits, ".", "_" or "#"', description);

export const currencyCode = (description: string) =>
  text(/^[A-Z][A-Z0-9]{2,7}$/, 'a currency code such as USD', description);
