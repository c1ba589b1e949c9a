/** Keys of live trading: whose account it is, and who may arm it. */
import { z } from 'zod';
import { checkAccount } from './schema-checks.ts';
import { count, path, text } from './schema-kinds.ts';

export const accountSchema = z
  .strictObject({
    login: count(1, Number.MAX_SAFE_INTEGER, "The account's number, as the broker's terminal shows it; null: none.")
      .nullable()
      .default(null),
    server: text(
      /^\S(?:.{0,62}\S)?$/,
      "the name of the broker's server",
      "The broker's server, as its terminal shows it; null: none.",
    )
      .nullable()
      .default(null),
    totp_secret: text(
      /^$|^[A-Z2-7]{26,128}=*$/,
      'a base32 secret of 26 characters or more',
      'What the one-time codes of `servo arm` are checked by, from the environment; empty: nobody can arm.',
    ).default(''),
    totp_secret_file: path('A file that holds the secret, mode 600.').nullable().default(null),
  })
  .superRefine(checkAccount)
  .describe('The account of live mode, which must be armed.');
