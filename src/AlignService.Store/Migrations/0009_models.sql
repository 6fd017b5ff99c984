-- Which checkpoint of another job a job uses by a name such as best: that of its first attempt, in all of them. While the job may go on, the other job keeps it.

CREATE TABLE job_models (
    job_id TEXT NOT NULL REFERENCES jobs (id),
    reference TEXT NOT NULL,
    source_id TEXT NOT NULL,
    step INTEGER NOT NULL,
    folder TEXT NOT NULL,
    PRIMARY KEY (job_id, reference)
);

CREATE INDEX job_models_by_source ON job_models (source_id, step);
