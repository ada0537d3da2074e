-- +goose Up
CREATE TABLE IF NOT EXISTS mail_schema (version INTEGER PRIMARY KEY) STRICT;

-- The keys of all mails there ever were, so that none is sent twice. They name nobody and stay.
CREATE TABLE mail_keys (
    tenant_id   TEXT NOT NULL,
    dedupe_key  TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    PRIMARY KEY (tenant_id, dedupe_key)
) STRICT;

-- One row per mail, for as long as it is kept who got it.
CREATE TABLE mail_messages (
    tenant_id    TEXT NOT NULL,
    id           TEXT NOT NULL,
    kind         TEXT NOT NULL, -- of a job; '' for a ready message
    lane         INTEGER NOT NULL, -- 0 for what somebody waits for, 1 for the rest
    body         TEXT,          -- JSON of the job's data or of the message, which may be sealed
    address      TEXT NOT NULL, -- '' as long as a job's isn't known
    state        TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'failed', 'obsolete')),
    created_at   TEXT NOT NULL,
    not_after    TEXT,
    due_at       TEXT,   -- when a runner may take it; the end of the lease while one has it
    attempt      INTEGER NOT NULL DEFAULT 0, -- grows with each lease and fences it
    failures     INTEGER NOT NULL DEFAULT 0,
    last_error   TEXT NOT NULL DEFAULT '',
    finished_at  TEXT,
    PRIMARY KEY (tenant_id, id),
    CHECK ((state = 'pending') = (due_at IS NOT NULL)),
    CHECK ((state = 'pending') = (finished_at IS NULL))
) STRICT;
CREATE INDEX mail_messages_due ON mail_messages (lane, due_at, tenant_id) WHERE due_at IS NOT NULL;
CREATE INDEX mail_messages_pending ON mail_messages (tenant_id, lane, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX mail_messages_address ON mail_messages (tenant_id, address, created_at, id);
CREATE INDEX mail_messages_kept ON mail_messages (tenant_id, finished_at, id) WHERE body IS NOT NULL;
CREATE INDEX mail_messages_purge ON mail_messages (finished_at, tenant_id) WHERE finished_at IS NOT NULL;

INSERT INTO mail_schema (version) VALUES (20261122130000);
