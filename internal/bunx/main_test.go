package bunx_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

// childVar tells the test binary that it is a replica started by a test.
const childVar = "BUNX_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVar) != "" {
		if err := migrateAsChild(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var (
	dialects = []bunx.Dialect{bunx.SQLite, bunx.Postgres}
	clock    = time.Date(2026, 11, 22, 18, 0, 0, 123456000, time.UTC)
)

// schemaFor has the table that Customers wants, and one of plain notes.
func schemaFor(d bunx.Dialect) fstest.MapFS {
	text, instant, strict := `text COLLATE "C"`, "timestamptz", ""
	if d == bunx.SQLite {
		text, instant, strict = "TEXT", "TEXT", "STRICT"
	}
	return fstest.MapFS{"20260101000000_all.sql": {Data: fmt.Appendf(nil, `-- +goose Up
		CREATE TABLE test_notes (tenant_id %[1]s NOT NULL, id %[1]s NOT NULL, body TEXT NOT NULL, n INTEGER NOT NULL DEFAULT 0, at %[2]s,
			PRIMARY KEY (tenant_id, id)) %[3]s;
		CREATE UNIQUE INDEX test_notes_body ON test_notes (tenant_id, body);
		CREATE TABLE test_customers (tenant_id %[1]s NOT NULL, customer_id %[1]s NOT NULL, root_id %[1]s NOT NULL,
			merged_at %[2]s, erased_at %[2]s, PRIMARY KEY (tenant_id, customer_id)) %[3]s;
		CREATE INDEX test_customers_root ON test_customers (tenant_id, root_id, customer_id);
		INSERT INTO test_schema (version) VALUES (20260101000000);`, text, instant, strict)}}
}

func migrate(d bunx.Dialect) func(context.Context, *sql.DB) error {
	return func(ctx context.Context, db *sql.DB) error { return bunx.Migrate(ctx, db, d, "test", schemaFor(d)) }
}

// each runs f on the shared database of both dialects, as a tenant of its own.
func each(t *testing.T, f func(t *testing.T, db *bunx.DB, pool *sql.DB, tenant string)) {
	t.Helper()
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			pool := dbtest.Shared(t, d, "bunx", migrate(d))
			f(t, bunx.New(pool, d), pool, dbtest.Tenant(t))
		})
	}
}

// note is a row of test_notes.
type note struct {
	TenantID string
	ID       string `bun:"id"`
	Body     string
	N        int
	At       *time.Time
}

const insertNote = "INSERT INTO test_notes (tenant_id, id, body) VALUES (?, ?, ?)"

func add(t testing.TB, q bunx.Queries, tenant, id, body string) {
	t.Helper()
	n, err := q.Exec(t.Context(), insertNote, tenant, id, body)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}

// noteIDs are the tenant's notes as others see them.
func noteIDs(t testing.TB, pool *sql.DB, d bunx.Dialect, tenant string) []string {
	t.Helper()
	var got []string
	require.NoError(t, bunx.New(pool, d).Q().All(t.Context(), &got, "SELECT id FROM test_notes WHERE tenant_id = ? ORDER BY id", tenant))
	return got
}
