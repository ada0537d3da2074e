// Package sqldb opens the databases venuekit runs on, with the settings its
// stores are tested with: PostgreSQL by pgx and SQLite by modernc.org/sqlite.
// It is for the reference server, the examples and tests; a host opens its
// database by its own means.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// Connections a pool may hold. All of them may idle: the default of two makes
// a busy server reconnect all the time.
const (
	postgresConns = 20
	sqliteConns   = 6 // one writes, the others read beside it
)

// ErrForeignKeys is returned by [Open] for a SQLite database whose connections
// don't enforce foreign keys.
var ErrForeignKeys = errors.New("sqldb: SQLite runs with foreign keys off")

// Open opens the database at url and checks that it answers before ctx ends.
//
// A url that begins with postgres:// or postgresql:// is a PostgreSQL server;
// its parameters are those of pgx, with default_query_exec_mode=exec as
// default. Anything else is the path of a SQLite file, made for its owner alone
// when it is absent, or a file: URI, whose _pragma parameters replace those set here.
// Databases in memory are refused, as each connection would get its own.
//
// The caller closes the database.
func Open(ctx context.Context, url string) (*sql.DB, bunx.Dialect, error) {
	if isPostgres(url) {
		db, err := openPostgres(ctx, url)
		return db, bunx.Postgres, err
	}
	if scheme, _, found := strings.Cut(url, "://"); found && scheme != "file" {
		return nil, 0, fmt.Errorf("sqldb: unknown kind of database %q: want postgres:// or the path of a SQLite file", scheme)
	}
	db, err := openSQLite(ctx, url)
	return db, bunx.SQLite, err
}

func limit(db *sql.DB, conns int) {
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
}
