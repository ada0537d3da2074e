package checkinbun_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
	"github.com/petanque-life/venuekit/checkin/checkintest"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

var dialects = []checkinbun.Dialect{checkinbun.SQLite, checkinbun.Postgres}

func shared(t testing.TB, d checkinbun.Dialect) *sql.DB {
	return dbtest.Shared(t, d, "checkin", func(ctx context.Context, db *sql.DB) error { return checkinbun.Migrate(ctx, db, d) })
}

func TestStores_keepTheContractOnBothDatabases(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			db := shared(t, d)
			checkintest.TestStores(t, func(testing.TB) checkin.Stores { return checkinbun.New(db, d).Stores })
		})
	}
}
