/** The account's cash: every change of the balance is a profit, a commission or a swap, and the sums must agree. */
import { addMoney, type Money, ZERO_MONEY } from '../../domain/units.ts';
import { VenueError } from './rules.ts';

interface CashFlow {
  readonly profit: Money;
  readonly commission: Money;
  readonly swap: Money;
}

/** `flows` are the sums since the account was opened. */
export interface Ledger {
  readonly opening: Money;
  readonly balance: Money;
  readonly flows: CashFlow;
}

const NO_FLOW: CashFlow = { profit: ZERO_MONEY, commission: ZERO_MONEY, swap: ZERO_MONEY };

export const openLedger = (opening: Money): Ledger => ({ opening, balance: opening, flows: NO_FLOW });

export function booked(ledger: Ledger, profit: Money, commission: Money, swap: Money): Ledger {
  return checkedLedger({
    opening: ledger.opening,
    balance: addMoney(ledger.balance, addMoney(profit, addMoney(commission, swap))),
    flows: {
      profit: addMoney(ledger.flows.profit, profit),
      commission: addMoney(ledger.flows.commission, commission),
      swap: addMoney(ledger.flows.swap, swap),
    },
  });
}

/** Throws when the balance is not the opening plus everything that was booked. */
export function checkedLedger(ledger: Ledger): Ledger {
  const { opening, balance, flows } = ledger;
  if (balance !== opening + flows.profit + flows.commission + flows.swap) {
    throw new VenueError(`the paper account's balance is not what was booked: ${JSON.stringify(ledger)}`);
  }
  return ledger;
}
