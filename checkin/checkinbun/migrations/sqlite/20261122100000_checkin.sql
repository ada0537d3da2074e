-- +goose Up
CREATE TABLE IF NOT EXISTS checkin_schema (version INTEGER PRIMARY KEY) STRICT;

-- The bookings that check-in has heard of, each with its admission.
CREATE TABLE checkin_bookings (
    tenant_id         TEXT NOT NULL,
    booking_id        TEXT NOT NULL,
    venue_id          TEXT NOT NULL,
    customer_id       TEXT NOT NULL,
    revision          INTEGER NOT NULL,
    slot_revision     INTEGER NOT NULL,
    slot_revised_at   TEXT NOT NULL,
    holder_revision   INTEGER NOT NULL,
    reference         TEXT NOT NULL,
    starts_at         TEXT NOT NULL,
    ends_at           TEXT NOT NULL,
    status            TEXT NOT NULL,
    party_size        INTEGER NOT NULL,
    admitted_by       TEXT NOT NULL DEFAULT '',
    admitted_at       TEXT,
    admitted_device   TEXT NOT NULL DEFAULT '',
    admitted_guests   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, booking_id)
) STRICT;
CREATE INDEX checkin_bookings_day ON checkin_bookings (tenant_id, venue_id, starts_at, booking_id);
CREATE INDEX checkin_bookings_reference ON checkin_bookings (tenant_id, venue_id, reference, starts_at);
CREATE INDEX checkin_bookings_customer ON checkin_bookings (tenant_id, customer_id, booking_id);

-- What happened at the doors. Rows are only ever added.
CREATE TABLE checkin_scans (
    tenant_id    TEXT NOT NULL,
    scan_id      TEXT NOT NULL,
    booking_id   TEXT NOT NULL,
    venue_id     TEXT NOT NULL,
    device       TEXT NOT NULL,
    nonce        TEXT NOT NULL,
    kind         TEXT NOT NULL,
    digest       TEXT NOT NULL,
    rev          INTEGER NOT NULL,
    code         TEXT NOT NULL,
    guests       INTEGER NOT NULL,
    at           TEXT NOT NULL,
    received_at  TEXT NOT NULL,
    undo_of      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, scan_id),
    UNIQUE (tenant_id, device, nonce),
    FOREIGN KEY (tenant_id, booking_id) REFERENCES checkin_bookings (tenant_id, booking_id)
) STRICT;
CREATE INDEX checkin_scans_booking ON checkin_scans (tenant_id, booking_id, received_at, scan_id);

-- The records of the signing keys; the keys themselves are derived.
CREATE TABLE checkin_keys (
    tenant_id   TEXT NOT NULL,
    key_id      TEXT NOT NULL,
    algorithm   TEXT NOT NULL,
    secret_id   TEXT NOT NULL,
    state       TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    changed_at  TEXT NOT NULL,
    PRIMARY KEY (tenant_id, key_id)
) STRICT;
CREATE UNIQUE INDEX checkin_keys_active ON checkin_keys (tenant_id) WHERE state = 'active';

-- Customers that were merged into another, or erased.
CREATE TABLE checkin_customers (
    tenant_id    TEXT NOT NULL,
    customer_id  TEXT NOT NULL,
    root_id      TEXT NOT NULL,
    merged_at    TEXT,
    erased_at    TEXT,
    PRIMARY KEY (tenant_id, customer_id)
) STRICT;
CREATE INDEX checkin_customers_root ON checkin_customers (tenant_id, root_id, customer_id);

-- Events for the host: a row each, and a head for every subject that has some.
CREATE TABLE checkin_outbox (
    tenant_id  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    id         TEXT NOT NULL,
    kind       TEXT NOT NULL,
    at         TEXT NOT NULL,
    data       TEXT NOT NULL,
    PRIMARY KEY (tenant_id, subject, seq)
) STRICT;
CREATE TABLE checkin_outbox_heads (
    tenant_id    TEXT NOT NULL,
    subject      TEXT NOT NULL,
    last_seq     INTEGER NOT NULL,
    due_at       TEXT NOT NULL,
    attempt      INTEGER NOT NULL DEFAULT 0,
    failures     INTEGER NOT NULL DEFAULT 0,
    lease_owner  TEXT,
    lease_until  TEXT,
    PRIMARY KEY (tenant_id, subject)
) STRICT;
CREATE INDEX checkin_outbox_heads_tenant ON checkin_outbox_heads (tenant_id, due_at, subject);
-- The one index that doesn't begin with the tenant: it finds the tenants with work.
CREATE INDEX checkin_outbox_heads_due ON checkin_outbox_heads (due_at, tenant_id);

INSERT INTO checkin_schema (version) VALUES (20261122100000);
