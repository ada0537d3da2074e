package outbox_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
	"github.com/petanque-life/venuekit/internal/outbox"
)

// childVar tells the test binary that it is a replica started by a test.
const childVar = "OUTBOX_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVar) != "" {
		if err := relayAsChild(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const (
	longWait = 30 * time.Second // bounds what a test waits for
	lease    = time.Minute      // how long a relay has a subject
)

var (
	clock      = time.Date(2026, 11, 22, 18, 0, 0, 123456000, time.UTC)
	errRefused = errors.New("refused")
)

func schema(d bunx.Dialect) fstest.MapFS {
	text, instant, strict := `text COLLATE "C"`, "timestamptz", ""
	if d == bunx.SQLite {
		text, instant, strict = "TEXT", "TEXT", "STRICT"
	}
	return fstest.MapFS{"20260101000000_outbox.sql": {Data: fmt.Appendf(nil, `-- +goose Up
		CREATE TABLE test_outbox (
			tenant_id %[1]s NOT NULL, subject %[1]s NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
			at %[2]s NOT NULL, data TEXT NOT NULL, PRIMARY KEY (tenant_id, subject, seq)) %[3]s;
		CREATE TABLE test_outbox_heads (
			tenant_id %[1]s NOT NULL, subject %[1]s NOT NULL, last_seq INTEGER NOT NULL, due_at %[2]s NOT NULL,
			attempt INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, lease_owner TEXT, lease_until %[2]s,
			PRIMARY KEY (tenant_id, subject)) %[3]s;
		CREATE INDEX test_outbox_heads_tenant ON test_outbox_heads (tenant_id, due_at, subject);
		CREATE INDEX test_outbox_heads_due ON test_outbox_heads (due_at, tenant_id);
		INSERT INTO test_schema (version) VALUES (20260101000000);`, text, instant, strict)}}
}

// box is an outbox over a database of its own: a relay serves every tenant.
type box struct {
	*bunx.Outbox
	db   *bunx.DB
	pool *sql.DB
}

func open(pool *sql.DB, d bunx.Dialect) box {
	db := bunx.New(pool, d)
	return box{bunx.NewOutbox(db, "test"), db, pool}
}

func each(t *testing.T, f func(t *testing.T, b box)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, pool *sql.DB, d bunx.Dialect) {
		require.NoError(t, bunx.Migrate(t.Context(), pool, d, "test", schema(d)))
		f(t, open(pool, d))
	})
}

// event is the one of a tenant's subject with an id that says so.
func event(tenant, subject string, n int) outbox.Event {
	return outbox.Event{
		TenantID: tenant, ID: fmt.Sprintf("%s/%s/%d", tenant, subject, n), Subject: subject,
		Kind: "test.happened", At: clock, Data: json.RawMessage(`{}`),
	}
}

func (b box) append(t testing.TB, events ...outbox.Event) {
	t.Helper()
	require.NoError(t, b.db.InTx(t.Context(), func(q bunx.Queries) error {
		for _, e := range events {
			if err := b.Append(t.Context(), q, e); err != nil {
				return err
			}
		}
		return nil
	}))
}

// requireEmpty says that not even a head is left.
func (b box) requireEmpty(t testing.TB) {
	t.Helper()
	var n int
	require.NoError(t, b.pool.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM test_outbox) + (SELECT count(*) FROM test_outbox_heads)").Scan(&n))
	require.Zero(t, n)
}

// receiver notes the ids of what it is handed, and refuses as it is told.
type receiver struct {
	ids    []string
	refuse map[string]bool // by subject
}

func (r *receiver) hand(_ context.Context, e outbox.Event) error {
	if r.refuse[e.Subject] {
		return errRefused
	}
	r.ids = append(r.ids, e.ID)
	return nil
}

// relay runs a relay that has no errors but refusals, and returns what was taken.
func (b box) relay(t testing.TB, r *receiver, now time.Time) []string {
	t.Helper()
	r.ids = nil
	n, err := outbox.Relay(t.Context(), b, now, atOnce, r.hand)
	if err != nil {
		require.ErrorIs(t, err, errRefused)
	}
	require.Len(t, r.ids, n)
	return r.ids
}

// bySubject are the ids of each tenant's subjects in the order they first came.
func bySubject(ids []string) map[string][]string {
	all, seen := map[string][]string{}, map[string]bool{}
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			subject := id[:strings.LastIndex(id, "/")]
			all[subject] = append(all[subject], id)
		}
	}
	return all
}

func sorted(ids []string) []string { return slices.Sorted(slices.Values(ids)) }

// atOnce is a call that takes no time.
func atOnce() time.Duration { return 0 }
