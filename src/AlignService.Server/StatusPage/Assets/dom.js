// Small tools for building the page. Text only ever enters through textContent, so nothing a user wrote can become markup.

const SVG = 'http://www.w3.org/2000/svg';

/** An HTML element: el('td', { class: 'number' }, 'text', child, ...). */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

export const stateWord = state => state.replace('JOB_STATE_', '').toLowerCase();

export const stateBadge = state => el('span', { class: `state ${stateWord(state)}` }, stateWord(state));

/** What was asked for and is yet to come; empty where nothing was. */
export const pending = job => hasEnded(job.state) ? '' : job.cancelRequested ? 'cancelling' : job.pauseRequested ? 'pausing' : '';

export const hasEnded = state => ['succeeded', 'failed', 'cancelled'].includes(stateWord(state));

export function progressBar(progress) {
  const done = progress?.completedSteps ?? 0, total = progress?.totalSteps ?? 0;
  return el('div', { class: 'progress' },
    el('progress', { value: done, max: Math.max(total, 1) }),
    el('span', {}, total > 0 ? `${done} / ${total}` : '–'));
}

/** 1234.5678 -> "1235", 0.012345 -> "0.01235". */
export function number(value) {
  if (typeof value !== 'number' || !Number.isFinite(value)) return String(value);
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

export function duration(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor(seconds / 3600) % 24} h`;
}

export const age = time => `${duration(Date.now() - Date.parse(time))} ago`;

/** What a job of any kind starts from. */
export const modelOf = spec => Object.entries(spec).find(([field, kind]) => field !== 'labels' && kind?.model)?.[1].model ?? '';

export const clock = time => new Date(time).toLocaleTimeString([], { hour12: false });

export function announce(text) {
  document.getElementById('connection').textContent = text;
}

// How long a running job has to go at the pace of its latest steps; empty where that is unknown.
export function timeLeft(job) {
  return job.estimatedEndTime ? `about ${duration(Math.max(0, Date.parse(job.estimatedEndTime) - Date.now()))} left` : '';
}
