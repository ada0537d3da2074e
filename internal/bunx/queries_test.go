package bunx_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

func TestNewRefusesADialectThatIsNone(t *testing.T) {
	t.Parallel()
	require.PanicsWithValue(t, "bunx: unknown dialect Dialect(0)", func() { bunx.New(nil, 0) })
}

func TestGetAndAllReadRows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *bunx.DB, _ *sql.DB, tenant string) {
		ctx, q := t.Context(), db.Q()
		const one, all = "SELECT * FROM test_notes WHERE tenant_id = ? AND id = ?", "SELECT * FROM test_notes WHERE tenant_id = ? ORDER BY id"
		var row note
		require.ErrorIs(t, q.Get(ctx, &row, one, tenant, "a"), sql.ErrNoRows)
		var text string
		require.ErrorIs(t, q.Get(ctx, &text, "SELECT body FROM test_notes WHERE tenant_id = ?", tenant), sql.ErrNoRows)
		rows, ids := []note{{ID: "old"}}, []string{"old"}
		require.NoError(t, q.All(ctx, &rows, all, tenant))
		require.Empty(t, rows, "what was in the slice is replaced")
		require.NoError(t, q.All(ctx, &ids, "SELECT id FROM test_notes WHERE tenant_id = ?", tenant))
		require.Empty(t, ids)

		for _, id := range []string{"a", "Z", "å", "b"} {
			add(t, q, tenant, id, "body of "+id)
		}
		require.NoError(t, q.Get(ctx, &row, one, tenant, "a"))
		require.Equal(t, note{TenantID: tenant, ID: "a", Body: "body of a"}, row)
		rows, ids = []note{{ID: "old"}}, []string{"old"}
		require.NoError(t, q.All(ctx, &ids, "SELECT id FROM test_notes WHERE tenant_id = ? ORDER BY id", tenant))
		require.Equal(t, []string{"Z", "a", "b", "å"}, ids, "in the order of bytes")
		require.NoError(t, q.All(ctx, &rows, all, tenant))
		require.Len(t, rows, 4)
		require.Equal(t, "Z", rows[0].ID)
		n, err := q.Exec(ctx, "DELETE FROM test_notes WHERE tenant_id = ? AND id > ?", tenant, "a")
		require.NoError(t, err)
		require.EqualValues(t, 2, n)
	})
}

func TestLocksOfRowsAreWrittenForTheDialect(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *bunx.DB, pool *sql.DB, tenant string) {
		ctx, d := t.Context(), db.Dialect()
		add(t, db.Q(), tenant, "a", "a")
		add(t, db.Q(), tenant, "b", "b")
		require.NoError(t, db.InTx(ctx, func(q bunx.Queries) error {
			require.Equal(t, d, q.Dialect())
			var id string
			require.NoError(t, q.Get(ctx, &id, "SELECT id FROM test_notes WHERE tenant_id = ? AND id = 'a'"+q.ForUpdate(), tenant))
			if d == bunx.SQLite {
				return nil // nobody else can begin meanwhile
			}
			return db.InTx(ctx, func(other bunx.Queries) error {
				var ids []string
				require.NoError(t, other.All(ctx, &ids, "SELECT id FROM test_notes WHERE tenant_id = ? ORDER BY id"+other.SkipLocked(), tenant))
				require.Equal(t, []string{"b"}, ids)
				return nil
			})
		}))
	})
}

func TestAColumnOfANewerReleaseBreaksNoRead(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, pool *sql.DB, d bunx.Dialect) {
		require.NoError(t, migrate(d)(t.Context(), pool))
		db := bunx.New(pool, d)
		add(t, db.Q(), "t", "a", "body")
		_, err := pool.Exec("ALTER TABLE test_notes ADD COLUMN mood text NOT NULL DEFAULT 'fine'")
		require.NoError(t, err)
		want := note{TenantID: "t", ID: "a", Body: "body"}
		var one note
		require.NoError(t, db.Q().Get(t.Context(), &one, "SELECT * FROM test_notes"))
		require.Equal(t, want, one)
		var all []note
		require.NoError(t, db.Q().All(t.Context(), &all, "UPDATE test_notes SET n = n RETURNING *"))
		require.Equal(t, []note{want}, all)
	})
}

