package bunx_test

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"
	"pgregory.net/rapid"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

func TestATransactionFitsAndAPoolDoesNot(t *testing.T) {
	t.Parallel()
	joinable := reflect.TypeFor[bunx.Tx]()
	for _, c := range []struct {
		of   reflect.Type
		fits bool
	}{
		{reflect.TypeFor[*sql.Tx](), true},
		{reflect.TypeFor[bun.Tx](), true},
		{reflect.TypeFor[*bun.Tx](), true},
		{reflect.TypeFor[*sql.DB](), false},
		{reflect.TypeFor[*sql.Conn](), false},
		{reflect.TypeFor[*bun.DB](), false},
		{reflect.TypeFor[bun.Conn](), false},
		{reflect.TypeFor[bun.IDB](), false},
	} {
		require.Equal(t, c.fits, c.of.Implements(joinable), c.of)
	}
}

// hostTxs are the ways in which a host has a transaction. The bun.DB's named
// argument is what would be written into a text that bun formats twice.
var hostTxs = map[string]func(t testing.TB, pool *sql.DB, d bunx.Dialect) bunx.Tx{
	"sql.Tx": func(t testing.TB, pool *sql.DB, _ bunx.Dialect) bunx.Tx {
		tx, err := pool.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		return tx
	},
	"bun.Tx": func(t testing.TB, pool *sql.DB, d bunx.Dialect) bunx.Tx {
		tx, err := hostBun(pool, d).BeginTx(t.Context(), nil)
		require.NoError(t, err)
		return tx
	},
	"pointer to bun.Tx": func(t testing.TB, pool *sql.DB, d bunx.Dialect) bunx.Tx {
		tx, err := hostBun(pool, d).BeginTx(t.Context(), nil)
		require.NoError(t, err)
		return &tx
	},
}

func hostBun(pool *sql.DB, d bunx.Dialect) *bun.DB {
	var dialect schema.Dialect = pgdialect.New()
	if d == bunx.SQLite {
		dialect = sqlitedialect.New()
	}
	return bun.NewDB(pool, dialect).WithNamedArg("secret", bun.Safe("'); DROP TABLE test_notes; --"))
}

// eachTx runs f with a transaction of each kind on each database, which ends
// with the test at the latest.
func eachTx(t *testing.T, f func(t *testing.T, db *bunx.DB, tx bunx.Tx, pool *sql.DB, tenant string)) {
	t.Helper()
	each(t, func(t *testing.T, db *bunx.DB, pool *sql.DB, _ string) {
		for name, begin := range hostTxs {
			t.Run(name, func(t *testing.T) {
				tx := begin(t, pool, db.Dialect())
				defer func() { _ = tx.Rollback() }()
				f(t, db, tx, pool, dbtest.Tenant(t))
			})
		}
	})
}

func TestJoinedWorkEndsAsTheHostsTransactionDoes(t *testing.T) {
	t.Parallel()
	eachTx(t, func(t *testing.T, db *bunx.DB, tx bunx.Tx, pool *sql.DB, tenant string) {
		work := func(joined *bunx.DB, id string) {
			add(t, joined.Q(), tenant, id, id)
			require.NoError(t, joined.InTx(t.Context(), func(q bunx.Queries) error {
				_, err := q.Insert(&noteRow{TenantID: tenant, ID: id + "+", Body: id + "+"}).Exec(t.Context())
				return err
			}))
			var n int
			require.NoError(t, joined.Q().Get(t.Context(), &n, "SELECT count(*) FROM test_notes WHERE tenant_id = ?", tenant))
			require.Equal(t, 2, n, "it sees its own work")
		}
		work(db.WithTx(tx), "gone")
		require.Empty(t, noteIDs(t, pool, db.Dialect(), tenant), "others don't see it")
		require.NoError(t, tx.Rollback())
		require.Empty(t, noteIDs(t, pool, db.Dialect(), tenant))
		require.ErrorIs(t, db.WithTx(tx).InTx(t.Context(), func(bunx.Queries) error { return nil }), sql.ErrTxDone)

		again, err := pool.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer again.Rollback()
		work(db.WithTx(again), "kept")
		require.NoError(t, again.Commit())
		require.Equal(t, []string{"kept", "kept+"}, noteIDs(t, pool, db.Dialect(), tenant))
	})
}

// noteRow is test_notes as a model, without its time.
type noteRow struct {
	bun.BaseModel `bun:"test_notes"`

	TenantID string `bun:"tenant_id"`
	ID       string `bun:"id"`
	Body     string `bun:"body"`
}

