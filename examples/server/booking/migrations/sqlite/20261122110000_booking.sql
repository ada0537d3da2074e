-- +goose Up
CREATE TABLE IF NOT EXISTS booking_schema (version INTEGER PRIMARY KEY) STRICT;

CREATE TABLE booking_venues (
    tenant_id         TEXT NOT NULL,
    id                TEXT NOT NULL,
    name              TEXT NOT NULL,
    zone              TEXT NOT NULL,
    hours             TEXT NOT NULL, -- JSON, by weekday
    cutoff            INTEGER NOT NULL,
    seasons           TEXT NOT NULL, -- JSON
    currency          TEXT NOT NULL,
    checkin_optional  INTEGER NOT NULL CHECK (checkin_optional IN (0, 1)),
    address           TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;

-- Lanes, tables and events. Capacity is the seats of an event.
CREATE TABLE booking_resources (
    tenant_id    TEXT NOT NULL,
    venue_id     TEXT NOT NULL,
    id           TEXT NOT NULL,
    name         TEXT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('lane', 'table', 'event')),
    color_type   TEXT NOT NULL,
    price        INTEGER NOT NULL CHECK (price >= 0),
    capacity     INTEGER NOT NULL CHECK (capacity > 0),
    starts_at    TEXT,
    ends_at      TEXT,
    seats_taken  INTEGER NOT NULL DEFAULT 0,
    retired_at   TEXT,
    PRIMARY KEY (tenant_id, venue_id, id),
    FOREIGN KEY (tenant_id, venue_id) REFERENCES booking_venues (tenant_id, id),
    CHECK (seats_taken BETWEEN 0 AND capacity),
    CHECK ((kind = 'event') = (starts_at IS NOT NULL AND ends_at IS NOT NULL))
) STRICT;

CREATE TABLE booking_packages (
    tenant_id         TEXT NOT NULL,
    venue_id          TEXT NOT NULL,
    id                TEXT NOT NULL,
    name              TEXT NOT NULL, -- JSON, by language
    price_per_person  INTEGER NOT NULL CHECK (price_per_person >= 0),
    retired_at        TEXT,
    PRIMARY KEY (tenant_id, venue_id, id),
    FOREIGN KEY (tenant_id, venue_id) REFERENCES booking_venues (tenant_id, id)
) STRICT;

CREATE TABLE booking_bookings (
    tenant_id        TEXT NOT NULL,
    id               TEXT NOT NULL,
    venue_id         TEXT NOT NULL,
    service_day      TEXT NOT NULL,
    reference        TEXT NOT NULL,
    customer_id      TEXT NOT NULL,
    kind             TEXT NOT NULL,
    resources        TEXT NOT NULL, -- JSON list of ids
    color_type       TEXT NOT NULL,
    party_size       INTEGER NOT NULL CHECK (party_size > 0),
    package_id       TEXT NOT NULL,
    starts_at        TEXT NOT NULL,
    ends_at          TEXT NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('PENDING', 'CONFIRMED', 'CHECKED_IN', 'COMPLETED', 'CANCELLED', 'NO_SHOW')),
    reason           TEXT NOT NULL,
    price            INTEGER NOT NULL CHECK (price >= 0),
    paid             INTEGER NOT NULL CHECK (paid >= 0),
    currency         TEXT NOT NULL,
    channel          TEXT NOT NULL,
    revision         INTEGER NOT NULL,
    slot_revision    INTEGER NOT NULL,
    slot_revised_at  TEXT NOT NULL,
    holder_revision  INTEGER NOT NULL,
    hold_until       TEXT,
    due_at           TEXT, -- when time alone next concerns it
    created_at       TEXT NOT NULL,
    updated_at       TEXT NOT NULL,
    checked_in_at    TEXT,
    idempotency_key  TEXT,
    fingerprint      TEXT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, idempotency_key),
    UNIQUE (tenant_id, venue_id, service_day, reference),
    FOREIGN KEY (tenant_id, venue_id) REFERENCES booking_venues (tenant_id, id),
    -- The bucket of what hasn't ended is bounded by it.
    CHECK (ends_at > starts_at AND unixepoch(ends_at) - unixepoch(starts_at) <= 86400)
) STRICT;
-- The buckets of a customer's bookings; upcoming and history are the two
-- directions of one index.
CREATE INDEX booking_bookings_kept ON booking_bookings (tenant_id, customer_id, starts_at, id) WHERE status <> 'CANCELLED';
CREATE INDEX booking_bookings_cancelled ON booking_bookings (tenant_id, customer_id, starts_at, id) WHERE status = 'CANCELLED';
CREATE INDEX booking_bookings_day ON booking_bookings (tenant_id, venue_id, service_day, starts_at, id);
CREATE INDEX booking_bookings_due ON booking_bookings (tenant_id, due_at, id) WHERE due_at IS NOT NULL;
-- Which tenants have something due: the one read over all of them.
CREATE INDEX booking_bookings_due_tenants ON booking_bookings (due_at, tenant_id) WHERE due_at IS NOT NULL;

-- Who owns a resource in a half hour.
CREATE TABLE booking_slots (
    tenant_id    TEXT NOT NULL,
    venue_id     TEXT NOT NULL,
    resource_id  TEXT NOT NULL,
    slot_at      TEXT NOT NULL,
    booking_id   TEXT NOT NULL,
    PRIMARY KEY (tenant_id, venue_id, resource_id, slot_at),
    FOREIGN KEY (tenant_id, booking_id) REFERENCES booking_bookings (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- Money that arrived. Rows are only ever added.
CREATE TABLE booking_payments (
    tenant_id   TEXT NOT NULL,
    id          TEXT NOT NULL,
    booking_id  TEXT NOT NULL,
    amount      INTEGER NOT NULL,
    currency    TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, booking_id) REFERENCES booking_bookings (tenant_id, id)
) STRICT;
CREATE INDEX booking_payments_booking ON booking_payments (tenant_id, booking_id);

INSERT INTO booking_schema (version) VALUES (20261122110000);
