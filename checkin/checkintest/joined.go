package checkintest

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
)

// Begin begins a transaction of the host and returns stores that are joined to
// it, and what ends it. Of the two only the first that is called has an effect.
type Begin func(t testing.TB) (joined checkin.Stores, commit, rollback func() error)

// JoinedCheck is one clause of the contract of joined stores.
type JoinedCheck struct {
	Name string
	Run  func(t testing.TB, begin Begin)
}

// TestJoined runs every check against stores joined to the transactions that
// begin makes, one transaction at a time.
func TestJoined(t *testing.T, begin Begin) {
	for _, check := range JoinedChecks() {
		t.Run(check.Name, func(t *testing.T) { check.Run(t, begin) })
	}
}

// JoinedChecks returns the contract of stores joined to a transaction.
func JoinedChecks() []JoinedCheck {
	return []JoinedCheck{
		{"what is written in a transaction is seen in it and kept when it is committed", func(t testing.TB, begin Begin) {
			tenant := newTenant()
			begin.committed(t, func(s checkin.Stores) {
				work(t, s, tenant)
				worked(t, s, tenant)
			})
			begin.rolledBack(t, func(s checkin.Stores) { worked(t, s, tenant) })
		}},
		{"what is written in a transaction is gone with its events when it is rolled back", func(t testing.TB, begin Begin) {
			tenant := newTenant()
			begin.rolledBack(t, func(s checkin.Stores) { work(t, s, tenant) })
			begin.rolledBack(t, func(s checkin.Stores) { unworked(t, s, tenant) })
		}},
		{"a change in a transaction that is rolled back leaves what was there", func(t testing.TB, begin Begin) {
			tenant := newTenant()
			begin.committed(t, func(s checkin.Stores) { work(t, s, tenant) })
			begin.rolledBack(t, func(s checkin.Stores) {
				next := booking(tenant, "b")
				next.Revision++
				observe(t, s, next)
				record(t, s, next, "more", "more")
				require.NoError(t, s.Keys.SetState(t.Context(), tenant, "aaaaaaaa", checkin.KeyActive, checkin.KeyRevoked, noon))
				require.NoError(t, s.Customers.Erase(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: "customer"}, noon))
				l := claimOne(t, s, tenant, "me", noon, noon)
				require.NoError(t, s.Outbox.Delivered(t.Context(), l, l.Events[0].ID))
			})
			begin.rolledBack(t, func(s checkin.Stores) { worked(t, s, tenant) })
		}},
		{"a transaction stays usable after ErrExists", usableAfter(checkin.ErrExists, exists)},
		{"a transaction stays usable after ErrConflict", usableAfter(checkin.ErrConflict, conflicts)},
		{"a transaction stays usable after ErrNotFound", usableAfter(checkin.ErrNotFound, absences)},
		{"a transaction stays usable after an error of the decision", usableAfter(errDecision, refusals)},
	}
}

// committed runs f in a transaction, and undoes it when f fails the test.
func (b Begin) committed(t testing.TB, f func(s checkin.Stores)) {
	t.Helper()
	s, commit, rollback := b(t)
	defer func() { _ = rollback() }()
	f(s)
	require.NoError(t, commit())
}

// rolledBack runs f in a transaction and undoes it.
func (b Begin) rolledBack(t testing.TB, f func(s checkin.Stores)) {
	t.Helper()
	s, _, rollback := b(t)
	defer func() { _ = rollback() }()
	f(s)
	require.NoError(t, rollback())
}

// work writes something to each of the stores.
func work(t testing.TB, s checkin.Stores, tenant string) {
	t.Helper()
	pending(t, s, tenant, "b")
	observe(t, s, booking(tenant, "other"))
	require.NoError(t, s.Keys.Create(t.Context(), keyRecord(tenant, "aaaaaaaa", checkin.KeyActive)))
	require.NoError(t, s.Keys.Create(t.Context(), keyRecord(tenant, "bbbbbbbb", checkin.KeyNext)))
	require.NoError(t, s.Customers.Merge(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: "before"}, "customer", noon))
	require.NoError(t, s.Customers.Erase(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: "gone"}, noon))
}

// worked requires that all of work is there, and nothing else in its place. It
// leases the events, and so belongs into a transaction that is undone, or that
// leases them only until noon.
func worked(t testing.TB, s checkin.Stores, tenant string) {
	t.Helper()
	state, err := s.Scans.State(t.Context(), checkin.Key{TenantID: tenant, BookingID: "b"})
	require.NoError(t, err)
	require.Equal(t, stored(booking(tenant, "b")), state.Booking)
	require.Equal(t, 1, state.Admission.Guests)
	history, err := s.Scans.History(t.Context(), state.Booking.Key())
	require.NoError(t, err)
	require.Len(t, history, 1)
	keys, err := s.Keys.List(t.Context(), tenant)
	require.NoError(t, err)
	require.Len(t, keys, 2)
	require.Equal(t, checkin.KeyActive, keys[0].State)
	id, err := s.Customers.Resolve(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: "before"})
	require.NoError(t, err)
	require.Equal(t, "customer", id)
	require.Len(t, claimOne(t, s, tenant, "me", noon, noon).Events, 1)
}

