// The newest completions, as the rewards read them.

import { el, number } from './dom.js';

const MOST = 8;

export class Samples {
  constructor() {
    this.list = el('div');
    this.title = el('h2', {}, 'Completions');
    this.element = el('section', { class: 'card' }, this.title, this.list);
    this.list.append(el('p', { class: 'quiet' }, 'None yet.'));
  }

  add(step, samples) {
    this.newest = { step, ...samples };
    this.stale = true;
  }

  drawIfStale() {
    if (!this.stale) return;
    this.stale = false;
    const { step, completions, evaluation } = this.newest;
    this.title.textContent = `Completions at step ${step}${evaluation ? ', held out' : ''}`;
    this.list.replaceChildren(...completions.slice(0, MOST).map(sample));
  }
}

function sample(one) {
  const tags = [
    ['reward', one.reward === undefined ? 'no score' : number(one.reward)],
    ...Object.entries(one.scores ?? {}).map(([name, value]) => [name, number(value)]),
    ['tokens', String(one.tokenCount)],
    ['ended by', one.finishReason],
    ...(one.answer ? [['answer', one.answer]] : []),
  ];
  return el('article', { class: 'sample' },
    el('pre', { class: 'prompt' }, one.prompt),
    el('pre', {}, one.completion),
    el('div', { class: 'tags' }, ...tags.map(([name, value]) => el('span', {}, `${name} `, el('b', {}, value)))));
}
