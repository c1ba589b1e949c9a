/** What is usual at an hour of the day: the median of that hour's means on the latest days. */

const HOURS = 24;
export const DAYS_KEPT = 20;
/** Fewer days show no habit. */
export const DAYS_MIN = 5;

/** A whole hour leaves one observation, so that no hour counts more for having more bars. Sums of whole numbers stay exact. */
export class HourlyMedian {
  private readonly means = new Float64Array(HOURS * DAYS_KEPT);
  private readonly days = new Float64Array(HOURS);
  /** Hours of the wall clock since 1970: the one that is under way. */
  private hour = Number.MIN_SAFE_INTEGER;
  private sum = 0;
  private count = 0;
  /** By hour of the day, reckoned when it is asked for; no part of the memory that is kept. */
  readonly #medians = new Map<number, number>();

  push(hour: number, value: number): void {
    if (hour !== this.hour) {
      this.keep();
      this.hour = hour;
      this.sum = 0;
      this.count = 0;
    }
    this.sum += value;
    this.count += 1;
  }

  private keep(): void {
    if (this.count === 0) return;
    const place = hourOfDay(this.hour);
    const day = this.days[place] as number;
    this.means[place * DAYS_KEPT + (day % DAYS_KEPT)] = this.sum / this.count;
    this.days[place] = day + 1;
    this.#medians.delete(place);
  }

  /** Of the days before; undefined where they are fewer than `DAYS_MIN`. */
  median(hour: number): number | undefined {
    const place = hourOfDay(hour);
    const kept = Math.min(this.days[place] as number, DAYS_KEPT);
    if (!(kept >= DAYS_MIN)) return undefined;
    const known = this.#medians.get(place);
    if (known !== undefined) return known;
    const median = medianOf(this.means.slice(place * DAYS_KEPT, place * DAYS_KEPT + kept));
    this.#medians.set(place, median);
    return median;
  }
}

/** Sorts what it is given. */
function medianOf(values: Float64Array): number {
  const middle = values.length >> 1;
  values.sort();
  const upper = values[middle] as number;
  return values.length % 2 === 1 ? upper : ((values[middle - 1] as number) + upper) / 2;
}

const hourOfDay = (hour: number): number => hour - Math.floor(hour / HOURS) * HOURS;
