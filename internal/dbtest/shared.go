package dbtest

import (
	"context"
	"database/sql"
	"path/filepath"
	"sync"
	"testing"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/scratch"
)

type sharedKey struct {
	key     string
	dialect bunx.Dialect
}

type sharedDB struct {
	sync.Mutex
	db  *sql.DB
	err error // of its migration
}

var shared sync.Map // sharedKey -> *sharedDB

// Shared returns the one database of the key in this test binary, empty before
// migrate, which runs once; all who ask get its error. The pool is shared too
// and never closed: it ends with the binary.
func Shared(t testing.TB, d bunx.Dialect, key string, migrate func(context.Context, *sql.DB) error) *sql.DB {
	t.Helper()
	entry, _ := shared.LoadOrStore(sharedKey{key, d}, new(sharedDB))
	s := entry.(*sharedDB)
	s.Lock()
	defer s.Unlock()
	if s.db == nil {
		// Ends the test if there is no such database; the next one asks again.
		db := open(t, sharedURL(t, d))
		s.err = migrate(context.WithoutCancel(t.Context()), db)
		s.db = db
	}
	if s.err != nil {
		t.Fatalf("dbtest: migrate %q on %v: %v", key, d, s.err)
	}
	return s.db
}

// sharedURL is as URL, but the SQLite file outlives the test.
func sharedURL(t testing.TB, d bunx.Dialect) string {
	t.Helper()
	if d != bunx.SQLite {
		return URL(t, d)
	}
	dir, err := scratch.New(scratch.Place(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := dir.Keep(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir.Path, "test.db")
}
