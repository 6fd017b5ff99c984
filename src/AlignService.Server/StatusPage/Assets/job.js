// One job: its facts, polled; its curves, samples and log, streamed from the first event on.

import { el, stateWord, stateBadge, hasEnded, pending, progressBar, duration, clock, announce, modelOf } from './dom.js';
import { Chart } from './chart.js';
import { Samples } from './samples.js';
import { Log } from './log.js';

const REFRESH = 2000;

export async function showJob(view, id) {
  const head = el('section', { class: 'card' });
  const failure = el('section', { class: 'card notice', hidden: true });
  const charts = (await (await fetch('/api/charts')).json()).map(chart => ({ isMain: chart.isMain, chart: new Chart(chart) }));
  const main = charts.filter(one => one.isMain).map(one => one.chart), further = charts.filter(one => !one.isMain).map(one => one.chart);
  const samples = new Samples();
  const log = new Log();
  const checkpoints = el('section', { class: 'card', hidden: true });
  const attempts = el('section', { class: 'card', id: 'attempts', hidden: true });
  const spec = el('pre');
  view.replaceChildren(
    head, failure,
    el('div', { class: 'charts', id: 'curves' }, ...main.map(chart => chart.element)),
    el('div', { class: 'columns' }, samples.element, el('div', {}, checkpoints, attempts, log.element)),
    el('div', { class: 'charts' }, ...further.map(chart => chart.element)),
    el('section', { class: 'card' }, el('details', {}, el('summary', {}, 'Specification, with every default filled in'), spec)));

  const refresh = async () => {
    const response = await fetch(`/api/jobs/${id}`);
    if (response.status === 404) {
      view.replaceChildren(el('section', { class: 'card notice' }, el('strong', {}, `Job ${id} does not exist. `), el('a', { href: '/' }, 'All jobs')));
      return null;
    }
    if (!response.ok) throw new Error(await response.text());
    const job = await response.json();
    showHead(head, job, id);
    showFailure(failure, job.failure);
    showCheckpoints(checkpoints, job.checkpoints);
    showAttempts(attempts, job.attempts);
    spec.textContent = JSON.stringify(job.spec, null, 2);
    return job;
  };

  const job = await refresh();
  if (job === null) return;
  follow(id, [...main, ...further], samples, log, refresh);
  const timer = setInterval(async () => {
    if (document.hidden) return;
    try {
      const now = await refresh();
      if (now === null || hasEnded(now.state)) clearInterval(timer);
    } catch {
      announce('The server is not responding; retrying.');
    }
  }, REFRESH);
}

/** Streams the events; the browser reconnects by itself and names the last cursor it has. */
function follow(id, charts, samples, log, refresh) {
  const events = new EventSource(`/api/jobs/${id}/events?after=0`);
  let scheduled = false;
  const draw = () => {
    scheduled = false;
    charts.forEach(chart => chart.drawIfStale());
    samples.drawIfStale();
    log.drawIfStale();
  };
  events.onopen = () => announce('live');
  events.onerror = () => announce('The connection was lost; reconnecting.');
  events.onmessage = message => {
    const event = JSON.parse(message.data);
    if (event.metrics) charts.forEach(chart => chart.add(event.step, event.metrics.values));
    if (event.guardian?.rolledBackTo !== undefined) charts.forEach(chart => chart.rollBack(event.guardian.rolledBackTo));
    if (event.samples) samples.add(event.step, event.samples);
    log.add(event);
    if (!scheduled) {
      scheduled = true;
      requestAnimationFrame(draw);
    }
  };
  events.addEventListener('end', () => {
    events.close();
    announce('ended');
    refresh();
  });
}

function showHead(head, job, id) {
  const title = job.spec.displayName || id;
  document.title = `${stateWord(job.state)} · ${title} · AlignService`;
  const end = hasEnded(job.state) ? Date.parse(job.endTime) : Date.now();
  const facts = [
    ['Job', el('span', { class: 'mono' }, job.name)],
    ['Created', new Date(job.createTime).toLocaleString()],
    ['Took', job.startTime ? duration(end - Date.parse(job.startTime)) : '–'],
    ['Profile', job.spec.grpo?.algorithm?.profile ?? '–'],
    ['Model', modelOf(job.spec) || '–'],
    ['Seed', String(job.spec.seed)],
    ['Attempt', String(job.attempt || '–')],
    ['Device', place(job.attempts.at(-1)) || '–'],
    ...Object.entries(job.spec.labels ?? {}),
  ];
  head.replaceChildren(
    el('div', { class: 'title' }, el('h1', {}, title), stateBadge(job.state),
      pending(job) ? el('span', { class: 'quiet' }, pending(job)) : null),
    ...(job.waiting ? [el('p', { class: 'quiet', id: 'waiting' }, `${job.waiting.text}, since ${new Date(job.waiting.since).toLocaleString()}`)] : []),
    progressBar(job.progress),
    el('dl', { class: 'facts' }, ...facts.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)))));
}

function showFailure(section, failure) {
  section.hidden = !failure;
  if (!failure) return;
  section.replaceChildren(
    el('strong', {}, `Failed: ${failure.reason}. `), failure.message,
    failure.remedy ? el('p', {}, failure.remedy) : null);
}

/** Where a worker worked, for people; empty where it did not say. */
const place = attempt => attempt?.device ? `${attempt.device} on ${attempt.host}` : '';

/** A job with one worker says all of this at its head. */
function showAttempts(section, attempts) {
  section.hidden = attempts.length < 2;
  section.replaceChildren(el('h2', {}, 'Attempts'), el('div', { class: 'scroll' }, el('table', {}, el('tbody', {}, ...attempts.toReversed().map(attempt =>
    el('tr', {},
      el('td', {}, `${attempt.attempt}`, el('div', { class: 'quiet' }, clock(attempt.startTime))),
      el('td', {}, attempt.endTime ? attempt.outcome.replace('ATTEMPT_OUTCOME_', '').toLowerCase() : ''),
      el('td', {}, place(attempt), el('div', { class: 'mono quiet' }, attempt.worker))))))));
}

function showCheckpoints(section, checkpoints) {
  section.hidden = checkpoints.length === 0;
  section.replaceChildren(el('h2', {}, 'Checkpoints'), el('div', { class: 'scroll' }, el('table', {}, el('tbody', {}, ...checkpoints.toReversed().map(checkpoint =>
    el('tr', {},
      el('td', {}, `step ${checkpoint.step}`, el('div', { class: 'quiet' }, clock(checkpoint.createTime))),
      el('td', {}, [checkpoint.best ? 'best' : null, checkpoint.last ? 'last' : null].filter(Boolean).join(', ')),
      el('td', { class: 'mono quiet path' }, checkpoint.directory)))))));
}
