-- What lists are filtered and ordered by, the pace of a job, its priority, and when it is tried again. `search_name` is the display name in lower case. Times and durations are microseconds.

ALTER TABLE jobs ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN search_name TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN best_score DOUBLE PRECISION;
ALTER TABLE jobs ADD COLUMN pace BIGINT;
ALTER TABLE jobs ADD COLUMN pace_time BIGINT;
ALTER TABLE jobs ADD COLUMN pace_token BIGINT;
ALTER TABLE jobs ADD COLUMN failed_attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN retry_time BIGINT;

UPDATE jobs SET best_score = (SELECT MAX(c.score) FROM job_checkpoints c WHERE c.job_id = jobs.id);

CREATE INDEX jobs_by_priority ON jobs (priority DESC, create_time, id);

CREATE TABLE job_labels (
    job_id TEXT NOT NULL REFERENCES jobs (id),
    label_key TEXT NOT NULL,
    label_value TEXT NOT NULL,
    PRIMARY KEY (job_id, label_key)
);

CREATE INDEX job_labels_by_value ON job_labels (label_key, label_value, job_id);
