/** The name that a market keeps: a challenger takes its place after so many bars in a row. */
import type { Regime, RegimeSnapshot } from './regime.ts';

export class DwellingName {
  regime: Regime = 'unknown';
  candidate: Regime = 'unknown';
  candidateBars = 0;

  push(candidate: Regime, dwellBars: number): void {
    this.candidateBars = candidate === this.candidate ? this.candidateBars + 1 : 1;
    this.candidate = candidate;
    if (this.candidateBars >= dwellBars) this.regime = candidate;
  }

  snapshot(): Pick<RegimeSnapshot, 'regime' | 'candidate' | 'candidateBars'> {
    return { regime: this.regime, candidate: this.candidate, candidateBars: this.candidateBars };
  }

  restore({ regime, candidate, candidateBars }: RegimeSnapshot): void {
    this.regime = regime;
    this.candidate = candidate;
    this.candidateBars = candidateBars;
  }
}
