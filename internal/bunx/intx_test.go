package bunx_test

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

// meeting lets each of two goroutines wait for the other once.
type meeting struct{ here [2]chan struct{} }

func newMeeting() *meeting {
	return &meeting{[2]chan struct{}{make(chan struct{}), make(chan struct{})}}
}

func (m *meeting) wait(ctx context.Context, i int) error {
	close(m.here[i])
	select {
	case <-m.here[1-i]:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// cross is one side of a deadlock: each holds one row and wants the other's.
func cross(ctx context.Context, q bunx.Queries, tenant string, i int, between func() error) error {
	for _, id := range []int{i, 1 - i} {
		if _, err := q.Exec(ctx, "UPDATE test_notes SET n = n + 1 WHERE tenant_id = ? AND id = ?", tenant, fmt.Sprint(id)); err != nil {
			return err
		}
		if id == i {
			if err := between(); err != nil {
				return err
			}
		}
	}
	return nil
}

func postgresNotes(t *testing.T) (*bunx.DB, *sql.DB, string) {
	t.Helper()
	pool, tenant := dbtest.Shared(t, bunx.Postgres, "bunx", migrate(bunx.Postgres)), dbtest.Tenant(t)
	db := bunx.New(pool, bunx.Postgres)
	add(t, db.Q(), tenant, "0", "zero")
	add(t, db.Q(), tenant, "1", "one")
	return db, pool, tenant
}

func counts(t *testing.T, db *bunx.DB, tenant string) []int {
	t.Helper()
	var got []int
	require.NoError(t, db.Q().All(t.Context(), &got, "SELECT n FROM test_notes WHERE tenant_id = ? ORDER BY id", tenant))
	return got
}

func TestInTxRunsTheLoserOfADeadlockAgain(t *testing.T) {
	t.Parallel()
	db, _, tenant := postgresNotes(t)
	ctx, cancel := context.WithTimeout(t.Context(), longWait)
	defer cancel()
	m := newMeeting()
	var runs, errs = [2]int{}, [2]error{}
	var wg sync.WaitGroup
	for i := range 2 {
		wg.Go(func() {
			errs[i] = db.InTx(ctx, func(q bunx.Queries) error {
				runs[i]++
				return cross(ctx, q, tenant, i, func() error {
					if runs[i] > 1 {
						return nil
					}
					return m.wait(ctx, i)
				})
			})
		})
	}
	wg.Wait()
	require.NoError(t, errs[0])
	require.NoError(t, errs[1])
	require.Greater(t, runs[0]+runs[1], 2, "the loser ran again")
	require.Equal(t, []int{2, 2}, counts(t, db, tenant))
}

func TestJoinedInTxLeavesTheLoserOfADeadlockToTheHost(t *testing.T) {
	t.Parallel()
	db, pool, tenant := postgresNotes(t)
	ctx, cancel := context.WithTimeout(t.Context(), longWait)
	defer cancel()
	m := newMeeting()
	var runs, errs = [2]int{}, [2]error{}
	var wg sync.WaitGroup
	for i := range 2 {
		wg.Go(func() {
			tx, err := pool.BeginTx(ctx, nil)
			if errs[i] = err; err != nil {
				return
			}
			defer tx.Rollback()
			errs[i] = db.WithTx(tx).InTx(ctx, func(q bunx.Queries) error {
				runs[i]++
				return cross(ctx, q, tenant, i, func() error { return m.wait(ctx, i) })
			})
			if errs[i] == nil {
				errs[i] = tx.Commit()
			}
		})
	}
	wg.Wait()
	require.Equal(t, [2]int{1, 1}, runs)
	lost := errs[0]
	if lost == nil {
		lost = errs[1]
	}
	require.True(t, bunx.IsRetryable(lost), lost)
	require.False(t, bunx.IsUnique(lost))
	require.Equal(t, []int{1, 1}, counts(t, db, tenant), "the other went through")
}

// Two read, meet, and write: only one of them can be right.
func TestInTxLosesNoUpdateWhereTheDatabaseRefusesOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		d          bunx.Dialect
		parameters string
	}{
		"sqlite, deferred":   {bunx.SQLite, "?_pragma=foreign_keys(1)&_pragma=journal_mode(wal)&_txlock=deferred"},
		"sqlite without wal": {bunx.SQLite, "?_pragma=foreign_keys(1)&_txlock=deferred"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := c.d
			pool, err := sql.Open("sqlite", "file:"+dbtest.URL(t, d)+c.parameters)
			require.NoError(t, err)
			defer pool.Close()
			require.NoError(t, migrate(d)(t.Context(), pool))
			db := bunx.New(pool, d)
			add(t, db.Q(), "t", "0", "zero")
			ctx, cancel := context.WithTimeout(t.Context(), longWait)
			defer cancel()
			m := newMeeting()
			var runs, errs = [2]int{}, [2]error{}
			var wg sync.WaitGroup
			for i := range 2 {
				wg.Go(func() {
					errs[i] = db.InTx(ctx, func(q bunx.Queries) error {
						runs[i]++
						var n int
						if err := q.Get(ctx, &n, "SELECT n FROM test_notes WHERE tenant_id = 't'"); err != nil {
							return err
						}
						if runs[i] == 1 {
							if err := m.wait(ctx, i); err != nil {
								return err
							}
						}
						_, err := q.Exec(ctx, "UPDATE test_notes SET n = ? WHERE tenant_id = 't'", n+1)
						return err
					})
				})
			}
			wg.Wait()
			require.NoError(t, errs[0])
			require.NoError(t, errs[1])
			require.Greater(t, runs[0]+runs[1], 2, "the database refused one")
			require.Equal(t, []int{2}, counts(t, db, "t"))
		})
	}
}

func TestInTxReadsWhatIsCommittedWhateverTheHostsDefault(t *testing.T) {
	t.Parallel()
	pool, err := sql.Open("pgx", dbtest.URL(t, bunx.Postgres)+"&default_transaction_isolation=serializable")
	require.NoError(t, err)
	defer pool.Close()
	var level string
	require.NoError(t, bunx.New(pool, bunx.Postgres).InTx(t.Context(), func(q bunx.Queries) error {
		return q.Get(t.Context(), &level, "SHOW transaction_isolation")
	}))
	require.Equal(t, "read committed", level)
}

func TestInTxStopsRetrying(t *testing.T) {
	t.Parallel()
	retryable := &fakeError{code: 5}
	each(t, func(t *testing.T, db *bunx.DB, _ *sql.DB, _ string) {
		t.Run("after its attempts", func(t *testing.T) {
			runs := 0
			require.ErrorIs(t, db.InTx(t.Context(), func(bunx.Queries) error { runs++; return retryable }), retryable)
			require.Equal(t, 8, runs)
		})
		t.Run("at the end of the context", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			runs := 0
			require.ErrorIs(t, db.InTx(ctx, func(bunx.Queries) error { runs++; cancel(); return retryable }), context.Canceled)
			require.Equal(t, 1, runs)
		})
		t.Run("at an error of another kind", func(t *testing.T) {
			runs := 0
			require.ErrorIs(t, db.InTx(t.Context(), func(bunx.Queries) error { runs++; return errRefused }), errRefused)
			require.Equal(t, 1, runs)
		})
	})
}

// fakeError looks like a SQLite driver's.
type fakeError struct{ code int }

func (e *fakeError) Error() string { return fmt.Sprintf("code %d", e.code) }
func (e *fakeError) Code() int     { return e.code }
