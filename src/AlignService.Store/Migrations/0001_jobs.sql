-- Times and durations are microseconds (times since 1970, UTC). Bodies are JSON text.

CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    request_id TEXT UNIQUE,
    spec TEXT NOT NULL,
    state TEXT NOT NULL,
    create_time BIGINT NOT NULL,
    start_time BIGINT,
    end_time BIGINT,
    update_time BIGINT NOT NULL,
    completed_steps INTEGER NOT NULL DEFAULT 0,
    total_steps INTEGER NOT NULL DEFAULT 0,
    failure TEXT,
    cancel_request_time BIGINT,
    attempt INTEGER NOT NULL DEFAULT 0,
    lost_workers INTEGER NOT NULL DEFAULT 0,
    active_time BIGINT NOT NULL DEFAULT 0,
    last_cursor BIGINT NOT NULL DEFAULT 0,
    lease_worker TEXT,
    lease_token BIGINT NOT NULL DEFAULT 0,
    lease_renewed BIGINT,
    lease_expires BIGINT
);

CREATE INDEX jobs_by_state ON jobs (state, create_time, id);
CREATE INDEX jobs_by_time ON jobs (create_time, id);

CREATE TABLE job_dependencies (
    job_id TEXT NOT NULL REFERENCES jobs (id),
    after_id TEXT NOT NULL REFERENCES jobs (id),
    PRIMARY KEY (job_id, after_id)
);

CREATE INDEX job_dependencies_by_after ON job_dependencies (after_id);

CREATE TABLE job_events (
    job_id TEXT NOT NULL REFERENCES jobs (id),
    event_cursor BIGINT NOT NULL,
    event_time BIGINT NOT NULL,
    step INTEGER NOT NULL,
    kind TEXT NOT NULL,
    event_key TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (job_id, event_cursor),
    UNIQUE (job_id, step, kind, event_key)
);

CREATE TABLE job_checkpoints (
    job_id TEXT NOT NULL REFERENCES jobs (id),
    step INTEGER NOT NULL,
    directory TEXT NOT NULL,
    create_time BIGINT NOT NULL,
    score DOUBLE PRECISION,
    PRIMARY KEY (job_id, step)
);
