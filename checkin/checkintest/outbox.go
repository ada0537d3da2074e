package checkintest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
)

// everyone is a limit above all the tenants that earlier tests have left events of.
const everyone = math.MaxInt32

// pending observes bookings of a tenant and admits each: a subject with one
// event, due at noon.
func pending(t testing.TB, s checkin.Stores, tenant string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		b := booking(tenant, id)
		observe(t, s, b)
		record(t, s, b, "n-"+id, "scan-"+id)
	}
}

// claimOne is a Claim that must lease one subject.
func claimOne(t testing.TB, s checkin.Stores, tenant, owner string, now, until time.Time) checkin.Lease {
	t.Helper()
	leases, err := s.Outbox.Claim(t.Context(), tenant, owner, now, until, 10)
	require.NoError(t, err)
	require.Len(t, leases, 1)
	return leases[0]
}

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
	{"a lease that is lost is ErrLost and changes nothing, by its owner and by its attempt", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		record(t, s, b, "n", "scan")
		slow := claimOne(t, s, b.TenantID, "me", noon, noon.Add(time.Minute))
		again := claimOne(t, s, b.TenantID, "me", noon.Add(time.Minute), noon.Add(2*time.Minute))
		taken := claimOne(t, s, b.TenantID, "you", noon.Add(2*time.Minute), noon.Add(3*time.Minute))
		otherOwner, otherAttempt := taken, taken
		otherOwner.Owner, otherAttempt.Attempt = "me", again.Attempt
		for _, lost := range []checkin.Lease{slow, again, otherOwner, otherAttempt} {
			require.ErrorIs(t, s.Outbox.Delivered(t.Context(), lost, "event-scan"), checkin.ErrLost)
			require.NoError(t, s.Outbox.Release(t.Context(), lost, noon, true))
		}
		held, err := s.Outbox.Claim(t.Context(), b.TenantID, "me", noon.Add(2*time.Minute), noon.Add(time.Hour), 10)
		require.NoError(t, err)
		require.Empty(t, held)
		require.NoError(t, s.Outbox.Release(t.Context(), taken, noon, false))
		require.ErrorIs(t, s.Outbox.Delivered(t.Context(), taken, "event-scan"), checkin.ErrLost)
		last := claimOne(t, s, b.TenantID, "me", noon, noon.Add(time.Minute))
		require.Zero(t, last.Failures)
		require.Len(t, last.Events, 1)
		require.NoError(t, s.Outbox.Delivered(t.Context(), last, "event-scan"))
	}},
	{"of many who claim at once each gets subjects of its own", func(t testing.TB, s checkin.Stores) {
		tenant := newTenant()
		pending(t, s, tenant, "a", "b", "c", "d")
		got := make([][]checkin.Lease, 4)
		errs := together(len(got), func(i int) (err error) {
			got[i], err = s.Outbox.Claim(t.Context(), tenant, fmt.Sprint("relay", i), noon, noon.Add(time.Minute), 2)
			return err
		})
		require.NoError(t, errors.Join(errs...))
		leased := map[string]int{}
		for _, l := range slices.Concat(got...) {
			leased[l.Subject]++
			require.Equal(t, 1, leased[l.Subject])
		}
	}},
	{"no more subjects are claimed than the limit, and the others are left", func(t testing.TB, s checkin.Stores) {
		tenant := newTenant()
		pending(t, s, tenant, "a", "b", "c")
		var got []string
		for _, want := range []int{2, 1, 0} {
			leases, err := s.Outbox.Claim(t.Context(), tenant, "me", noon, noon.Add(time.Minute), 2)
			require.NoError(t, err)
			require.Len(t, leases, want)
			for _, l := range leases {
				got = append(got, l.Subject)
				require.Len(t, l.Events, 1)
				require.Equal(t, l.Subject, l.Events[0].Subject)
			}
		}
		require.ElementsMatch(t, []string{"a", "b", "c"}, got)
	}},
	{"a subject that isn't due is left alone", func(t testing.TB, s checkin.Stores) {
		tenant, later := newTenant(), noon.Add(time.Hour)
		pending(t, s, tenant, "later", "now")
		leases, err := s.Outbox.Claim(t.Context(), tenant, "me", noon, noon.Add(time.Minute), 10)
		require.NoError(t, err)
		require.Len(t, leases, 2)
		for _, l := range leases {
			next := noon
			if l.Subject == "later" {
				next = later
			}
			require.NoError(t, s.Outbox.Release(t.Context(), l, next, false))
		}
		now := claimOne(t, s, tenant, "me", later.Add(-time.Microsecond), later.Add(time.Hour))
		require.Equal(t, "now", now.Subject)
		require.Equal(t, "later", claimOne(t, s, tenant, "me", later, later.Add(time.Hour)).Subject)
	}},
	{"the tenants with events due are told once each, up to the limit", func(t testing.TB, s checkin.Stores) {
		one, other := newTenant(), newTenant()
		pending(t, s, one, "a", "b")
		pending(t, s, other, "a")
		early, err := s.Outbox.Due(t.Context(), noon.Add(-time.Microsecond), everyone)
		require.NoError(t, err)
		require.NotContains(t, early, one)
		due, err := s.Outbox.Due(t.Context(), noon, everyone)
		require.NoError(t, err)
		require.Subset(t, due, []string{one, other})
		slices.Sort(due)
		require.Equal(t, slices.Compact(slices.Clone(due)), due)
		for limit := 1; limit <= 2; limit++ {
			some, err := s.Outbox.Due(t.Context(), noon, limit)
			require.NoError(t, err)
			require.Len(t, some, limit)
		}
	}},
	{"an event that is delivered ends the failures in a row", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		for _, id := range []string{"first", "second"} {
			_, _, err := s.Scans.Record(t.Context(), attempt(b, id), func(st checkin.State) (checkin.Outcome, error) {
				return admitting(id)(checkin.State{Booking: st.Booking})
			})
			require.NoError(t, err)
		}
		for failures := range 2 {
			l := claimOne(t, s, b.TenantID, "me", noon, noon.Add(time.Minute))
			require.Equal(t, failures, l.Failures)
			require.NoError(t, s.Outbox.Release(t.Context(), l, noon, true))
		}
		l := claimOne(t, s, b.TenantID, "me", noon, noon.Add(time.Minute))
		require.Equal(t, 2, l.Failures)
		require.NoError(t, s.Outbox.Delivered(t.Context(), l, "event-first"))
		require.NoError(t, s.Outbox.Release(t.Context(), l, noon, true))
		require.Equal(t, 1, claimOne(t, s, b.TenantID, "me", noon, noon.Add(time.Minute)).Failures)
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
		due, err := s.Outbox.Due(t.Context(), noon.Add(59*time.Minute), everyone)
		require.NoError(t, err)
		require.NotContains(t, due, b.TenantID)
		due, err = s.Outbox.Due(t.Context(), noon.Add(time.Hour), everyone)
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
		due, err := s.Outbox.Due(t.Context(), noon.Add(time.Hour), everyone)
		require.NoError(t, err)
		require.NotContains(t, due, b.TenantID)
	}},
}
