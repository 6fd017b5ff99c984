// A line chart over steps, drawn as SVG and redrawn when points come.

import { el, svg, number } from './dom.js';

const WIDTH = 420, HEIGHT = 190, LEFT = 48, RIGHT = 10, TOP = 10, BOTTOM = 24;
const MOST_POINTS = 600;
const STYLES = 4;

export class Chart {
  /**
   * chart: { title, unit, series: [{ metric, label, band, isSparse }] }, band being the metric of a +- width. A metric with a {part} is a pattern: what matches
   * it becomes a curve when it comes.
   */
  constructor({ title, unit, series }) {
    this.series = [];
    this.patterns = series.filter(one => one.metric.includes('{')).map(one => ({ ...one, expression: expressionOf(one.metric) }));
    series.filter(one => !one.metric.includes('{')).forEach(one => this.include(one));
    this.unit = unit ? ` ${unit}` : '';
    this.value = el('span', { class: 'value' });
    this.drawing = svg('svg', { class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': title });
    this.legend = series.length > 1 ? el('div', { class: 'legend' }) : null;
    this.element = el('div', { class: 'card' }, el('figure', {}, el('figcaption', {}, el('h2', {}, title), this.value), this.drawing, this.legend));
    this.element.hidden = true;
    this.drawing.addEventListener('pointermove', event => this.point(event));
    this.drawing.addEventListener('pointerleave', () => { this.hovered = null; this.draw(); });
  }

  include(one) {
    this.series.push({ ...one, style: `s${this.series.length % STYLES + 1}`, points: [] });
  }

  /** Forgets the points of steps that run again. */
  rollBack(step) {
    this.series.forEach(one => { one.points = one.points.filter(point => point.step <= step); });
    this.stale = true;
  }

  /** Takes what it shows of a step's numbers. */
  add(step, values) {
    for (const metric of Object.keys(values)) {
      if (this.series.some(one => one.metric === metric)) continue;
      const pattern = this.patterns.find(one => one.expression.test(metric));
      if (pattern) this.include({ ...pattern, metric, label: pattern.label.replace(/\{[a-z_]+\}/, () => pattern.expression.exec(metric)[1]) });
    }
    for (const one of this.series) {
      const value = values[one.metric];
      if (typeof value !== 'number') continue;
      const spread = one.band && typeof values[one.band] === 'number' ? values[one.band] : null;
      one.points.push({ step, value, spread });
      this.stale = true;
    }
  }

  drawIfStale() {
    if (!this.stale) return;
    this.stale = false;
    this.element.hidden = false;
    this.draw();
  }

  draw() {
    const shown = this.series.filter(one => one.points.length > 0);
    const all = shown.flatMap(one => one.points);
    if (all.length === 0) return;
    const x = scale(Math.min(...extent(all, p => p.step)), Math.max(...extent(all, p => p.step)), LEFT, WIDTH - RIGHT, true);
    const y = scale(...roundOut(extent(all, p => p.value - (p.spread ?? 0))[0], extent(all, p => p.value + (p.spread ?? 0))[1]), HEIGHT - BOTTOM, TOP, false);
    this.drawing.replaceChildren(
      ...ticks(y.low, y.high, 4).map(value => svg('g', {},
        svg('line', { class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
        svg('text', { x: LEFT - 6, y: y(value) + 4, 'text-anchor': 'end' }, number(value)))),
      ...ticks(x.low, x.high, 5).filter(Number.isInteger).map(value => svg('text', { x: x(value), y: HEIGHT - 7, 'text-anchor': 'middle' }, String(value))),
      ...shown.flatMap(one => this.curve(one, x, y)),
      ...(this.hovered === null || this.hovered === undefined ? [] : this.marker(shown, x, y)));
    this.x = x;
    this.legend?.replaceChildren(...shown.map(one => el('span', {}, el('i', { class: one.style }), one.label)));
    this.showValue(shown);
  }

  curve(one, x, y) {
    const points = thin(one.points);
    const line = points.map((p, i) => `${i ? 'L' : 'M'}${x(p.step).toFixed(1)} ${y(p.value).toFixed(1)}`).join('');
    const parts = [svg('path', { class: `curve ${one.style}`, d: line })];
    if (points.length === 1 || one.isSparse) parts.push(...points.map(p => svg('circle', { class: `dot ${one.style}`, cx: x(p.step), cy: y(p.value), r: 3 })));
    if (points.length > 1 && points.every(p => p.spread !== null)) {
      const upper = points.map((p, i) => `${i ? 'L' : 'M'}${x(p.step).toFixed(1)} ${y(p.value + p.spread).toFixed(1)}`).join('');
      const lower = points.toReversed().map(p => `L${x(p.step).toFixed(1)} ${y(p.value - p.spread).toFixed(1)}`).join('');
      parts.unshift(svg('path', { class: 'band', d: `${upper}${lower}Z` }));
    }
    return parts;
  }

  marker(shown, x, y) {
    const line = svg('line', { class: 'cursor', x1: x(this.hovered), x2: x(this.hovered), y1: TOP, y2: HEIGHT - BOTTOM });
    const dots = shown.map(one => ({ one, near: nearest(one.points, this.hovered) }))
      .map(({ one, near }) => svg('circle', { class: `dot ${one.style}`, cx: x(near.step), cy: y(near.value), r: 4 }));
    return [line, ...dots];
  }

  showValue(shown) {
    const at = one => this.hovered === null || this.hovered === undefined ? one.points.at(-1) : nearest(one.points, this.hovered);
    const values = shown.map(one => `${number(at(one).value)}${this.unit}`).join('  ·  ');
    this.value.textContent = this.hovered === null || this.hovered === undefined ? values : `step ${at(shown[0]).step}:  ${values}`;
  }

  point(event) {
    const box = this.drawing.getBoundingClientRect();
    const shown = this.series.filter(one => one.points.length > 0);
    if (shown.length === 0 || !this.x) return;
    this.hovered = nearest(shown[0].points, this.x.invert((event.clientX - box.left) / box.width * WIDTH)).step;
    this.draw();
  }
}

/** eval/{name}/mean -> the expression that finds the name. */
function expressionOf(pattern) {
  return new RegExp(`^${pattern.replace(/\{[a-z_]+\}/, '(.+)')}$`);
}

function extent(points, read) {
  let low = Infinity, high = -Infinity;
  for (const point of points) {
    const value = read(point);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function scale(low, high, from, to, whole) {
  if (low === high) {
    const room = whole ? 1 : Math.abs(low) * 0.1 || 1;
    if (whole) high += room; else { low -= room; high += room; }
  }
  const map = value => from + (value - low) / (high - low) * (to - from);
  map.invert = place => low + (place - from) / (to - from) * (high - low);
  map.low = low;
  map.high = high;
  return map;
}

/** A range whose ends are round numbers too. */
function roundOut(low, high) {
  if (low === high) return [low, high];
  const step = roundStep(low, high, 4);
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

function roundStep(low, high, count) {
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map(factor => factor * power).find(candidate => candidate >= raw * (1 - 1e-9));
}

/** Round numbers inside a range. */
function ticks(low, high, count) {
  const step = roundStep(low, high, count);
  const marks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) marks.push(Number((i * step).toPrecision(12)));
  return marks;
}

/** Averages neighbours where there are more points than a screen can show. */
function thin(points) {
  if (points.length <= MOST_POINTS) return points;
  const size = points.length / MOST_POINTS, thinned = [];
  for (let i = 0; i < MOST_POINTS; i++) {
    const part = points.slice(Math.floor(i * size), Math.floor((i + 1) * size));
    const mean = read => part.reduce((sum, point) => sum + read(point), 0) / part.length;
    thinned.push({ step: part.at(-1).step, value: mean(p => p.value), spread: part.some(p => p.spread === null) ? null : mean(p => p.spread) });
  }
  return thinned;
}

function nearest(points, step) {
  let low = 0, high = points.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle].step < step) low = middle + 1; else high = middle;
  }
  const before = points[Math.max(0, low - 1)];
  return Math.abs(before.step - step) < Math.abs(points[low].step - step) ? before : points[low];
}
