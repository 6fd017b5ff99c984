// What happened, newest first.

import { el, stateWord, clock, number } from './dom.js';

const MOST = 300;

export class Log {
  constructor() {
    this.lines = [];
    this.list = el('ol', { class: 'log' });
    this.element = el('section', { class: 'card' }, el('h2', {}, 'Log'), this.list);
  }

  add(event) {
    const said = say(event);
    if (said === null) return;
    this.lines.unshift({ time: event.time, step: event.step, ...said });
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

/** Null for what is shown elsewhere. */
function say(event) {
  if (event.stateChanged) {
    const { to, reason } = event.stateChanged;
    return { severity: stateWord(to) === 'failed' ? 'error' : 'info', text: reason ? `${stateWord(to)}: ${reason}` : stateWord(to) };
  }
  if (event.log) return { severity: event.log.severity.replace('SEVERITY_', '').toLowerCase(), text: event.log.text };
  if (event.checkpoint) return { severity: 'info', text: `checkpoint of step ${event.checkpoint.checkpoint.step} written` };
  if (event.resumed) return { severity: 'warning', text: `attempt ${event.resumed.attempt} went on from step ${event.resumed.fromStep}: ${event.resumed.reason}` };
  if (event.guardian) {
    const { rule, seen, meaning, remedy, rolledBackTo, learningRateFactor } = event.guardian;
    const back = rolledBackTo === undefined ? '' : ` Going back to step ${rolledBackTo}, with ${number(learningRateFactor)} times the learning rate.`;
    return { severity: 'warning', text: `guardian, ${rule}: ${seen}${back} ${meaning} ${remedy}` };
  }
  if (event.divergence) {
    const { metric, first, again } = event.divergence;
    return { severity: 'warning', text: `${metric} was ${number(first)} and is ${number(again)} when run again` };
  }
  return null;
}
