// The list of jobs, asked for again every two seconds while the page is seen.

import { el, stateBadge, hasEnded, pending, progressBar, timeLeft, duration, age, announce, modelOf } from './dom.js';

const REFRESH = 2000;

export async function showJobs(view) {
  document.title = 'Jobs · AlignService';
  const rows = el('tbody');
  const table = el('div', { class: 'scroll' }, el('table', {},
    el('thead', {}, el('tr', {}, ...['Job', 'State', 'Progress', 'Model', 'Took', 'Created'].map(name => el('th', {}, name)))), rows));
  const more = el('p', { class: 'quiet' });
  view.replaceChildren(el('h1', {}, 'Jobs'), el('section', { class: 'card' }, table, more));

  const refresh = async () => {
    if (document.hidden) return;
    try {
      const response = await fetch('/api/jobs');
      if (!response.ok) throw new Error(await response.text());
      const page = await response.json();
      rows.replaceChildren(...page.jobs.map(row));
      more.textContent = page.jobs.length === 0
        ? 'No jobs yet. `align submit job.yaml` queues one, `align demo` runs a demo.'
        : page.nextPageToken ? `The ${page.jobs.length} newest; \`align list\` shows all.` : '';
      announce(`${page.jobs.length} ${page.jobs.length === 1 ? 'job' : 'jobs'}, updated ${new Date().toLocaleTimeString([], { hour12: false })}`);
    } catch (error) {
      announce(`The server is not responding (${error.message}); retrying.`);
    }
  };
  await refresh();
  setInterval(refresh, REFRESH);
  document.addEventListener('visibilitychange', refresh);
}

function row(job) {
  const id = job.name.slice('jobs/'.length);
  const model = modelOf(job.spec);
  const end = hasEnded(job.state) ? Date.parse(job.endTime) : Date.now();
  return el('tr', {},
    el('td', {}, el('a', { href: `/jobs/${id}` }, job.spec.displayName || id), el('div', { class: 'quiet mono' }, id)),
    el('td', {}, stateBadge(job.state), pending(job) ? el('div', { class: 'quiet' }, pending(job)) : job.waiting ? el('div', { class: 'quiet' }, job.waiting.text) : null),
    el('td', {}, progressBar(job.progress), timeLeft(job) ? el('div', { class: 'quiet' }, timeLeft(job)) : null),
    el('td', { class: 'quiet', title: model }, model.startsWith('jobs/') ? model : model.split('/').at(-1)),
    el('td', {}, job.startTime ? duration(end - Date.parse(job.startTime)) : '–'),
    el('td', { class: 'quiet' }, age(job.createTime)));
}
