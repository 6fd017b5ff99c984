-- Jobs whose records are gone, but perhaps not yet their folder: it is removed after the records, and by a sweep where that did not come about.

CREATE TABLE deleted_jobs (
    id TEXT NOT NULL PRIMARY KEY,
    delete_time BIGINT NOT NULL
);
