/** What is done with an open position on a bar: a list of rules, gravest first, of which at most one acts. */
import type { Action, Look, Rule } from './rule.ts';
import { trail } from './trailing.ts';

/** A close goes before a part of one, and either before a move of the stop: two changes of one position never meet. */
const RULES: readonly Rule[] = [trail];

export function actionOn(look: Look): Action | undefined {
  for (const rule of RULES) {
    const action = rule(look);
    if (action !== undefined) return action;
  }
  return undefined;
}
