/** What must hold in every world, each with its sentence. */
export const INVARIANTS = {
  I1: 'An order reaches the venue once, and a decision never has two orders that the venue did not refuse.',
  I2: 'At the venue, our positions and working entries are never more than max_positions, nor two of one symbol.',
  I3: 'An entry is a whole number of lot steps within the contract and within its budgets of risk and margin; no more fills or closes than was asked.',
  I4: 'Nothing that opens leaves while the journal holds a halt, a pause, a flatten, a cooldown, a reached limit or a stop.',
  I5: 'A position has its stop from its first moment; where somebody takes it away, it is back or a close is on its way within five undisturbed seconds.',
  I6: "Every deal of the venue is applied once and as it was; in the end both books agree to the micro, and no 'books differ' was ever said.",
  I7: 'What the journal makes of itself is the state that the servo acts on.',
  I8: 'Entries of a trading day never exceed max_daily_trades, counted when sent, by the platform’s own calendar; windows only move on.',
  I9: 'No order moves backwards, and what is over stays over.',
  I10: 'What the journal calls never executed is never executed: no unknown outcome ends without the word of the venue.',
  I11: 'An entry is sent on the latest bar, on a sound answer of the model, by a servo that agreed with its broker since it started.',
  I12: 'A dry run puts nothing on the line.',
  I13: 'Nothing is put on the line that the journal has not marked as sent before, durably and unchanged.',
  I14: 'Every order comes from an approved decision or a committed reduction; a job, however often or wrong, makes none.',
  B1: 'No commit fails because an event contradicts the state: a bug must show here and not in front of a broker.',
  L1: 'Sixty seconds after the last fault no outcome is open and the servo trades again or says why not; a flatten ends at an empty book.',
} as const;
export type Invariant = keyof typeof INVARIANTS;

export interface Violation {
  readonly invariant: Invariant;
  readonly detail: string;
}

/** Fails the world where it does not hold. */
export type Demand = (invariant: Invariant, holds: boolean, detail: () => string) => void;
