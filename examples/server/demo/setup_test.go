package demo_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/examples/server/demo"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
	"github.com/petanque-life/venuekit/internal/secret"
)

// made is the moment of making of most tests: a Sunday afternoon.
var made = time.Date(2026, 11, 22, 15, 17, 8, 0, time.UTC)

// few is the share of ordinary bookings that tests make do with.
const few = 0.01

// target returns a place for a demo in db, whose tables it makes.
func target(t testing.TB, db *sql.DB, d bunx.Dialect, now time.Time, changed func(booking.Booking) error) demo.Target {
	t.Helper()
	require.NoError(t, booking.Migrate(t.Context(), db, d))
	require.NoError(t, account.Migrate(t.Context(), db, d))
	secrets, err := secret.New(secret.Secret{ID: "s1", Key: []byte("an invented secret of 32 bytes..")})
	require.NoError(t, err)
	clock := func() time.Time { return now }
	accounts, err := account.New(db, d, account.Config{Secrets: secrets, Now: clock})
	require.NoError(t, err)
	cfg := booking.Config{Now: clock}
	if changed != nil {
		cfg.Changed = observer(changed)
	}
	return demo.Target{Engine: booking.New(db, d, cfg), Accounts: accounts, Now: now, Seed: 1}
}

// dump reads all bookings, with addresses in place of the customers' ids, and
// all half hours that are taken.
func dump(t *testing.T, db *sql.DB) []string {
	t.Helper()
	return append(lines(t, db, `SELECT b.tenant_id || ' ' || b.id || ' ' || b.reference || ' ' || COALESCE(c.email, '') || ' ' || b.status
			|| ' ' || CAST(b.starts_at AS text) || ' ' || CAST(b.ends_at AS text) || ' ' || b.resources || ' ' || CAST(b.price AS text)
		FROM booking_bookings AS b LEFT JOIN account_customers AS c ON c.tenant_id = b.tenant_id AND c.id = b.customer_id
		ORDER BY b.tenant_id, b.id`),
		lines(t, db, `SELECT venue_id || ' ' || resource_id || ' ' || CAST(slot_at AS text) || ' ' || booking_id
			FROM booking_slots ORDER BY tenant_id, venue_id, resource_id, slot_at`)...)
}

func lines(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		all = append(all, line)
	}
	require.NoError(t, rows.Err())
	return all
}

func BenchmarkSeed(b *testing.B) {
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		b.Run(d.String(), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				place := target(b, dbtest.Open(b, d), d, made, nil)
				b.StartTimer()
				require.NoError(b, demo.Seed(b.Context(), place))
			}
			b.ReportMetric(float64(len(demo.Plan(made, 1, 1))), "bookings")
		})
	}
}
