-- +goose Up
CREATE TABLE IF NOT EXISTS account_schema (version INTEGER PRIMARY KEY) STRICT;

-- One row per address. Merged customers share a root; an erased one keeps its ids alone.
CREATE TABLE account_customers (
    tenant_id     TEXT NOT NULL,
    id            TEXT NOT NULL,
    root_id       TEXT NOT NULL,
    email         TEXT NOT NULL,
    email_norm    TEXT,
    name          TEXT NOT NULL,
    name_norm     TEXT NOT NULL,
    surname_norm  TEXT NOT NULL,
    phone         TEXT NOT NULL,
    language      TEXT NOT NULL,
    verified_at   TEXT,
    created_at    TEXT NOT NULL,
    merged_at     TEXT,
    erased_at     TEXT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email_norm),
    FOREIGN KEY (tenant_id, root_id) REFERENCES account_customers (tenant_id, id),
    CHECK ((email_norm IS NULL) = (erased_at IS NOT NULL))
) STRICT;
CREATE INDEX account_customers_root ON account_customers (tenant_id, root_id, id);
CREATE INDEX account_customers_name ON account_customers (tenant_id, name_norm, id);
CREATE INDEX account_customers_surname ON account_customers (tenant_id, surname_norm, id);

-- The addresses of erased customers, as codes under a key derived from a named secret.
CREATE TABLE account_erased (
    tenant_id    TEXT NOT NULL,
    address_mac  TEXT NOT NULL,
    secret_id    TEXT NOT NULL,
    erased_at    TEXT NOT NULL,
    PRIMARY KEY (tenant_id, address_mac)
) STRICT;

CREATE TABLE account_operators (
    tenant_id   TEXT NOT NULL,
    id          TEXT NOT NULL,
    email       TEXT NOT NULL,
    email_norm  TEXT NOT NULL,
    name        TEXT NOT NULL,
    role        TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'host', 'support')),
    venues      TEXT NOT NULL, -- JSON
    created_at  TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email_norm)
) STRICT;

-- The newest sign-in link that each client asked for of each address; asking for another one replaces it.
CREATE TABLE account_links (
    tenant_id   TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('customer', 'operator')),
    email_norm  TEXT NOT NULL,
    client_mac  TEXT NOT NULL, -- '' for those who run the server
    email       TEXT NOT NULL,
    token_hash  TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    expires_at  TEXT NOT NULL,
    used_at     TEXT,
    PRIMARY KEY (tenant_id, kind, email_norm, client_mac),
    UNIQUE (tenant_id, token_hash)
) STRICT;
CREATE INDEX account_links_purge ON account_links (expires_at, tenant_id);

-- How often links were asked for and bookings made, by address and by client, each as a code.
CREATE TABLE account_limits (
    tenant_id  TEXT NOT NULL,
    scope      TEXT NOT NULL,
    key_mac    TEXT NOT NULL,
    hits       INTEGER NOT NULL,
    resets_at  TEXT NOT NULL,
    PRIMARY KEY (tenant_id, scope, key_mac)
) STRICT;
CREATE INDEX account_limits_purge ON account_limits (resets_at, tenant_id);

CREATE TABLE account_sessions (
    tenant_id     TEXT NOT NULL,
    id            TEXT NOT NULL,
    token_hash    TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('customer', 'operator')),
    subject_id    TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    last_seen_at  TEXT NOT NULL,
    expires_at    TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash)
) STRICT;
CREATE INDEX account_sessions_subject ON account_sessions (tenant_id, kind, subject_id);
CREATE INDEX account_sessions_purge ON account_sessions (expires_at, tenant_id);

-- Where each session was signed in from. Outlives the session, up to its retention.
CREATE TABLE account_sign_ins (
    tenant_id    TEXT NOT NULL,
    session_id   TEXT NOT NULL,
    kind         TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    at           TEXT NOT NULL,
    client_addr  TEXT NOT NULL,
    user_agent   TEXT NOT NULL,
    PRIMARY KEY (tenant_id, session_id)
) STRICT;
CREATE INDEX account_sign_ins_subject ON account_sign_ins (tenant_id, kind, subject_id, at);
CREATE INDEX account_sign_ins_purge ON account_sign_ins (at, tenant_id);

CREATE TABLE account_api_keys (
    tenant_id   TEXT NOT NULL,
    id          TEXT NOT NULL,
    token_hash  TEXT NOT NULL,
    name        TEXT NOT NULL,
    role        TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'host', 'support')),
    venues      TEXT NOT NULL, -- JSON
    created_at  TEXT NOT NULL,
    revoked_at  TEXT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash)
) STRICT;

INSERT INTO account_schema (version) VALUES (20261122120000);
