/** Points over two numbers, with intervals and a reference line where there are some. */
import {
  type Axes,
  axesOf,
  chartOf,
  type Frame,
  fixed,
  type LegendEntry,
  type Plot,
  plotOf,
  type Tone,
  triangle,
} from './chart.ts';
import { type Html, html, NOTHING } from './html.ts';
import type { Point } from './line-chart.ts';
import { roomy } from './scale.ts';

export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  readonly tone: Tone;
  readonly mark: 'up' | 'down' | 'dot';
  /** Of y. */
  readonly interval?: { readonly low: number; readonly high: number } | null;
}

export interface Scatter extends Pick<Frame, 'title' | 'summary'> {
  readonly points: readonly ScatterPoint[];
  readonly x: (value: number) => string;
  readonly y: Axes['y'];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly legend: readonly LegendEntry[];
  /** From one place of the field to another, such as the diagonal of perfect calibration. */
  readonly line?: { readonly from: Point; readonly to: Point };
  readonly width: number;
  readonly height: number;
}

export function scatter(chart: Scatter): Html {
  const { points, line, title, summary, width, height, legend, xTitle, yTitle } = chart;
  const ends = line === undefined ? [] : [line.from, line.to];
  const xs = [...points.map(({ x }) => x), ...ends.map(([x]) => x)];
  const ys = [
    ...points.flatMap(({ y, interval }) => (interval ? [y, interval.low, interval.high] : [y])),
    ...ends.map(([, y]) => y),
  ];
  const plot = plotOf(chart, roomy(xs), roomy(ys));
  const drawing = html`${axesOf(plot, chart)}${lineOf(plot, line)}${points.map((point) => pointOf(plot, point))}`;
  const axes = `Across: ${xTitle}; upwards: ${yTitle}.`;
  return chartOf({ title, summary: `${axes} ${summary}`, width, height, legend }, drawing);
}

function pointOf({ x, y }: Plot, point: ScatterPoint): Html {
  const [px, py] = [x.place(point.x), y.place(point.y)];
  const { interval, tone, mark } = point;
  const bar = interval
    ? html`<path class="line s-${tone}" d="M${fixed(px)} ${fixed(y.place(interval.low))}V${fixed(y.place(interval.high))}"/>`
    : NOTHING;
  const sign =
    mark === 'dot'
      ? html`<circle class="f-${tone}" cx="${fixed(px)}" cy="${fixed(py)}" r="4"/>`
      : html`<path class="f-${tone}" fill-opacity="0.7" d="${triangle(px, py + (mark === 'up' ? -4 : 4), mark)}"/>`;
  return html`${bar}${sign}`;
}

function lineOf({ x, y }: Plot, line: Scatter['line']): Html {
  if (line === undefined) return NOTHING;
  const place = ([px, py]: Point) => `${fixed(x.place(px))} ${fixed(y.place(py))}`;
  return html`<path class="ref" d="M${place(line.from)}L${place(line.to)}"/>`;
}
