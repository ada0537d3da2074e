package checkinbun_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
	"github.com/petanque-life/venuekit/checkin/checkintest"
)

// hostTxs are the ways in which a host has a transaction.
var hostTxs = map[string]func(t testing.TB, pool *sql.DB, d checkinbun.Dialect) checkinbun.Tx{
	"sql.Tx": func(t testing.TB, pool *sql.DB, _ checkinbun.Dialect) checkinbun.Tx {
		tx, err := pool.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		return tx
	},
	"bun.Tx": func(t testing.TB, pool *sql.DB, d checkinbun.Dialect) checkinbun.Tx {
		host := bun.NewDB(pool, pgdialect.New())
		if d == checkinbun.SQLite {
			host = bun.NewDB(pool, sqlitedialect.New())
		}
		tx, err := host.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		return tx
	},
}

func TestJoinedStores_keepTheContractOnBothDatabases(t *testing.T) {
	for _, d := range dialects {
		for name, begin := range hostTxs {
			t.Run(d.String()+" by "+name, func(t *testing.T) {
				db := shared(t, d)
				stores := checkinbun.New(db, d)
				checkintest.TestJoined(t, func(t testing.TB) (joined checkin.Stores, commit, rollback func() error) {
					tx := begin(t, db, d)
					return stores.WithTx(tx), tx.Commit, tx.Rollback
				})
			})
		}
	}
}
