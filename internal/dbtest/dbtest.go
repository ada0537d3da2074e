// Package dbtest gives tests their databases, SQLite and PostgreSQL.
//
// Most tests want [Shared], one migrated database for the whole test binary,
// in which each test works under a [Tenant] of its own: that costs nothing, and
// proves on the way that tenants don't see each other. A test of migrations, or
// of work that spans tenants, takes a database for itself with [Each] or
// [Open]; a test that starts processes takes the [URL] of one.
//
// Where no PostgreSQL can be had, see package pgtest, the test is skipped.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/pgtest"
	"github.com/petanque-life/venuekit/internal/sqldb"
)

// Each runs fn as the subtests "sqlite" and "postgres", each with a fresh,
// empty database.
func Each(t *testing.T, fn func(t *testing.T, db *sql.DB, d bunx.Dialect)) {
	t.Helper()
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		t.Run(d.String(), func(t *testing.T) { fn(t, Open(t, d), d) })
	}
}

// Open returns a fresh, empty database, closed when the test ends.
func Open(t testing.TB, d bunx.Dialect) *sql.DB {
	t.Helper()
	db := open(t, URL(t, d))
	t.Cleanup(func() { db.Close() })
	return db
}

// URL returns where a fresh, empty database is: a postgres:// URL, or the path
// of a SQLite file that is made by the first who opens it and removed when the
// test ends. [sqldb.Open] opens either.
func URL(t testing.TB, d bunx.Dialect) string {
	t.Helper()
	switch d {
	case bunx.SQLite:
		return filepath.Join(t.TempDir(), "test.db")
	case bunx.Postgres:
		return pgtest.Database(t)
	}
	t.Fatalf("dbtest: no database speaks %v", d)
	return ""
}

// Tenant returns a tenant id that no other test has.
func Tenant(t testing.TB) string {
	t.Helper()
	return "t-" + strings.ToLower(rand.Text())
}

func open(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, _, err := sqldb.Open(context.WithoutCancel(t.Context()), url)
	if err != nil {
		t.Fatal(err)
	}
	return db
}
