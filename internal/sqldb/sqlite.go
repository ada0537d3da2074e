package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// pragmas hold per connection, so they stand in the DSN. A URI may set others.
var pragmas = map[string]string{
	"busy_timeout": "5000", // milliseconds
	"journal_mode": "WAL",
	"synchronous":  "NORMAL",
	"foreign_keys": "1",
}

func openSQLite(ctx context.Context, path string) (*sql.DB, error) {
	dsn, err := sqliteDSN(path)
	if err != nil {
		return nil, err
	}
	makePrivate(path)
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("sqldb: open SQLite database %q: %w", path, err)
	}
	limit(db, sqliteConns)
	enforced, err := foreignKeys(ctx, db)
	switch {
	case err != nil:
		_ = db.Close()
		return nil, fmt.Errorf("sqldb: open SQLite database %q: %w", path, err)
	case !enforced:
		_ = db.Close()
		return nil, fmt.Errorf("%w: %q", ErrForeignKeys, path)
	}
	return db, nil
}

// makePrivate makes the file where it is absent, readable by its owner only:
// what SQLite makes itself is everybody's to read. Its journals take the file's
// mode. Where it can't be made SQLite says why.
func makePrivate(path string) {
	if rest, isURI := strings.CutPrefix(path, "file:"); isURI {
		u, err := url.Parse(path)
		if err != nil || u.Query().Get("mode") == "ro" || u.Query().Get("mode") == "rw" {
			return // SQLite makes none then either
		}
		if path = u.Path; u.Opaque != "" || !strings.HasPrefix(rest, "/") {
			name, _, _ := strings.Cut(rest, "?")
			name, _, _ = strings.Cut(name, "#")
			if path, err = url.PathUnescape(name); err != nil {
				return
			}
		}
	}
	if f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		_ = f.Close()
	}
}

// foreignKeys asks over the first connection, which turns a new file to WAL.
// Of several processes that do so at once all but one are told that it is
// busy, without the wait that busy_timeout grants elsewhere.
func foreignKeys(ctx context.Context, db *sql.DB) (enforced bool, err error) {
	for wait := 10 * time.Millisecond; ; wait *= 2 {
		err = db.QueryRowContext(ctx, "PRAGMA foreign_keys").Scan(&enforced)
		if !bunx.IsRetryable(err) || wait > 500*time.Millisecond {
			return enforced, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// sqliteDSN returns the driver's name for the file. Transactions begin as
// IMMEDIATE: a deferred one that reads and then writes fails at once when
// another has written meanwhile, whatever the time to wait.
func sqliteDSN(path string) (string, error) {
	name, query := "", url.Values{}
	if rest, isURI := strings.CutPrefix(path, "file:"); isURI {
		var rawQuery string
		name, rawQuery, _ = strings.Cut(rest, "?")
		var err error
		if query, err = url.ParseQuery(rawQuery); err != nil {
			return "", fmt.Errorf("sqldb: parameters of %q: %w", path, err)
		}
	} else if path != "" {
		name = (&url.URL{Path: filepath.ToSlash(filepath.Clean(path))}).EscapedPath()
	}
	switch {
	case strings.Trim(name, "/") == "":
		return "", errors.New("sqldb: the path of the SQLite file is empty")
	case strings.Contains(name, ":memory:"), query.Get("mode") == "memory", query.Get("vfs") == "memdb":
		return "", fmt.Errorf("sqldb: SQLite in memory (%q) gives each connection its own database: name a file", path)
	}
	given := strings.ToLower(strings.Join(query["_pragma"], " "))
	for pragma, value := range pragmas {
		if !strings.Contains(given, pragma) { // the driver runs them sorted, so that the last doesn't win
			query.Add("_pragma", pragma+"("+value+")")
		}
	}
	query.Set("_txlock", "immediate")
	return "file:" + name + "?" + query.Encode(), nil
}
