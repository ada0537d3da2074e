// Package pgtest gives tests a PostgreSQL of their own: a private server,
// started by the first test of a binary that asks and gone when the binary
// ends, and in it a fresh database for each who asks.
//
// The server programs are looked for in the directory PGTEST_BIN, then where
// pg_config says, in PATH, and where packages put them. Without them the test
// is skipped; see package testenv for how to make that a failure. With
// TEST_DATABASE_URL set, databases are made on that server instead, by a role
// that may do so.
//
// Data is never synced to disk, so the server is fast and worth nothing after
// a crash.
package pgtest

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/petanque-life/venuekit/internal/testenv"
)

const externalURL = "TEST_DATABASE_URL"

var once struct {
	sync.Mutex
	server *server
	err    error
}

// Database makes an empty database and returns its postgres:// URL. On the
// private server it stays to the end of the test binary; on the one of
// TEST_DATABASE_URL too, and is dropped by a later binary.
//
// The test is skipped when there is no server, and fails when there should be
// one and isn't.
func Database(t testing.TB) string {
	t.Helper()
	s, err := instance(t.Context())
	switch {
	case errors.Is(err, errNotFound):
		testenv.Missing(t, "postgres", "install the PostgreSQL server, or name its programs' directory in PGTEST_BIN or a running server in "+externalURL)
	case err != nil:
		t.Fatal(err)
	}
	url, err := s.create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// instance returns the binary's one server, or why there is none.
func instance(ctx context.Context) (*server, error) {
	once.Lock()
	defer once.Unlock()
	if once.server == nil && once.err == nil {
		ctx = context.WithoutCancel(ctx) // it serves other tests too
		if url := os.Getenv(externalURL); url != "" {
			once.server, once.err = connect(ctx, url, true)
		} else {
			once.server, once.err = start(ctx)
		}
	}
	return once.server, once.err
}