var errRefused = errors.New("refused")

func TestJoinedFailuresLeaveTheHostsTransactionUsable(t *testing.T) {
	t.Parallel()
	insert := func(ctx context.Context, q bunx.Queries, tenant, id, body string) error {
		_, err := q.Exec(ctx, insertNote, tenant, id, body)
		return err
	}
	for name, f := range map[string]func(t *testing.T, ctx context.Context, joined *bunx.DB, tenant string){
		"a duplicate that conflicts": func(t *testing.T, ctx context.Context, joined *bunx.DB, tenant string) {
			n, err := joined.Q().Exec(ctx, insertNote+" ON CONFLICT DO NOTHING", tenant, "first", "other")
			require.NoError(t, err)
			require.Zero(t, n)
			n, err = joined.Q().Exec(ctx, insertNote+" ON CONFLICT (tenant_id, body) DO NOTHING", tenant, "other", "first")
			require.NoError(t, err)
			require.Zero(t, n)
		},
		"a duplicate that is an error": func(t *testing.T, ctx context.Context, joined *bunx.DB, tenant string) {
			err := joined.InTx(ctx, func(q bunx.Queries) error {
				require.NoError(t, insert(ctx, q, tenant, "undone", "undone"))
				return insert(ctx, q, tenant, "first", "other")
			})
			require.True(t, bunx.IsUnique(err), err)
		},
		"an error that f hides": func(t *testing.T, ctx context.Context, joined *bunx.DB, tenant string) {
			err := joined.InTx(ctx, func(q bunx.Queries) error {
				_ = insert(ctx, q, tenant, "first", "other")
				return errRefused
			})
			require.ErrorIs(t, err, errRefused)
		},
		"a refusal of f": func(t *testing.T, ctx context.Context, joined *bunx.DB, tenant string) {
			require.ErrorIs(t, joined.InTx(ctx, func(q bunx.Queries) error {
				require.NoError(t, insert(ctx, q, tenant, "undone", "undone"))
				return errRefused
			}), errRefused)
		},
		"a refusal two levels down": func(t *testing.T, ctx context.Context, joined *bunx.DB, tenant string) {
			require.NoError(t, joined.InTx(ctx, func(q bunx.Queries) error {
				inner := joined.WithTx(q.Tx())
				require.ErrorIs(t, inner.InTx(ctx, func(q bunx.Queries) error {
					require.NoError(t, insert(ctx, q, tenant, "undone", "undone"))
					return errRefused
				}), errRefused)
				return inner.InTx(ctx, func(q bunx.Queries) error { return insert(ctx, q, tenant, "kept", "kept") })
			}))
		},
		"a refusal above work that succeeded": func(t *testing.T, ctx context.Context, joined *bunx.DB, tenant string) {
			require.ErrorIs(t, joined.InTx(ctx, func(q bunx.Queries) error {
				require.NoError(t, joined.InTx(ctx, func(q bunx.Queries) error { return insert(ctx, q, tenant, "undone", "undone") }))
				return errRefused
			}), errRefused)
		},
		"a panic in f": func(t *testing.T, ctx context.Context, joined *bunx.DB, tenant string) {
			require.PanicsWithValue(t, "out of cheese", func() {
				_ = joined.InTx(ctx, func(q bunx.Queries) error {
					require.NoError(t, insert(ctx, q, tenant, "undone", "undone"))
					panic("out of cheese")
				})
			})
		},
		"a context that ends in f": func(t *testing.T, ctx context.Context, joined *bunx.DB, tenant string) {
			ctx, cancel := context.WithCancel(ctx)
			require.ErrorIs(t, joined.InTx(ctx, func(q bunx.Queries) error {
				require.NoError(t, insert(ctx, q, tenant, "undone", "undone"))
				cancel()
				return nil
			}), context.Canceled)
		},
		"a context that has ended": func(t *testing.T, ctx context.Context, joined *bunx.DB, _ string) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			require.ErrorIs(t, joined.InTx(ctx, func(bunx.Queries) error { panic("not called") }), context.Canceled)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachTx(t, func(t *testing.T, db *bunx.DB, tx bunx.Tx, pool *sql.DB, tenant string) {
				joined := db.WithTx(tx)
				add(t, joined.Q(), tenant, "first", "first")
				f(t, t.Context(), joined, tenant)
				add(t, joined.Q(), tenant, "last", "last")
				require.NoError(t, tx.Commit())
				want := []string{"first", "last"}
				if name == "a refusal two levels down" {
					want = []string{"first", "kept", "last"}
				}
				require.Equal(t, want, noteIDs(t, pool, db.Dialect(), tenant))
			})
		})
	}
}

