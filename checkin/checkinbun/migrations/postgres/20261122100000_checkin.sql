-- +goose Up
CREATE TABLE IF NOT EXISTS checkin_schema (version bigint PRIMARY KEY);

-- The bookings that check-in has heard of, each with its admission.
CREATE TABLE checkin_bookings (
    tenant_id         text COLLATE "C" NOT NULL,
    booking_id        text COLLATE "C" NOT NULL,
    venue_id          text COLLATE "C" NOT NULL,
    customer_id       text COLLATE "C" NOT NULL,
    revision          bigint NOT NULL,
    slot_revision     bigint NOT NULL,
    slot_revised_at   timestamptz NOT NULL,
    holder_revision   bigint NOT NULL,
    reference         text COLLATE "C" NOT NULL,
    starts_at         timestamptz NOT NULL,
    ends_at           timestamptz NOT NULL,
    status            text NOT NULL,
    party_size        bigint NOT NULL,
    admitted_by       text NOT NULL DEFAULT '',
    admitted_at       timestamptz,
    admitted_device   text NOT NULL DEFAULT '',
    admitted_guests   bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, booking_id)
);
CREATE INDEX checkin_bookings_day ON checkin_bookings (tenant_id, venue_id, starts_at, booking_id);
CREATE INDEX checkin_bookings_reference ON checkin_bookings (tenant_id, venue_id, reference, starts_at);
CREATE INDEX checkin_bookings_customer ON checkin_bookings (tenant_id, customer_id, booking_id);

-- What happened at the doors. Rows are only ever added.
CREATE TABLE checkin_scans (
    tenant_id    text COLLATE "C" NOT NULL,
    scan_id      text COLLATE "C" NOT NULL,
    booking_id   text COLLATE "C" NOT NULL,
    venue_id     text COLLATE "C" NOT NULL,
    device       text COLLATE "C" NOT NULL,
    nonce        text COLLATE "C" NOT NULL,
    kind         text NOT NULL,
    digest       text NOT NULL,
    rev          bigint NOT NULL,
    code         text NOT NULL,
    guests       bigint NOT NULL,
    at           timestamptz NOT NULL,
    received_at  timestamptz NOT NULL,
    undo_of      text NOT NULL,
    PRIMARY KEY (tenant_id, scan_id),
    UNIQUE (tenant_id, device, nonce),
    FOREIGN KEY (tenant_id, booking_id) REFERENCES checkin_bookings (tenant_id, booking_id)
);
CREATE INDEX checkin_scans_booking ON checkin_scans (tenant_id, booking_id, received_at, scan_id);

-- The records of the signing keys; the keys themselves are derived.
CREATE TABLE checkin_keys (
    tenant_id   text COLLATE "C" NOT NULL,
    key_id      text COLLATE "C" NOT NULL,
    algorithm   text NOT NULL,
    secret_id   text NOT NULL,
    state       text NOT NULL,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key_id)
);
CREATE UNIQUE INDEX checkin_keys_active ON checkin_keys (tenant_id) WHERE state = 'active';

-- Customers that were merged into another, or erased.
CREATE TABLE checkin_customers (
    tenant_id    text COLLATE "C" NOT NULL,
    customer_id  text COLLATE "C" NOT NULL,
    root_id      text COLLATE "C" NOT NULL,
    merged_at    timestamptz,
    erased_at    timestamptz,
    PRIMARY KEY (tenant_id, customer_id)
);
CREATE INDEX checkin_customers_root ON checkin_customers (tenant_id, root_id, customer_id);

-- Events for the host: a row each, and a head for every subject that has some.
CREATE TABLE checkin_outbox (
    tenant_id  text COLLATE "C" NOT NULL,
    subject    text COLLATE "C" NOT NULL,
    seq        bigint NOT NULL,
    id         text NOT NULL,
    kind       text NOT NULL,
    at         timestamptz NOT NULL,
    data       text NOT NULL,
    PRIMARY KEY (tenant_id, subject, seq)
);
CREATE TABLE checkin_outbox_heads (
    tenant_id    text COLLATE "C" NOT NULL,
    subject      text COLLATE "C" NOT NULL,
    last_seq     bigint NOT NULL,
    due_at       timestamptz NOT NULL,
    attempt      bigint NOT NULL DEFAULT 0,
    failures     bigint NOT NULL DEFAULT 0,
    lease_owner  text,
    lease_until  timestamptz,
    PRIMARY KEY (tenant_id, subject)
);
CREATE INDEX checkin_outbox_heads_tenant ON checkin_outbox_heads (tenant_id, due_at, subject);
-- The one index that doesn't begin with the tenant: it finds the tenants with work.
CREATE INDEX checkin_outbox_heads_due ON checkin_outbox_heads (due_at, tenant_id);

INSERT INTO checkin_schema (version) VALUES (20261122100000);
