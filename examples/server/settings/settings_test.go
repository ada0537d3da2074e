package settings_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/settings"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

func TestStore_keepsTheFirstValueAndPutsTheLast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		require.NoError(t, settings.Migrate(t.Context(), db, d))
		s := settings.New(db, d)
		_, err := s.Get(t.Context(), "demo")
		require.ErrorIs(t, err, settings.ErrNotFound)
		for _, value := range []string{"first", "second"} {
			got, err := s.Keep(t.Context(), "demo", value)
			require.NoError(t, err)
			require.Equal(t, "first", got)
		}
		require.NoError(t, s.Put(t.Context(), "demo", "third"))
		got, err := s.Get(t.Context(), "demo")
		require.NoError(t, err)
		require.Equal(t, "third", got)
	})
}
