-- Specs with the rows of data that were given inline; `jobs.spec` has their number and hash instead, so that reading a job costs the same whatever it was given.

CREATE TABLE job_specs (
    job_id TEXT NOT NULL PRIMARY KEY REFERENCES jobs (id),
    spec TEXT NOT NULL
);
