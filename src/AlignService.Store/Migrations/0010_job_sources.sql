-- What jobs read: models and data as their specs name them, by resource name or path. source_job is the job whose checkpoint the source is.

CREATE TABLE job_sources (
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    source_job TEXT,
    PRIMARY KEY (job_id, source)
);
