/** Lines, areas and bands over time or a number. */
import {
  type Axes,
  axesOf,
  chartOf,
  type Frame,
  fixed,
  type LegendEntry,
  type Plot,
  plotOf,
  reference,
  type Tone,
} from './chart.ts';
import { type Html, html } from './html.ts';
import { roomy } from './scale.ts';

export type Point = readonly [x: number, y: number];

export interface Series {
  readonly name: string;
  readonly tone: Tone;
  readonly points: readonly Point[];
  /** `area` is filled from 0, or from the edge next to it. */
  readonly as?: 'line' | 'area';
}

/** The space between two lines, such as quantiles. */
export interface Band {
  readonly name: string;
  readonly tone: Tone;
  readonly lower: readonly Point[];
  readonly upper: readonly Point[];
}

export interface LineChart extends Pick<Frame, 'title' | 'summary'>, Axes {
  readonly series: readonly Series[];
  readonly bands?: readonly Band[];
  readonly references?: readonly { readonly value: number; readonly label: string }[];
  readonly width: number;
  readonly height: number;
  /** Of x, where the data does not say it. */
  readonly range?: readonly [from: number, to: number];
}

export function lineChart(chart: LineChart): Html {
  const { series, bands = [], references = [], title, summary, width, height } = chart;
  const points = [
    ...series.flatMap((line) => line.points),
    ...bands.flatMap(({ lower, upper }) => [...lower, ...upper]),
  ];
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const filled = series.some(({ as }) => as === 'area');
  const [low, high] = roomy(filled ? [...ys, 0] : ys);
  const plot = plotOf(
    chart,
    chart.range ?? [least(xs), most(xs)],
    filled ? [Math.min(low, 0), most([...ys, 0])] : [low, high],
  );
  const drawing = html`${axesOf(plot, chart)}${bands.map((band) => bandOf(plot, band))}${series.map((line) => seriesOf(plot, line))}${references.map(({ value, label }) => reference(plot, value, label))}`;
  const legend: LegendEntry[] = [
    ...series.map(({ name, tone, as = 'line' }) => ({ text: name, tone, mark: as })),
    ...bands.map(({ name, tone }) => ({ text: name, tone, mark: 'area' as const })),
  ];
  return chartOf({ title, summary, width, height, legend: legend.length > 1 ? legend : [] }, drawing);
}

function seriesOf(plot: Plot, { points, tone, as }: Series): Html {
  const line = html`<path class="line s-${tone}" d="${pathOf(plot, points)}"/>`;
  const [first, last] = [points.at(0), points.at(-1)];
  if (as !== 'area' || first === undefined || last === undefined) return line;
  const zero = fixed(plot.y.place(0));
  const outline = `${pathOf(plot, points)}L${fixed(plot.x.place(last[0]))} ${zero}L${fixed(plot.x.place(first[0]))} ${zero}Z`;
  return html`<path class="f-${tone}" fill-opacity="0.25" d="${outline}"/>${line}`;
}

const bandOf = (plot: Plot, { lower, upper, tone }: Band): Html =>
  html`<path class="f-${tone}" fill-opacity="0.18" d="${pathOf(plot, [...upper, ...lower.toReversed()])}Z"/>`;

const pathOf = ({ x, y }: Plot, points: readonly Point[]): string =>
  points.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${fixed(x.place(px))} ${fixed(y.place(py))}`).join('');

const least = (values: readonly number[]): number =>
  values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
const most = (values: readonly number[]): number =>
  values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
