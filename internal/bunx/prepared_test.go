package bunx_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/bunx"
)

const noteByNumbers = "SELECT id, body FROM test_notes WHERE tenant_id = $1 AND (id = $2 OR body = $2) AND n = $3"

func TestAPreparedTextReadsWhatAnyOtherDoes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *bunx.DB, _ *sql.DB, tenant string) {
		ctx, odd := t.Context(), "it's \\ $1 ?0 ? å"
		add(t, db.Q(), tenant, "a", odd)
		for range 8 { // past the number after which PostgreSQL keeps a plan
			for name, get := range map[string]func(q bunx.Queries, dest any, args ...any) error{
				"prepared": func(q bunx.Queries, dest any, args ...any) error {
					return q.GetPrepared(ctx, dest, noteByNumbers, args...)
				},
				"numbered": func(q bunx.Queries, dest any, args ...any) error {
					return q.GetNumbered(ctx, dest, noteByNumbers, args...)
				},
			} {
				var row note
				require.NoError(t, get(db.Q(), &row, tenant, odd, 0), name)
				require.Equal(t, note{ID: "a", Body: odd}, row, name)
				require.ErrorIs(t, get(db.Q(), &row, tenant, "b", 0), sql.ErrNoRows, name)
				require.ErrorIs(t, get(db.Q(), &row, tenant, "a", 1), sql.ErrNoRows, name)
				require.NoError(t, db.InTx(ctx, func(q bunx.Queries) error {
					add(t, q, tenant, "c", name)
					require.NoError(t, get(q, &row, tenant, "c", 0), "it sees what the transaction did")
					require.Equal(t, name, row.Body)
					_, err := q.Exec(ctx, "DELETE FROM test_notes WHERE tenant_id = ? AND id = 'c'", tenant)
					return err
				}))
			}
		}
	})
}

func TestAJoinedTransactionPreparesToo(t *testing.T) {
	t.Parallel()
	eachTx(t, func(t *testing.T, db *bunx.DB, tx bunx.Tx, _ *sql.DB, tenant string) {
		joined := db.WithTx(tx)
		add(t, joined.Q(), tenant, "a", "of the transaction")
		var row note
		require.NoError(t, joined.Q().GetPrepared(t.Context(), &row, noteByNumbers, tenant, "a", 0))
		require.Equal(t, "of the transaction", row.Body)
	})
}

func TestOnlyPreparedTextsArePrepared(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *bunx.DB, _ *sql.DB, tenant string) {
		if db.Dialect() != bunx.Postgres {
			return
		}
		add(t, db.Q(), tenant, "a", "a")
		count := func(q bunx.Queries) (n int) {
			require.NoError(t, q.Get(t.Context(), &n, "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%test_notes%' AND NOT statement LIKE '%pg_prepared%'"))
			return n
		}
		require.NoError(t, db.InTx(t.Context(), func(q bunx.Queries) error { // on one connection
			before := count(q)
			var row note
			require.NoError(t, q.GetNumbered(t.Context(), &row, noteByNumbers+" AND true", tenant, "a", 0))
			require.Equal(t, before, count(q))
			for range 3 {
				require.NoError(t, q.GetPrepared(t.Context(), &row, noteByNumbers+" AND 1 = 1", tenant, "a", 0))
			}
			require.Equal(t, before+1, count(q), "once")
			return nil
		}))
	})
}
