package checkintest_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
	"github.com/petanque-life/venuekit/checkin/checkintest"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/tbtest"
)

// hostTx is a transaction of the host with stores joined to it.
type hostTx struct {
	checkin.Stores
	commit, rollback func() error
}

// joinedMistakes break stores that are joined to a transaction; db is where
// the transaction is.
var joinedMistakes = map[string]map[string]func(right hostTx, db *sql.DB) hostTx{
	"a change in a transaction that is rolled back leaves what was there": {
		"commits what the host rolls back": commitsAlways,
	},
	"what is written in a transaction is gone with its events when it is rolled back": {
		"commits what the host rolls back": commitsAlways,
		"tells of what was rolled back": func(tx hostTx, db *sql.DB) hostTx {
			right, rollback := tx.Scans, tx.rollback
			var events []checkin.Event
			tx.Scans = scans{Scans: right, record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
				return right.Record(ctx, a, func(st checkin.State) (checkin.Outcome, error) {
					out, err := decide(st)
					events = append(events, out.Events...)
					return out, err
				})
			}}
			tx.rollback = func() error {
				err := rollback()
				if err != nil {
					return err
				}
				pool := bunx.New(db, checkinbun.SQLite)
				return pool.InTx(context.Background(), func(q bunx.Queries) error {
					for _, e := range events {
						err = errors.Join(err, bunx.NewOutbox(pool, "checkin").Append(context.Background(), q, e))
					}
					return err
				})
			}
			return tx
		},
	},
	"what is written in a transaction is seen in it and kept when it is committed": {
		"loses what the host commits": func(tx hostTx, _ *sql.DB) hostTx {
			tx.commit = tx.rollback
			return tx
		},
	},
	"a transaction stays usable after ErrExists": {
		"ends the transaction when a key exists": func(tx hostTx, _ *sql.DB) hostTx {
			right := tx.Keys
			tx.Keys = keys{Keys: right, create: func(ctx context.Context, k checkin.KeyRecord) error {
				return tx.ending(right.Create(ctx, k), checkin.ErrExists)
			}}
			return tx
		},
	},
	"a transaction stays usable after ErrConflict": {
		"ends the transaction when a key's state is another": func(tx hostTx, _ *sql.DB) hostTx {
			right := tx.Keys
			tx.Keys = keys{Keys: right, setState: func(ctx context.Context, tenant, kid string, from, to checkin.KeyState, at time.Time) error {
				return tx.ending(right.SetState(ctx, tenant, kid, from, to, at), checkin.ErrConflict)
			}}
			return tx
		},
		"ends the transaction when a nonce has another text": recording(func(err error) bool { return errors.Is(err, checkin.ErrConflict) }),
	},
	"a transaction stays usable after ErrNotFound": {
		"ends the transaction when a booking isn't there": func(tx hostTx, _ *sql.DB) hostTx {
			right := tx.Scans
			tx.Scans = scans{Scans: right, state: func(ctx context.Context, key checkin.Key) (checkin.State, error) {
				st, err := right.State(ctx, key)
				return st, tx.ending(err, checkin.ErrNotFound)
			}}
			return tx
		},
		"ends the transaction when there is no booking to scan": recording(func(err error) bool { return errors.Is(err, checkin.ErrNotFound) }),
	},
	"a transaction stays usable after an error of the decision": {
		"ends the transaction when a scan is refused": recording(func(err error) bool {
			return err != nil && !errors.Is(err, checkin.ErrConflict) && !errors.Is(err, checkin.ErrNotFound)
		}),
		"keeps a scan that was refused": func(tx hostTx, _ *sql.DB) hostTx {
			right := tx.Scans
			tx.Scans = scans{Scans: right, record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
				var refusal error
				scan, st, err := right.Record(ctx, a, func(st checkin.State) (out checkin.Outcome, err error) {
					out, refusal = decide(st)
					return out, nil
				})
				return scan, st, errors.Join(err, refusal)
			}}
			return tx
		},
	},
}

func commitsAlways(tx hostTx, _ *sql.DB) hostTx {
	tx.rollback = tx.commit
	return tx
}

// ending rolls back when err is the one.
func (tx hostTx) ending(err, one error) error {
	if errors.Is(err, one) {
		return errors.Join(err, tx.rollback())
	}
	return err
}

// recording ends the transaction after some errors of Record.
func recording(ends func(error) bool) func(tx hostTx, db *sql.DB) hostTx {
	return func(tx hostTx, _ *sql.DB) hostTx {
		right := tx.Scans
		tx.Scans = scans{Scans: right, record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
			scan, st, err := right.Record(ctx, a, decide)
			if ends(err) {
				err = errors.Join(err, tx.rollback())
			}
			return scan, st, err
		}}
		return tx
	}
}

func TestJoinedChecks_findEachMistakeThatAJoinedStoreMakes(t *testing.T) {
	t.Parallel()
	stores, db := checkintest.NewStores(t)
	for _, check := range checkintest.JoinedChecks() {
		broken := joinedMistakes[check.Name]
		require.NotEmpty(t, broken, "no store breaks the clause: %s", check.Name)
		for name, mistake := range broken {
			t.Run(check.Name+" unlike in a store that "+name, func(t *testing.T) {
				begin := func(t testing.TB) (joined checkin.Stores, commit, rollback func() error) {
					tx, err := db.BeginTx(t.Context(), nil)
					require.NoError(t, err)
					broken := mistake(hostTx{stores.WithTx(tx), tx.Commit, tx.Rollback}, db)
					return broken.Stores, broken.commit, broken.rollback
				}
				failed, _ := tbtest.Run(t, func(t testing.TB) { check.Run(t, begin) })
				require.True(t, failed)
			})
		}
	}
	require.Len(t, joinedMistakes, len(checkintest.JoinedChecks()), "a mistake breaks a clause that isn't there")
}
