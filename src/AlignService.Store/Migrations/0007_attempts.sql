-- Who worked on a job, attempt by attempt: where, from when until when, and how it ended.

CREATE TABLE job_attempts (
    job_id TEXT NOT NULL REFERENCES jobs (id),
    attempt INTEGER NOT NULL,
    worker TEXT NOT NULL,
    device TEXT,
    host TEXT,
    start_time BIGINT NOT NULL,
    end_time BIGINT,
    outcome TEXT,
    PRIMARY KEY (job_id, attempt)
);
