-- +goose Up
CREATE TABLE IF NOT EXISTS settings_schema (version INTEGER PRIMARY KEY) STRICT;

-- Facts about the database itself; the tenant is empty for those of them all.
CREATE TABLE settings_values (
    tenant_id  TEXT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, name)
) STRICT;

INSERT INTO settings_schema (version) VALUES (20261122090000);
