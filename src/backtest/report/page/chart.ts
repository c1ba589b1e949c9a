/** The frame of every chart: a figure with a title, a drawing that scrolls when it is too wide, and its content in words. */
import { type Html, html, NOTHING } from './html.ts';
import { linearScale, numberTicks, type Scale, type Tick, timeTicks } from './scale.ts';

/** Colours of the palette, by their names. */
export type Tone = 'accent' | 'up' | 'down' | 'soft' | 'error';

export interface LegendEntry {
  readonly tone: Tone;
  readonly text: string;
  readonly mark?: 'line' | 'area' | 'up' | 'down' | 'dot';
}

export interface Frame {
  readonly title: string;
  /** What the drawing shows, for those who do not see it. */
  readonly summary: string;
  readonly width: number;
  readonly height: number;
  readonly legend?: readonly LegendEntry[];
}

export const WIDTH = 1040;
/** Charts that stand beside another. */
export const HALF_WIDTH = 520;

export function chartOf({ title, summary, width, height, legend = [] }: Frame, drawing: Html): Html {
  const wide = width > HALF_WIDTH;
  // What scrolls must be reachable by keys.
  const scrolls = wide ? html` tabindex="0" role="group" aria-label="${title}"` : NOTHING;
  const entries = legend.length === 0 ? NOTHING : html`<ul class="legend">${legend.map(entry)}</ul>`;
  return html`<figure><h3>${title}</h3>
<div class="chart"${scrolls}><svg class="${wide ? 'wide' : 'narrow'}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ${summary}">
${drawing}
</svg></div>
${entries}
<figcaption>${summary}</figcaption></figure>
`;
}

const entry = ({ tone, text, mark = 'line' }: LegendEntry): Html =>
  html`<li><svg viewBox="0 0 14 10" aria-hidden="true">${SYMBOLS[mark](tone)}</svg>${text}</li>`;

const SYMBOLS: Record<NonNullable<LegendEntry['mark']>, (tone: Tone) => Html> = {
  line: (tone) => html`<path class="line s-${tone}" d="M0 5H14"/>`,
  area: (tone) => html`<rect class="f-${tone}" fill-opacity="0.35" width="14" height="10"/>`,
  up: (tone) => html`<path class="f-${tone}" d="${triangle(7, 1, 'up')}"/>`,
  down: (tone) => html`<path class="f-${tone}" d="${triangle(7, 9, 'down')}"/>`,
  dot: (tone) => html`<circle class="f-${tone}" cx="7" cy="5" r="3.5"/>`,
};

/** A path with its tip at the place. */
export function triangle(x: number, y: number, pointing: 'up' | 'down'): string {
  const height = pointing === 'up' ? 8 : -8;
  return `M${fixed(x)} ${fixed(y)}l4 ${height}h-8z`;
}

/** Coordinates to a tenth: finer than any screen, and short. */
export const fixed = (place: number): string => String(Math.round(place * 10) / 10);

export interface Plot {
  readonly x: Scale;
  readonly y: Scale;
  readonly width: number;
  readonly height: number;
}

const MARGIN = { left: 70, right: 14, top: 10, bottom: 26 } as const;

/** The field inside the axes of a drawing of this size. */
export function plotOf(
  size: { readonly width: number; readonly height: number },
  [xFrom, xTo]: readonly [number, number],
  [yFrom, yTo]: readonly [number, number],
): Plot {
  const { width, height } = size;
  return {
    width,
    height,
    x: linearScale(xFrom, xTo, MARGIN.left, width - MARGIN.right),
    y: linearScale(yFrom, yTo, height - MARGIN.bottom, MARGIN.top),
  };
}

export interface Axes {
  /** A function labels numbers; `time` is UTC. */
  readonly x: 'time' | ((value: number) => string);
  readonly y: (value: number) => string;
}

const PIXELS_PER_X_TICK = 110;
const PIXELS_PER_Y_TICK = 40;

export function axesOf({ x, y, width, height }: Plot, axes: Axes): Html {
  const xCount = Math.max(2, Math.floor((width - MARGIN.left) / PIXELS_PER_X_TICK));
  const xTicks = axes.x === 'time' ? timeTicks(x, xCount) : numberTicks(x, xCount, axes.x);
  const yTicks = numberTicks(y, Math.max(2, Math.floor(height / PIXELS_PER_Y_TICK)), axes.y);
  const bottom = height - MARGIN.bottom;
  const level = ({ value, label }: Tick) => {
    const at = fixed(y.place(value));
    return html`<path class="grid" d="M${MARGIN.left} ${at}H${width - MARGIN.right}"/><text x="${MARGIN.left - 8}" y="${at}" dy="4" text-anchor="end">${label}</text>`;
  };
  const moment = ({ value, label }: Tick) => {
    const at = x.place(value);
    const anchor = at > width - 50 ? 'end' : at < MARGIN.left + 30 ? 'start' : 'middle';
    return html`<path class="axis" d="M${fixed(at)} ${bottom}v5"/><text x="${fixed(at)}" y="${height - 7}" text-anchor="${anchor}">${label}</text>`;
  };
  return html`${yTicks.map(level)}<path class="axis" d="M${MARGIN.left} ${bottom}H${width - MARGIN.right}"/>${xTicks.map(moment)}
`;
}

/** A dashed line across the field, with its name at the right. */
export function reference({ y, width }: Plot, value: number, label: string): Html {
  if (!(value >= y.from && value <= y.to)) return NOTHING;
  const at = fixed(y.place(value));
  return html`<path class="ref" d="M${MARGIN.left} ${at}H${width - MARGIN.right}"/><text class="strong" x="${width - MARGIN.right - 4}" y="${at}" dy="-4" text-anchor="end">${label}</text>`;
}
