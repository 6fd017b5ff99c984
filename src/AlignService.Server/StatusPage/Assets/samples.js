// The newest completions, as the rewards read them: held-out ones and those of training.

import { el, number } from './dom.js';

const MOST = 4;

export class Samples {
  constructor() {
    this.list = el('div');
    this.element = el('section', { class: 'card' }, this.list);
    this.list.append(el('h2', {}, 'Completions'), el('p', { class: 'quiet' }, 'None yet.'));
  }

  add(step, samples) {
    if (samples.evaluation) this.heldOut = { step, ...samples }; else this.training = { step, ...samples };
    this.stale = true;
  }

  drawIfStale() {
    if (!this.stale) return;
    this.stale = false;
    this.list.replaceChildren(...block('Held out', this.heldOut), ...block('Training', this.training));
  }
}

function block(title, newest) {
  return newest ? [el('h2', {}, `${title}, step ${newest.step}`), ...newest.completions.slice(0, MOST).map(sample)] : [];
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
