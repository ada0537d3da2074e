-- +goose Up
CREATE TABLE IF NOT EXISTS account_schema (version bigint PRIMARY KEY);

-- One row per address. Merged customers share a root; an erased one keeps its ids alone.
CREATE TABLE account_customers (
    tenant_id     text COLLATE "C" NOT NULL,
    id            text COLLATE "C" NOT NULL,
    root_id       text COLLATE "C" NOT NULL,
    email         text NOT NULL,
    email_norm    text COLLATE "C",
    name          text NOT NULL,
    name_norm     text COLLATE "C" NOT NULL,
    surname_norm  text COLLATE "C" NOT NULL,
    phone         text NOT NULL,
    language      text NOT NULL,
    verified_at   timestamptz,
    created_at    timestamptz NOT NULL,
    merged_at     timestamptz,
    erased_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email_norm),
    FOREIGN KEY (tenant_id, root_id) REFERENCES account_customers (tenant_id, id),
    CHECK ((email_norm IS NULL) = (erased_at IS NOT NULL))
);
CREATE INDEX account_customers_root ON account_customers (tenant_id, root_id, id);
CREATE INDEX account_customers_name ON account_customers (tenant_id, name_norm, id);
CREATE INDEX account_customers_surname ON account_customers (tenant_id, surname_norm, id);

-- The addresses of erased customers, as codes under a key derived from a named secret.
CREATE TABLE account_erased (
    tenant_id    text COLLATE "C" NOT NULL,
    address_mac  text COLLATE "C" NOT NULL,
    secret_id    text NOT NULL,
    erased_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, address_mac)
);

CREATE TABLE account_operators (
    tenant_id   text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    email       text NOT NULL,
    email_norm  text COLLATE "C" NOT NULL,
    name        text NOT NULL,
    role        text NOT NULL CHECK (role IN ('owner', 'manager', 'host', 'support')),
    venues      text NOT NULL, -- JSON
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email_norm)
);

-- The newest sign-in link that each client asked for of each address; asking for another one replaces it.
CREATE TABLE account_links (
    tenant_id   text COLLATE "C" NOT NULL,
    kind        text COLLATE "C" NOT NULL CHECK (kind IN ('customer', 'operator')),
    email_norm  text COLLATE "C" NOT NULL,
    client_mac  text COLLATE "C" NOT NULL, -- '' for those who run the server
    email       text NOT NULL,
    token_hash  text COLLATE "C" NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    PRIMARY KEY (tenant_id, kind, email_norm, client_mac),
    UNIQUE (tenant_id, token_hash)
);
CREATE INDEX account_links_purge ON account_links (expires_at, tenant_id);

-- How often links were asked for and bookings made, by address and by client, each as a code.
CREATE TABLE account_limits (
    tenant_id  text COLLATE "C" NOT NULL,
    scope      text COLLATE "C" NOT NULL,
    key_mac    text COLLATE "C" NOT NULL,
    hits       bigint NOT NULL,
    resets_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, scope, key_mac)
);
CREATE INDEX account_limits_purge ON account_limits (resets_at, tenant_id);

CREATE TABLE account_sessions (
    tenant_id     text COLLATE "C" NOT NULL,
    id            text COLLATE "C" NOT NULL,
    token_hash    text COLLATE "C" NOT NULL,
    kind          text COLLATE "C" NOT NULL CHECK (kind IN ('customer', 'operator')),
    subject_id    text COLLATE "C" NOT NULL,
    created_at    timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash)
);
CREATE INDEX account_sessions_subject ON account_sessions (tenant_id, kind, subject_id);
CREATE INDEX account_sessions_purge ON account_sessions (expires_at, tenant_id);

-- Where each session was signed in from. Outlives the session, up to its retention.
CREATE TABLE account_sign_ins (
    tenant_id    text COLLATE "C" NOT NULL,
    session_id   text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    subject_id   text COLLATE "C" NOT NULL,
    at           timestamptz NOT NULL,
    client_addr  text NOT NULL,
    user_agent   text NOT NULL,
    PRIMARY KEY (tenant_id, session_id)
);
CREATE INDEX account_sign_ins_subject ON account_sign_ins (tenant_id, kind, subject_id, at);
CREATE INDEX account_sign_ins_purge ON account_sign_ins (at, tenant_id);

CREATE TABLE account_api_keys (
    tenant_id   text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    token_hash  text COLLATE "C" NOT NULL,
    name        text NOT NULL,
    role        text NOT NULL CHECK (role IN ('owner', 'manager', 'host', 'support')),
    venues      text NOT NULL, -- JSON
    created_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash)
);

INSERT INTO account_schema (version) VALUES (20261122120000);
