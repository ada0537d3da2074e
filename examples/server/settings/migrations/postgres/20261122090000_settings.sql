-- +goose Up
CREATE TABLE IF NOT EXISTS settings_schema (version bigint PRIMARY KEY);

-- Facts about the database itself; the tenant is empty for those of them all.
CREATE TABLE settings_values (
    tenant_id  text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    value      text NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

INSERT INTO settings_schema (version) VALUES (20261122090000);
