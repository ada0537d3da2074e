package bunx

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrSchema is in the chain of the error that CheckSchema returns when
// migrations are missing from the database.
var ErrSchema = errors.New("schema is behind")

// migration is one file of a package's migrations folder.
type migration struct {
	version int64 // UTC timestamp, yyyymmddhhmmss
	name    string
	text    string
}

// Migrate brings the tables of a package up to date. migrations holds the
// files of one dialect, `<version>_<name>.sql`, each of which ends by inserting
// its version into `<pkg>_schema`: whatever tool applies them leaves the same
// trace.
//
// Any number of processes may call it at once, also through a pooler that
// hands out connections by transaction: each file is applied in a transaction
// that holds a row lock, together with its record, so that a process killed in
// the middle leaves nothing behind.
func Migrate(ctx context.Context, db *sql.DB, d Dialect, pkg string, migrations fs.FS) error {
	all, err := readMigrations(pkg, migrations)
	if err != nil {
		return err
	}
	if err := checkSettings(ctx, db, d); err != nil {
		return err
	}
	if err := createSchemaTable(ctx, db, d, pkg); err != nil {
		return fmt.Errorf("%s: create schema table: %w", pkg, err)
	}
	for attempt := 1; ; attempt++ {
		more, err := migrateOne(ctx, db, d, pkg, all)
		if IsRetryable(err) {
			// Others are at it for longer than this database waits by itself.
			more, err = true, pause(ctx, attempt)
		}
		if err != nil || !more {
			return err
		}
	}
}

// CheckSchema returns an error with ErrSchema in its chain when the database
// lacks a migration. It changes nothing and needs no right to. Migrations of a
// newer release are no error.
func CheckSchema(ctx context.Context, db *sql.DB, d Dialect, pkg string, migrations fs.FS) error {
	all, err := readMigrations(pkg, migrations)
	if err != nil {
		return err
	}
	if err := checkSettings(ctx, db, d); err != nil {
		return err
	}
	applied, err := appliedVersions(ctx, db, pkg)
	if err != nil && !isNoTable(err) {
		return fmt.Errorf("%s: %w", pkg, err)
	}
	var missing []string
	for _, m := range all {
		if !slices.Contains(applied, m.version) {
			missing = append(missing, m.name)
		}
	}
	if missing != nil {
		return fmt.Errorf("%s: %w: missing %s", pkg, ErrSchema, strings.Join(missing, ", "))
	}
	return nil
}

func readMigrations(pkg string, fsys fs.FS) ([]migration, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("%s: migrations: %w", pkg, err)
	}
	var all []migration
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".sql" {
			continue
		}
		stamp, _, _ := strings.Cut(e.Name(), "_")
		if _, err := time.Parse("20060102150405", stamp); err != nil {
			return nil, fmt.Errorf("%s: migration %s: name has no version", pkg, e.Name())
		}
		version, err := strconv.ParseInt(stamp, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: migration %s: %w", pkg, e.Name(), err)
		}
		if slices.ContainsFunc(all, func(m migration) bool { return m.version == version }) {
			return nil, fmt.Errorf("%s: migration %s: version is taken", pkg, e.Name())
		}
		text, err := fs.ReadFile(fsys, e.Name())
		if err != nil {
			return nil, fmt.Errorf("%s: migrations: %w", pkg, err)
		}
		all = append(all, migration{version, e.Name(), string(text)})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no migrations", pkg)
	}
	slices.SortFunc(all, func(a, b migration) int { return cmp.Compare(a.version, b.version) })
	return all, nil
}

// checkSettings refuses a connection on which the stores would corrupt
// silently: SQLite without foreign keys, as is its default, and PostgreSQL that
// takes a backslash in a text for more than that, as before its release 9.1.
func checkSettings(ctx context.Context, db *sql.DB, d Dialect) error {
	if d == SQLite {
		var on bool
		err := db.QueryRowContext(ctx, "PRAGMA foreign_keys").Scan(&on)
		if err == nil && !on {
			err = errors.New("bunx: sqlite connection has foreign_keys off, set the pragma in the DSN")
		}
		return err
	}
	var conforming string
	err := db.QueryRowContext(ctx, "SHOW standard_conforming_strings").Scan(&conforming)
	if err == nil && conforming != "on" {
		err = errors.New("bunx: standard_conforming_strings is off, the stores need it on")
	}
	return err
}

func createSchemaTable(ctx context.Context, db *sql.DB, d Dialect, pkg string) error {
	create := "CREATE TABLE IF NOT EXISTS " + pkg + "_schema (version bigint PRIMARY KEY)" //nolint:gosec // pkg is a constant of the callers
	if d == SQLite {
		create = "CREATE TABLE IF NOT EXISTS " + pkg + "_schema (version INTEGER PRIMARY KEY) STRICT"
	}
	for attempt := 1; ; attempt++ {
		_, err := db.ExecContext(ctx, create)
		if err == nil || !IsRetryable(err) && (attempt >= maxAttempts || !isTableRace(err)) {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// migrateOne applies the first missing migration and reports whether there may
// be more. Version 0 is the row that is locked meanwhile.
func migrateOne(ctx context.Context, db *sql.DB, d Dialect, pkg string, all []migration) (bool, error) {
	var opts sql.TxOptions
	if d == Postgres {
		// Whatever the host's default: what others did meanwhile must be seen
		// once the lock is had.
		opts.Isolation = sql.LevelReadCommitted
	}
	tx, err := db.BeginTx(ctx, &opts)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	// The first statement writes, so that SQLite takes its write lock now.
	lock := []string{"INSERT INTO " + pkg + "_schema (version) VALUES (0) ON CONFLICT DO NOTHING"}
	if d == Postgres {
		lock = append(lock, "SELECT version FROM "+pkg+"_schema WHERE version = 0 FOR UPDATE")
	}
	for _, statement := range lock {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return false, fmt.Errorf("%s: lock schema: %w", pkg, err)
		}
	}
	applied, err := appliedVersions(ctx, tx, pkg)
	if err != nil {
		return false, fmt.Errorf("%s: %w", pkg, err)
	}
	for _, m := range all {
		if slices.Contains(applied, m.version) {
			continue
		}
		if _, err := tx.ExecContext(ctx, m.text); err != nil {
			return false, fmt.Errorf("%s: migration %s: %w", pkg, m.name, err)
		}
		applied, err = appliedVersions(ctx, tx, pkg)
		if err != nil {
			return false, fmt.Errorf("%s: %w", pkg, err)
		}
		if !slices.Contains(applied, m.version) {
			return false, fmt.Errorf("%s: migration %s doesn't record its version", pkg, m.name)
		}
		return true, tx.Commit()
	}
	return false, nil
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func appliedVersions(ctx context.Context, q querier, pkg string) ([]int64, error) {
	rows, err := q.QueryContext(ctx, "SELECT version FROM "+pkg+"_schema")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var versions []int64
	for rows.Next() {
		var v int64
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		versions = append(versions, v)
	}
	return versions, rows.Err()
}
