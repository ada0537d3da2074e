// Package settings keeps a few facts about the database itself in it: that the
// program made it as a demo, and with what secret.
package settings

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"

	"github.com/petanque-life/venuekit/internal/bunx"
)

//go:embed migrations
var migrations embed.FS

// Migrations returns the migrations of a dialect.
func Migrations(d bunx.Dialect) fs.FS { return bunx.Folder(migrations, d) }

// Migrate brings the table up to date. Any number of replicas may call it at once.
func Migrate(ctx context.Context, db *sql.DB, d bunx.Dialect) error {
	return bunx.Migrate(ctx, db, d, "settings", Migrations(d))
}

// CheckSchema returns an error when the table is older than this program.
func CheckSchema(ctx context.Context, db *sql.DB, d bunx.Dialect) error {
	return bunx.CheckSchema(ctx, db, d, "settings", Migrations(d))
}

// ErrNotFound means that there is no such setting.
var ErrNotFound = errors.New("settings: not found")

// Store reads and writes settings.
type Store struct{ db *bunx.DB }

// New returns a store over db, which stays the caller's.
func New(db *sql.DB, d bunx.Dialect) *Store { return &Store{bunx.New(db, d)} }

// Get returns the value of a name, or ErrNotFound.
func (s *Store) Get(ctx context.Context, name string) (string, error) {
	var value string
	err := s.db.Q().Get(ctx, &value, `SELECT value FROM settings_values WHERE tenant_id = '' AND name = ?`, name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrNotFound
	}
	return value, err
}

// Keep stores a value unless the name has one, and returns the one it has now:
// of replicas that keep at once, all go on with the same.
func (s *Store) Keep(ctx context.Context, name, value string) (string, error) {
	_, err := s.db.Q().Exec(ctx, `
		INSERT INTO settings_values (tenant_id, name, value) VALUES ('', ?, ?) ON CONFLICT DO NOTHING`, name, value)
	if err != nil {
		return "", err
	}
	return s.Get(ctx, name)
}

// Put stores a value in place of what the name had.
func (s *Store) Put(ctx context.Context, name, value string) error {
	_, err := s.db.Q().Exec(ctx, `
		INSERT INTO settings_values (tenant_id, name, value) VALUES ('', ?, ?)
		ON CONFLICT (tenant_id, name) DO UPDATE SET value = EXCLUDED.value`, name, value)
	return err
}
