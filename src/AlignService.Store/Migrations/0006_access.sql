-- Projects, the hashes of API keys, and who did what. Everything that was there belongs to the project "default".

ALTER TABLE jobs ADD COLUMN project TEXT NOT NULL DEFAULT 'default';

CREATE INDEX jobs_by_project ON jobs (project, create_time, id);

CREATE TABLE projects (
    id TEXT NOT NULL PRIMARY KEY,
    create_time BIGINT NOT NULL
);

INSERT INTO projects (id, create_time) VALUES ('default', 0);

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    project TEXT REFERENCES projects (id),
    display_name TEXT NOT NULL,
    role TEXT NOT NULL,
    secret_sha256 TEXT NOT NULL,
    create_time BIGINT NOT NULL,
    expire_time BIGINT,
    revoke_time BIGINT,
    last_use_time BIGINT,
    requests_per_minute INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE audit_entries (
    entry_id TEXT NOT NULL PRIMARY KEY,
    entry_time BIGINT NOT NULL,
    caller TEXT NOT NULL,
    project TEXT NOT NULL,
    method TEXT NOT NULL,
    resource TEXT NOT NULL,
    status TEXT NOT NULL,
    peer TEXT NOT NULL
);

CREATE INDEX audit_entries_by_project ON audit_entries (project, entry_id);
