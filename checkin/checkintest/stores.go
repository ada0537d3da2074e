package checkintest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
)

var outboxChecks = []Check{
	{"events are claimed once, in order, until they are delivered", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		record(t, s, b, "n", "scan")
		_, _, err := s.Scans.Record(t.Context(), attempt(b, "undo"), func(st checkin.State) (checkin.Outcome, error) {
			out, err := admitting("undo")(checkin.State{Booking: st.Booking})
			return out, err
		})
		require.NoError(t, err)
		until := noon.Add(time.Minute)
		leases, err := s.Outbox.Claim(t.Context(), b.TenantID, "me", noon, until, 10)
		require.NoError(t, err)
		require.Len(t, leases, 1)
		require.Len(t, leases[0].Events, 2)
		first := leases[0].Events[0]
		require.Equal(t, "event-scan", first.ID)
		require.Equal(t, "event-undo", leases[0].Events[1].ID)
		require.Equal(t, checkin.Event{
			TenantID: b.TenantID, ID: "event-scan", Subject: b.ID, Kind: checkin.EventAdmitted, At: micro(noon), Data: first.Data,
		}, first)
		require.JSONEq(t, `{"n":1}`, string(first.Data))
		again, err := s.Outbox.Claim(t.Context(), b.TenantID, "you", noon, until, 10)
		require.NoError(t, err)
		require.Empty(t, again)
		require.NoError(t, s.Outbox.Delivered(t.Context(), leases[0], "event-scan"))
		require.NoError(t, s.Outbox.Release(t.Context(), leases[0], noon, false))
		rest, err := s.Outbox.Claim(t.Context(), b.TenantID, "you", noon, until, 10)
		require.NoError(t, err)
		require.Len(t, rest, 1)
		require.Len(t, rest[0].Events, 1)
		require.Equal(t, "event-undo", rest[0].Events[0].ID)
	}},
	{"a subject whose lease has ended is another's, and the late one is told", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		record(t, s, b, "n", "scan")
		slow, err := s.Outbox.Claim(t.Context(), b.TenantID, "slow", noon, noon.Add(time.Minute), 10)
		require.NoError(t, err)
		taken, err := s.Outbox.Claim(t.Context(), b.TenantID, "next", noon.Add(time.Minute), noon.Add(2*time.Minute), 10)
		require.NoError(t, err)
		require.Len(t, taken, 1)
		require.Len(t, slow, 1)
		require.Error(t, s.Outbox.Delivered(t.Context(), slow[0], "event-scan"))
		require.NoError(t, s.Outbox.Release(t.Context(), slow[0], noon, true))
		require.NoError(t, s.Outbox.Delivered(t.Context(), taken[0], "event-scan"))
	}},
	{"a failure is counted and waits for its time", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		record(t, s, b, "n", "scan")
		leases, err := s.Outbox.Claim(t.Context(), b.TenantID, "me", noon, noon.Add(time.Minute), 10)
		require.NoError(t, err)
		require.Len(t, leases, 1)
		require.Zero(t, leases[0].Failures)
		require.NoError(t, s.Outbox.Release(t.Context(), leases[0], noon.Add(time.Hour), true))
		early, err := s.Outbox.Claim(t.Context(), b.TenantID, "me", noon.Add(59*time.Minute), noon.Add(2*time.Hour), 10)
		require.NoError(t, err)
		require.Empty(t, early)
		due, err := s.Outbox.Due(t.Context(), noon.Add(time.Hour), 1000)
		require.NoError(t, err)
		require.Contains(t, due, b.TenantID)
		late, err := s.Outbox.Claim(t.Context(), b.TenantID, "me", noon.Add(time.Hour), noon.Add(2*time.Hour), 10)
		require.NoError(t, err)
		require.Len(t, late, 1)
		require.Equal(t, 1, late[0].Failures)
	}},
	{"a subject without pending events is due no more", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		record(t, s, b, "n", "scan")
		leases, err := s.Outbox.Claim(t.Context(), b.TenantID, "me", noon, noon.Add(time.Minute), 10)
		require.NoError(t, err)
		require.Len(t, leases, 1)
		require.NoError(t, s.Outbox.Delivered(t.Context(), leases[0], "event-scan"))
		require.NoError(t, s.Outbox.Release(t.Context(), leases[0], noon, false))
		due, err := s.Outbox.Due(t.Context(), noon.Add(time.Hour), 1000)
		require.NoError(t, err)
		require.NotContains(t, due, b.TenantID)
	}},
}

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
	{"a context that has ended changes nothing", func(t testing.TB, s checkin.Stores) {
		tenant, ctx := newTenant(), cancelled(t)
		b := booking(tenant, "b")
		_, err := s.Scans.Observe(ctx, b)
		require.Error(t, err)
		_, err = s.Scans.State(t.Context(), b.Key())
		require.ErrorIs(t, err, checkin.ErrNotFound)
		observe(t, s, b)
		_, _, err = s.Scans.Record(ctx, attempt(b, "n"), admitting("scan"))
		require.Error(t, err)
		require.Error(t, s.Keys.Create(ctx, keyRecord(tenant, "aaaaaaaa", checkin.KeyActive)))
		require.Error(t, s.Customers.Erase(ctx, checkin.CustomerKey{TenantID: tenant, CustomerID: "customer"}, noon))
		state, err := s.Scans.State(t.Context(), b.Key())
		require.NoError(t, err)
		require.Equal(t, checkin.State{Booking: stored(b)}, state)
		keys, err := s.Keys.List(t.Context(), tenant)
		require.NoError(t, err)
		require.Empty(t, keys)
	}},
}
