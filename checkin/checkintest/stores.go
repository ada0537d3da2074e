package checkintest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
)

var storeChecks = []Check{
	{"nothing of another tenant is read or changed", func(t testing.TB, s checkin.Stores) {
		mine, theirs := newTenant(), newTenant()
		b := booking(theirs, "b")
		observe(t, s, b)
		record(t, s, b, "n", "scan")
		require.NoError(t, s.Keys.Create(t.Context(), keyRecord(theirs, "aaaaaaaa", checkin.KeyActive)))
		key := checkin.Key{TenantID: mine, BookingID: "b"}

		_, err := s.Scans.State(t.Context(), key)
		require.ErrorIs(t, err, checkin.ErrNotFound)
		_, err = s.Scans.Scan(t.Context(), mine, "scan")
		require.ErrorIs(t, err, checkin.ErrNotFound)
		history, err := s.Scans.History(t.Context(), key)
		require.NoError(t, err)
		require.Empty(t, history)
		day, err := s.Scans.Day(t.Context(), checkin.DayQuery{
			TenantID: mine, VenueID: "venue", From: noon.Add(-time.Hour), Until: noon.Add(24 * time.Hour), Limit: 10,
		})
		require.NoError(t, err)
		require.Empty(t, day)
		found, err := s.Scans.ByReference(t.Context(), checkin.ReferenceQuery{
			TenantID: mine, VenueID: "venue", Reference: "ABC123", From: noon.Add(-time.Hour), Until: noon.Add(24 * time.Hour),
		})
		require.NoError(t, err)
		require.Empty(t, found)
		bookings, err := s.Customers.Bookings(t.Context(), checkin.CustomerKey{TenantID: mine, CustomerID: "customer"}, "", 10)
		require.NoError(t, err)
		require.Empty(t, bookings)
		keys, err := s.Keys.List(t.Context(), mine)
		require.NoError(t, err)
		require.Empty(t, keys)
		leases, err := s.Outbox.Claim(t.Context(), mine, "me", noon, noon.Add(time.Minute), 10)
		require.NoError(t, err)
		require.Empty(t, leases)

		require.NoError(t, s.Customers.Erase(t.Context(), checkin.CustomerKey{TenantID: mine, CustomerID: "customer"}, noon))
		require.NoError(t, s.Keys.Create(t.Context(), keyRecord(mine, "aaaaaaaa", checkin.KeyActive)))
		require.NoError(t, s.Keys.SetState(t.Context(), mine, "aaaaaaaa", checkin.KeyActive, checkin.KeyRevoked, noon))
		observe(t, s, booking(mine, "b"))
		record(t, s, booking(mine, "b"), "n", "scan")
		state, err := s.Scans.State(t.Context(), b.Key())
		require.NoError(t, err)
		require.Equal(t, "customer", state.Booking.CustomerID)
		require.Equal(t, 1, state.Admission.Guests)
		keys, err = s.Keys.List(t.Context(), theirs)
		require.NoError(t, err)
		require.Len(t, keys, 1)
		require.Equal(t, checkin.KeyActive, keys[0].State)
	}},
	{"what is returned is the caller's own", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		data := []byte(`{"n":1}`)
		_, _, err := s.Scans.Record(t.Context(), attempt(b, "n"), func(st checkin.State) (checkin.Outcome, error) {
			out, err := admitting("scan")(st)
			out.Events[0].Data = data
			return out, err
		})
		require.NoError(t, err)
		copy(data, "scribble")
		history, err := s.Scans.History(t.Context(), b.Key())
		require.NoError(t, err)
		require.Len(t, history, 1)
		history[0].Code = checkin.BadToken
		again, err := s.Scans.History(t.Context(), b.Key())
		require.NoError(t, err)
		require.Len(t, again, 1)
		require.Equal(t, checkin.OK, again[0].Code)
		leases, err := s.Outbox.Claim(t.Context(), b.TenantID, "me", noon, noon.Add(time.Minute), 10)
		require.NoError(t, err)
		require.Len(t, leases, 1)
		require.Len(t, leases[0].Events, 1)
		require.JSONEq(t, `{"n":1}`, string(leases[0].Events[0].Data))
	}},
	{"a context that has ended changes nothing of the scans", func(t testing.TB, s checkin.Stores) {
		b, ctx := booking(newTenant(), "b"), cancelled(t)
		_, err := s.Scans.Observe(ctx, b)
		require.Error(t, err)
		_, err = s.Scans.State(t.Context(), b.Key())
		require.ErrorIs(t, err, checkin.ErrNotFound)
		observe(t, s, b)
		_, _, err = s.Scans.Record(ctx, attempt(b, "n"), admitting("scan"))
		require.Error(t, err)
		state, err := s.Scans.State(t.Context(), b.Key())
		require.NoError(t, err)
		require.Equal(t, checkin.State{Booking: stored(b)}, state)
	}},
	{"a context that has ended changes nothing of the keys", func(t testing.TB, s checkin.Stores) {
		tenant, ctx := newTenant(), cancelled(t)
		require.Error(t, s.Keys.Create(ctx, keyRecord(tenant, "aaaaaaaa", checkin.KeyActive)))
		keys, err := s.Keys.List(t.Context(), tenant)
		require.NoError(t, err)
		require.Empty(t, keys)
		require.NoError(t, s.Keys.Create(t.Context(), keyRecord(tenant, "aaaaaaaa", checkin.KeyActive)))
		require.Error(t, s.Keys.SetState(ctx, tenant, "aaaaaaaa", checkin.KeyActive, checkin.KeyRevoked, noon))
		keys, err = s.Keys.List(t.Context(), tenant)
		require.NoError(t, err)
		require.Len(t, keys, 1)
		require.Equal(t, checkin.KeyActive, keys[0].State)
	}},
	{"a context that has ended changes nothing of the customers", func(t testing.TB, s checkin.Stores) {
		tenant, ctx := newTenant(), cancelled(t)
		b, key := booking(tenant, "b"), checkin.CustomerKey{TenantID: tenant, CustomerID: "customer"}
		observe(t, s, b)
		require.Error(t, s.Customers.Merge(ctx, key, "heir", noon))
		require.Error(t, s.Customers.Erase(ctx, key, noon))
		id, err := s.Customers.Resolve(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, "customer", id)
		state, err := s.Scans.State(t.Context(), b.Key())
		require.NoError(t, err)
		require.Equal(t, "customer", state.Booking.CustomerID)
	}},
	{"a context that has ended changes nothing of the outbox", func(t testing.TB, s checkin.Stores) {
		tenant, ctx, until := newTenant(), cancelled(t), noon.Add(time.Minute)
		pending(t, s, tenant, "b")
		_, err := s.Outbox.Claim(ctx, tenant, "me", noon, until, 10)
		require.Error(t, err)
		l := claimOne(t, s, tenant, "me", noon, until)
		require.Error(t, s.Outbox.Delivered(ctx, l, l.Events[0].ID))
		require.Error(t, s.Outbox.Release(ctx, l, noon, true))
		held, err := s.Outbox.Claim(t.Context(), tenant, "you", noon, until, 10)
		require.NoError(t, err)
		require.Empty(t, held)
		require.NoError(t, s.Outbox.Release(t.Context(), l, noon, false))
		l = claimOne(t, s, tenant, "you", noon, until)
		require.Len(t, l.Events, 1)
		require.Zero(t, l.Failures)
	}},
}
