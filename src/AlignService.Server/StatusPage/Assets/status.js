// Which view the address asks for.

import { showJobs } from './jobs.js';
import { showJob } from './job.js';

const view = document.getElementById('view');
const job = /^\/jobs\/([a-z0-9-]+)$/.exec(location.pathname);
if (job) showJob(view, job[1]); else showJobs(view);
