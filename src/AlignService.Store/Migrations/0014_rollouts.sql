-- Rollouts: which file holds those of which step, and the numbers that lists are filtered by, column by column (RolloutColumns). A row is as much as a step's transaction should write,
-- and a million completions are few enough rows to read them all. The bounds let most steps be passed over.

CREATE TABLE job_rollouts (
    job_id TEXT NOT NULL REFERENCES jobs (id),
    step INTEGER NOT NULL,
    file TEXT NOT NULL,
    sources TEXT NOT NULL,
    min_reward DOUBLE PRECISION,
    max_reward DOUBLE PRECISION,
    min_tokens INTEGER NOT NULL,
    max_tokens INTEGER NOT NULL,
    columns BYTEA NOT NULL,
    PRIMARY KEY (job_id, step)
);
