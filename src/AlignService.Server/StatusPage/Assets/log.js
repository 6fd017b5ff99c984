// What happened, newest first.

import { el, clock } from './dom.js';

const MOST = 300;

export class Log {
  constructor() {
    this.lines = [];
    this.list = el('ol', { class: 'log' });
    this.element = el('section', { class: 'card' }, el('h2', {}, 'Log'), this.list);
  }

  add(event) {
    // Numbers and samples are shown elsewhere.
    if (!event.text || event.metrics || event.samples) return;
    this.lines.unshift({ time: event.time, step: event.step, severity: event.severity.replace('SEVERITY_', '').toLowerCase(), text: event.text });
    this.lines.length = Math.min(this.lines.length, MOST);
    this.stale = true;
  }

  drawIfStale() {
    if (!this.stale) return;
    this.stale = false;
    this.list.replaceChildren(...this.lines.map(line => el('li', { class: line.severity },
      el('time', { datetime: line.time }, clock(line.time)),
      el('span', { class: 'step' }, `#${line.step}`),
      el('span', {}, line.text))));
  }
}