func TestSelectsLeaveNoPreparedStatementsWhateverTheDSN(t *testing.T) {
	t.Parallel()
	pool, err := sql.Open("pgx", dbtest.URL(t, bunx.Postgres)) // pgx's default prepares what it is given
	require.NoError(t, err)
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	require.NoError(t, migrate(bunx.Postgres)(t.Context(), pool))
	db := bunx.New(pool, bunx.Postgres)
	prepared := func(q bunx.Queries) (n int) {
		require.NoError(t, q.Get(t.Context(), &n, "SELECT count(*) FROM pg_prepared_statements"))
		return n
	}
	selects := func(q bunx.Queries) {
		var row note
		var rows []note
		for i := range 250 {
			require.ErrorIs(t, q.Get(t.Context(), &row, "SELECT * FROM test_notes WHERE tenant_id = ? AND n = ?", "t", i), sql.ErrNoRows)
			require.NoError(t, q.All(t.Context(), &rows, "SELECT * FROM test_notes WHERE tenant_id = ? AND n = ?", "t", i))
		}
	}
	before := prepared(db.Q()) // a few of Migrate's
	require.Less(t, before, 5)
	t.Run("single statements", func(t *testing.T) {
		selects(db.Q())
		require.Equal(t, before, prepared(db.Q()))
	})
	t.Run("a transaction", func(t *testing.T) {
		require.NoError(t, db.InTx(t.Context(), func(q bunx.Queries) error {
			selects(q)
			require.Equal(t, before, prepared(q))
			return nil
		}))
	})
	for name, begin := range hostTxs {
		t.Run("a host's "+name, func(t *testing.T) {
			tx := begin(t, pool, bunx.Postgres)
			defer tx.Rollback()
			selects(db.WithTx(tx).Q())
			require.Equal(t, before, prepared(db.WithTx(tx).Q()))
		})
	}
}

func TestTimesComeBackAndOrderToTheMicrosecond(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *bunx.DB, _ *sql.DB, tenant string) {
		ctx, q := t.Context(), db.Q()
		add(t, q, tenant, "a", "a")
		stockholm := time.FixedZone("CET", 3600)
		rapid.Check(t, func(t *rapid.T) {
			at := func(name string) time.Time {
				// Near one another, so that fractions of every length meet.
				micros := rapid.OneOf(rapid.Int64Range(0, 30), rapid.SampledFrom([]int64{100, 120, 100_000, 120_000, 999_999, 1_000_000, -1})).Draw(t, name)
				return bunx.Time(clock.Truncate(time.Second).Add(time.Duration(micros)*time.Microsecond + 999).In(stockholm))
			}
			a, b := at("a"), at("b")
			_, err := q.Exec(ctx, "UPDATE test_notes SET at = ? WHERE tenant_id = ?", a, tenant)
			require.NoError(t, err)
			var row note
			require.NoError(t, q.Get(ctx, &row, "SELECT * FROM test_notes WHERE tenant_id = ?", tenant))
			require.Equal(t, a, bunx.FromPtr(row.At))
			var n int
			require.NoError(t, q.Get(ctx, &n, "SELECT count(*) FROM test_notes WHERE tenant_id = ? AND at < ?", tenant, b))
			require.Equal(t, a.Before(b), n == 1, "%v before %v", a, b)
		})
	})
	require.Nil(t, bunx.TimePtr(time.Time{}))
	require.Equal(t, time.Time{}, bunx.FromPtr(nil))
	require.Equal(t, clock, *bunx.TimePtr(clock.Add(time.Microsecond - 1).In(time.FixedZone("x", 60))))
}

func TestErrorsOfBothDriversAreTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *bunx.DB, _ *sql.DB, tenant string) {
		add(t, db.Q(), tenant, "a", "a")
		for name, c := range map[string]struct {
			query  string
			args   []any
			unique bool
		}{
			"a primary key":        {insertNote, []any{tenant, "a", "b"}, true},
			"a unique index":       {insertNote, []any{tenant, "b", "a"}, true},
			"a null where none is": {insertNote, []any{tenant, "b", nil}, false},
			"no such table":        {"DELETE FROM absent", nil, false},
			"no SQL":               {"SELEKT", nil, false},
		} {
			_, err := db.Q().Exec(t.Context(), c.query, c.args...)
			require.Error(t, err, name)
			require.Equal(t, c.unique, bunx.IsUnique(err), "%s: %v", name, err)
			require.Equal(t, c.unique, bunx.IsUnique(fmt.Errorf("wrapped: %w", err)), name)
			require.Equal(t, c.unique, bunx.IsUnique(errors.Join(errRefused, err)), name)
			require.False(t, bunx.IsRetryable(err), name)
		}
	})
	for _, err := range []error{nil, errRefused, sql.ErrNoRows, context.Canceled, context.DeadlineExceeded} {
		require.False(t, bunx.IsUnique(err), err)
		require.False(t, bunx.IsRetryable(err), err)
	}
	for code, want := range map[int]bool{5: true, 6: true, 261: true, 517: true, 262: true, 1: false, 19: false, 2067: false, 11: false} {
		require.Equal(t, want, bunx.IsRetryable(&fakeError{code}), code)
	}
}
