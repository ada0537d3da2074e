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

func target(t testing.TB, db *sql.DB, d bunx.Dialect) demo.Target {
	t.Helper()
	require.NoError(t, booking.Migrate(t.Context(), db, d))
	require.NoError(t, account.Migrate(t.Context(), db, d))
	secrets, err := secret.New(secret.Secret{ID: "s1", Key: []byte("an invented secret of 32 bytes..")})
	require.NoError(t, err)
	clock := func() time.Time { return made }
	accounts, err := account.New(db, d, account.Config{Secrets: secrets, Now: clock})
	require.NoError(t, err)
	return demo.Target{Engine: booking.New(db, d, booking.Config{Now: clock}), Accounts: accounts, Now: made, Seed: 1}
}

func BenchmarkSeed(b *testing.B) {
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		b.Run(d.String(), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				target := target(b, dbtest.Open(b, d), d)
				b.StartTimer()
				require.NoError(b, demo.Seed(b.Context(), target))
			}
		})
	}
}