func TestOwnTransactionsEndWhenTheirFunctionDoes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *bunx.DB, pool *sql.DB, tenant string) {
		require.ErrorIs(t, db.InTx(t.Context(), func(q bunx.Queries) error {
			add(t, q, tenant, "refused", "refused")
			return errRefused
		}), errRefused)
		require.Panics(t, func() {
			_ = db.InTx(t.Context(), func(q bunx.Queries) error {
				add(t, q, tenant, "panicked", "panicked")
				panic("out of cheese")
			})
		})
		ctx, cancel := context.WithCancel(t.Context())
		require.Error(t, db.InTx(ctx, func(q bunx.Queries) error {
			add(t, q, tenant, "cancelled", "cancelled")
			cancel()
			return nil
		}))
		require.NoError(t, db.InTx(t.Context(), func(q bunx.Queries) error {
			require.NotNil(t, q.Tx())
			add(t, q, tenant, "kept", "kept")
			// Others join a transaction that is ours as they would a host's.
			require.ErrorIs(t, db.WithTx(q.Tx()).InTx(t.Context(), func(q bunx.Queries) error {
				add(t, q, tenant, "undone", "undone")
				return errRefused
			}), errRefused)
			return nil
		}))
		require.Nil(t, db.Q().Tx())
		require.Equal(t, []string{"kept"}, noteIDs(t, pool, db.Dialect(), tenant))
		require.NoError(t, pool.PingContext(t.Context()), "the pool stays the host's")
	})
}

// tricky is text that means something to bun, to SQL or to a Go formatter.
var tricky = []string{
	"what?", "??", "?0", "?1", "?TableName", "?TableAlias", "?secret", "?(secret)", "\\?", "\\\\?", "it's", "''", `"`, `\`, `\'`, "$1", "%s", "--",
	"/* ? */", ";", "é", "å", "Lidköping", "🎯", "👩‍👩‍👧", "\n", "\t", "\u2028", "", " ", "NULL", "E'\\x00'", "{}", "$$", "::text",
}

func TestDataComesBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	check := func(t require.TestingT, ctx context.Context, q bunx.Queries, tenant, id, body string) {
		_, err := q.Exec(ctx, insertNote+" ON CONFLICT (tenant_id, id) DO UPDATE SET body = excluded.body", tenant, id, body)
		require.NoError(t, err)
		var got []note
		require.NoError(t, q.All(ctx, &got, "SELECT * FROM test_notes WHERE tenant_id = ? AND body = ?", tenant, body))
		require.Equal(t, []note{{TenantID: tenant, ID: id, Body: body}}, got)
		var lone string
		require.NoError(t, q.Get(ctx, &lone, "UPDATE test_notes SET n = n WHERE tenant_id = ? AND id = ? RETURNING body", tenant, id))
		require.Equal(t, body, lone)
		_, err = q.Exec(ctx, "DELETE FROM test_notes WHERE tenant_id = ? AND body IN (?)", tenant, bun.List([]string{body}))
		require.NoError(t, err)
		_, err = q.Insert(&noteRow{TenantID: tenant, ID: id, Body: body}).Exec(ctx)
		require.NoError(t, err)
		require.NoError(t, q.Get(ctx, &lone, "SELECT body FROM test_notes WHERE tenant_id = ? AND id = ?", tenant, id))
		require.Equal(t, body, lone)
		n, err := q.Exec(ctx, "DELETE FROM test_notes WHERE tenant_id = ?", tenant)
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
	}
	eachTx(t, func(t *testing.T, db *bunx.DB, tx bunx.Tx, _ *sql.DB, tenant string) {
		q := db.WithTx(tx).Q()
		for _, body := range tricky {
			check(t, t.Context(), q, tenant, body+"?", body)
		}
		ctx := t.Context()
		rapid.Check(t, func(t *rapid.T) {
			parts := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(tricky), rapid.StringMatching(`[^\x00]{0,5}`)), 1, 5).Draw(t, "parts")
			var body string
			for _, p := range parts {
				body += p
			}
			check(t, ctx, q, tenant, "id", body)
		})
		require.NoError(t, db.WithTx(tx).InTx(t.Context(), func(q bunx.Queries) error {
			check(t, t.Context(), q, tenant, "id", "?secret")
			return nil
		}))
	})
}
