package demo_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/examples/server/demo"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
	"github.com/petanque-life/venuekit/internal/sqldb"
)

// observer makes a Changed of what only looks at the booking.
func observer(f func(booking.Booking) error) func(context.Context, bunx.Tx, booking.Booking) error {
	return func(_ context.Context, _ bunx.Tx, b booking.Booking) error { return f(b) }
}

// bucket reads all of a customer's bookings in a bucket.
func bucket(t *testing.T, place demo.Target, a demo.Account, bucket booking.Bucket) (all []booking.Booking) {
	t.Helper()
	c, err := place.Accounts.CustomerByEmail(t.Context(), a.TenantID, a.Email)
	require.NoError(t, err)
	require.False(t, c.VerifiedAt.IsZero(), "%s has proved the address", a.Email)
	var after booking.Position
	for {
		page, err := place.Engine.CustomerPage(t.Context(), booking.CustomerKey{TenantID: a.TenantID, CustomerID: c.ID}, bucket, place.Now, after, 50)
		require.NoError(t, err)
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		after = page[len(page)-1].Position()
	}
}

func TestEveryAccountIsWhatItsNoteSays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		place := target(t, db, d, made, nil)
		require.NoError(t, demo.SeedShare(t.Context(), place, few))
		for _, a := range demo.Accounts() {
			kind := account.KindOperator
			if a.Role == demo.RoleCustomer {
				kind = account.KindCustomer
			}
			token, err := place.Accounts.IssueLink(t.Context(), a.TenantID, a.Email, kind)
			require.NoError(t, err, "%+v", a)
			session, _, err := place.Accounts.Redeem(t.Context(), a.TenantID, token, made, "127.0.0.1", "test")
			require.NoError(t, err)
			if kind == account.KindOperator {
				require.Equal(t, account.Role(a.Role), session.Role)
				continue
			}
			upcoming, history := bucket(t, place, a, booking.BucketUpcoming), bucket(t, place, a, booking.BucketHistory)
			switch a.Note {
			case demo.NoteManyBookings:
				require.Greater(t, len(history), 220)
				require.NotEmpty(t, upcoming)
			case demo.NoteTwoVisitsFromGold:
				require.Len(t, upcoming, 1)
				require.NotEmpty(t, history)
				require.Len(t, history[0].Resources, 2)
			case demo.NoteBookingTonight:
				require.Len(t, upcoming, 1)
				require.True(t, open(upcoming[0], made))
			case demo.NoteNewCustomer:
				require.Empty(t, upcoming)
				require.Empty(t, history)
				require.Empty(t, bucket(t, place, a, booking.BucketCancelled))
			}
		}
	})
}

func TestAFirstHostWorksWhereTonightsBookingIs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		place := target(t, db, d, made, nil)
		require.NoError(t, demo.SeedShare(t.Context(), place, 0))
		first := map[string]demo.Account{}
		for _, a := range demo.Accounts() {
			if _, ok := first[a.TenantID+a.Role]; a.Role != demo.RoleCustomer && !ok {
				first[a.TenantID+a.Role] = a
			}
			if a.Note != demo.NoteBookingTonight {
				continue
			}
			b := bucket(t, place, a, booking.BucketUpcoming)[0]
			operators, err := place.Accounts.Operators(t.Context(), a.TenantID)
			require.NoError(t, err)
			for _, o := range operators {
				switch o.Email {
				case first[a.TenantID+demo.RoleHost].Email, first[a.TenantID+demo.RoleManager].Email:
					require.Equal(t, []string{b.VenueID}, o.Venues)
				case first[a.TenantID+demo.RoleOwner].Email:
					require.Empty(t, o.Venues, "an owner has all")
				}
			}
		}
	})
}

func TestOnlyWhatStillConcernsOthersIsObserved(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		observed := map[string]bool{}
		place := target(t, db, d, made, func(b booking.Booking) error {
			observed[b.ID] = true
			return nil
		})
		require.NoError(t, demo.SeedShare(t.Context(), place, few))
		for _, b := range demo.Plan(made, 1, few) {
			require.Equal(t, !b.EndsAt.Before(made.Add(-48*time.Hour)), observed[b.ID], "%+v", b)
		}
		clear(observed)
		require.NoError(t, demo.SeedShare(t.Context(), place, few))
		require.Empty(t, observed, "a repetition tells nobody anything")
	})
}

// mortal is a context that is cancelled when it has been asked so many times.
type mortal struct {
	context.Context
	left   atomic.Int64
	cancel context.CancelFunc
}

func (m *mortal) Done() <-chan struct{} {
	if m.left.Add(-1) == 0 {
		m.cancel()
	}
	return m.Context.Done()
}

func TestADemoCutShortIsMadeWholeByMakingItAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		whole := dbtest.Open(t, d)
		require.NoError(t, demo.SeedShare(t.Context(), target(t, whole, d, made, nil), few))

		observed := 0
		crash := errors.New("crash")
		place := target(t, db, d, made, func(booking.Booking) error {
			if observed++; observed == 5 {
				return crash
			}
			return nil
		})
		deaths, last := 0, 0
		for asked := int64(20); ; asked *= 2 {
			ctx, cancel := context.WithCancel(t.Context())
			m := &mortal{Context: ctx, cancel: cancel}
			m.left.Store(asked)
			err := demo.SeedShare(m, place, few)
			cancel()
			if err == nil {
				break
			}
			require.True(t, errors.Is(err, context.Canceled) || errors.Is(err, crash), "%v", err)
			now := len(dump(t, db))
			require.GreaterOrEqual(t, now, last)
			deaths, last = deaths+1, now
		}
		require.Greater(t, deaths, 3)
		require.NotZero(t, last, "some deaths left a part behind")
		require.Equal(t, dump(t, whole), dump(t, db))
	})
}

func TestReplicasThatMakeItAtOnceMakeItOnce(t *testing.T) {
	t.Parallel()
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		t.Run(d.String(), func(t *testing.T) {
			whole := dbtest.Open(t, d)
			require.NoError(t, demo.SeedShare(t.Context(), target(t, whole, d, made, nil), few))

			url := dbtest.URL(t, d)
			var observed atomic.Int64
			var places [2]demo.Target
			var pools [2]*sql.DB
			for i := range places {
				db, _, err := sqldb.Open(t.Context(), url)
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, db.Close()) })
				pools[i] = db
				places[i] = target(t, db, d, made, func(booking.Booking) error {
					observed.Add(1)
					return nil
				})
			}
			var wg sync.WaitGroup
			var errs [2]error
			for i, place := range places {
				wg.Go(func() { errs[i] = demo.SeedShare(t.Context(), place, few) })
			}
			wg.Wait()
			require.NoError(t, errors.Join(errs[:]...))
			require.Equal(t, dump(t, whole), dump(t, pools[0]))
			require.NotZero(t, observed.Load())
		})
	}
}

func TestDatabasesTakeDemosMadeOnOddNights(t *testing.T) {
	t.Parallel()
	all := moments(t)
	for _, now := range []time.Time{all[8], all[16+3], all[32+4]} {
		t.Run(now.Format(time.RFC3339), func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
				require.NoError(t, demo.SeedShare(t.Context(), target(t, db, d, now, nil), 0))
			})
		})
	}
}