// unworked requires that nothing of work is there.
func unworked(t testing.TB, s checkin.Stores, tenant string) {
	t.Helper()
	_, err := s.Scans.State(t.Context(), checkin.Key{TenantID: tenant, BookingID: "b"})
	require.ErrorIs(t, err, checkin.ErrNotFound)
	_, err = s.Scans.Scan(t.Context(), tenant, "scan-b")
	require.ErrorIs(t, err, checkin.ErrNotFound)
	keys, err := s.Keys.List(t.Context(), tenant)
	require.NoError(t, err)
	require.Empty(t, keys)
	for _, name := range []string{"before", "gone"} {
		id, err := s.Customers.Resolve(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: name})
		require.NoError(t, err)
		require.Equal(t, name, id)
	}
	due, err := s.Outbox.Due(t.Context(), noon, everyone)
	require.NoError(t, err)
	require.NotContains(t, due, tenant)
	leases, err := s.Outbox.Claim(t.Context(), tenant, "me", noon, noon, 10)
	require.NoError(t, err)
	require.Empty(t, leases)
}

// failing is a call that fails after work.
type failing func(ctx context.Context, s checkin.Stores, tenant string) error

// usableAfter returns a check that work before a failing call and after it are
// kept by the same transaction.
func usableAfter(want error, calls map[string]failing) func(t testing.TB, begin Begin) {
	return func(t testing.TB, begin Begin) {
		for name, call := range calls {
			tenant, after := newTenant(), newTenant()
			begin.committed(t, func(s checkin.Stores) {
				work(t, s, tenant)
				require.ErrorIs(t, call(t.Context(), s, tenant), want, name)
				worked(t, s, tenant)
				work(t, s, after)
			})
			begin.rolledBack(t, func(s checkin.Stores) {
				worked(t, s, tenant)
				worked(t, s, after)
			})
		}
	}
}

var exists = map[string]failing{
	"a key of the same id": func(ctx context.Context, s checkin.Stores, tenant string) error {
		return s.Keys.Create(ctx, keyRecord(tenant, "bbbbbbbb", checkin.KeyNext))
	},
	"a second active key": func(ctx context.Context, s checkin.Stores, tenant string) error {
		return s.Keys.Create(ctx, keyRecord(tenant, "cccccccc", checkin.KeyActive))
	},
}

var conflicts = map[string]failing{
	"a move from another state": func(ctx context.Context, s checkin.Stores, tenant string) error {
		return s.Keys.SetState(ctx, tenant, "aaaaaaaa", checkin.KeyNext, checkin.KeyRevoked, noon)
	},
	"a move to a second active key": func(ctx context.Context, s checkin.Stores, tenant string) error {
		return s.Keys.SetState(ctx, tenant, "bbbbbbbb", checkin.KeyNext, checkin.KeyActive, noon)
	},
	"a nonce with another text": func(ctx context.Context, s checkin.Stores, tenant string) error {
		a := attempt(booking(tenant, "b"), "n-b")
		a.Digest[0]++
		_, _, err := s.Scans.Record(ctx, a, admitting("second"))
		return err
	},
	"a nonce of another booking": func(ctx context.Context, s checkin.Stores, tenant string) error {
		_, _, err := s.Scans.Record(ctx, attempt(booking(tenant, "other"), "n-b"), admitting("second"))
		return err
	},
}

var absences = map[string]failing{
	"the state of a booking": func(ctx context.Context, s checkin.Stores, tenant string) error {
		_, err := s.Scans.State(ctx, checkin.Key{TenantID: tenant, BookingID: "absent"})
		return err
	},
	"a scan of a booking": func(ctx context.Context, s checkin.Stores, tenant string) error {
		_, _, err := s.Scans.Record(ctx, attempt(booking(tenant, "absent"), "n"), admitting("second"))
		return err
	},
	"a scan by its id": func(ctx context.Context, s checkin.Stores, tenant string) error {
		_, err := s.Scans.Scan(ctx, tenant, "absent")
		return err
	},
	"a scan by its nonce": func(ctx context.Context, s checkin.Stores, tenant string) error {
		_, err := s.Scans.ByNonce(ctx, tenant, "door", "absent")
		return err
	},
	"a move of a key": func(ctx context.Context, s checkin.Stores, tenant string) error {
		return s.Keys.SetState(ctx, tenant, "absentee", checkin.KeyActive, checkin.KeyRevoked, noon)
	},
	"an erased customer": func(ctx context.Context, s checkin.Stores, tenant string) error {
		_, err := s.Customers.Resolve(ctx, checkin.CustomerKey{TenantID: tenant, CustomerID: "gone"})
		return err
	},
}

var errDecision = errors.New("no")

var refusals = map[string]failing{
	"a refused scan": func(ctx context.Context, s checkin.Stores, tenant string) error {
		_, _, err := s.Scans.Record(ctx, attempt(booking(tenant, "b"), "n"), func(st checkin.State) (checkin.Outcome, error) {
			out, _ := admitting("second")(st)
			return out, errDecision
		})
		return err
	},
}
