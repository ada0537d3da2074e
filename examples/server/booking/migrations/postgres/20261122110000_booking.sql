-- +goose Up
CREATE TABLE IF NOT EXISTS booking_schema (version bigint PRIMARY KEY);

CREATE TABLE booking_venues (
    tenant_id         text COLLATE "C" NOT NULL,
    id                text COLLATE "C" NOT NULL,
    name              text NOT NULL,
    zone              text NOT NULL,
    hours             text NOT NULL, -- JSON, by weekday
    cutoff            bigint NOT NULL,
    seasons           text NOT NULL, -- JSON
    currency          text NOT NULL,
    checkin_optional  boolean NOT NULL,
    address           text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- Lanes, tables and events. Capacity is the seats of an event.
CREATE TABLE booking_resources (
    tenant_id    text COLLATE "C" NOT NULL,
    venue_id     text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    name         text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('lane', 'table', 'event')),
    color_type   text NOT NULL,
    price        bigint NOT NULL CHECK (price >= 0),
    capacity     bigint NOT NULL CHECK (capacity > 0),
    starts_at    timestamptz,
    ends_at      timestamptz,
    seats_taken  bigint NOT NULL DEFAULT 0,
    retired_at   timestamptz,
    PRIMARY KEY (tenant_id, venue_id, id),
    FOREIGN KEY (tenant_id, venue_id) REFERENCES booking_venues (tenant_id, id),
    CHECK (seats_taken BETWEEN 0 AND capacity),
    CHECK ((kind = 'event') = (starts_at IS NOT NULL AND ends_at IS NOT NULL))
);

CREATE TABLE booking_packages (
    tenant_id         text COLLATE "C" NOT NULL,
    venue_id          text COLLATE "C" NOT NULL,
    id                text COLLATE "C" NOT NULL,
    name              text NOT NULL, -- JSON, by language
    price_per_person  bigint NOT NULL CHECK (price_per_person >= 0),
    retired_at        timestamptz,
    PRIMARY KEY (tenant_id, venue_id, id),
    FOREIGN KEY (tenant_id, venue_id) REFERENCES booking_venues (tenant_id, id)
);

CREATE TABLE booking_bookings (
    tenant_id        text COLLATE "C" NOT NULL,
    id               text COLLATE "C" NOT NULL,
    venue_id         text COLLATE "C" NOT NULL,
    service_day      text COLLATE "C" NOT NULL,
    reference        text COLLATE "C" NOT NULL,
    customer_id      text COLLATE "C" NOT NULL,
    kind             text NOT NULL,
    resources        text NOT NULL, -- JSON list of ids
    color_type       text NOT NULL,
    party_size       bigint NOT NULL CHECK (party_size > 0),
    package_id       text COLLATE "C" NOT NULL,
    starts_at        timestamptz NOT NULL,
    ends_at          timestamptz NOT NULL,
    status           text NOT NULL CHECK (status IN ('PENDING', 'CONFIRMED', 'CHECKED_IN', 'COMPLETED', 'CANCELLED', 'NO_SHOW')),
    reason           text NOT NULL,
    price            bigint NOT NULL CHECK (price >= 0),
    paid             bigint NOT NULL CHECK (paid >= 0),
    currency         text NOT NULL,
    channel          text NOT NULL,
    revision         bigint NOT NULL,
    slot_revision    bigint NOT NULL,
    slot_revised_at  timestamptz NOT NULL,
    holder_revision  bigint NOT NULL,
    hold_until       timestamptz,
    due_at           timestamptz, -- when time alone next concerns it
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    checked_in_at    timestamptz,
    idempotency_key  text COLLATE "C",
    fingerprint      text,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, idempotency_key),
    UNIQUE (tenant_id, venue_id, service_day, reference),
    FOREIGN KEY (tenant_id, venue_id) REFERENCES booking_venues (tenant_id, id),
    -- The bucket of what hasn't ended is bounded by it.
    CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '24 hours')
);
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
    tenant_id    text COLLATE "C" NOT NULL,
    venue_id     text COLLATE "C" NOT NULL,
    resource_id  text COLLATE "C" NOT NULL,
    slot_at      timestamptz NOT NULL,
    booking_id   text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, venue_id, resource_id, slot_at),
    FOREIGN KEY (tenant_id, booking_id) REFERENCES booking_bookings (tenant_id, id)
);

-- Money that arrived. Rows are only ever added.
CREATE TABLE booking_payments (
    tenant_id   text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    booking_id  text COLLATE "C" NOT NULL,
    amount      bigint NOT NULL,
    currency    text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, booking_id) REFERENCES booking_bookings (tenant_id, id)
);
CREATE INDEX booking_payments_booking ON booking_payments (tenant_id, booking_id);

INSERT INTO booking_schema (version) VALUES (20261122110000);
