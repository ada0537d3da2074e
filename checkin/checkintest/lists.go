package checkintest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
)

var listChecks = []Check{
	{"a day is listed by start and then by the bytes of the id", func(t testing.TB, s checkin.Stores) {
		tenant := newTenant()
		for _, id := range []string{"b", "B", "a", "å", "Z", "-"} {
			observe(t, s, booking(tenant, id))
		}
		early := booking(tenant, "zz")
		early.StartsAt = noon
		observe(t, s, early)
		q := checkin.DayQuery{TenantID: tenant, VenueID: "venue", From: noon, Until: noon.Add(2 * time.Hour), Limit: 3}
		var got []string
		for {
			page, err := s.Scans.Day(t.Context(), q)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page), 3)
			if len(page) == 0 {
				break
			}
			for _, st := range page {
				got = append(got, st.Booking.ID)
				q.After = checkin.Position{StartsAt: st.Booking.StartsAt, BookingID: st.Booking.ID}
			}
		}
		require.Equal(t, []string{"zz", "-", "B", "Z", "a", "b", "å"}, got)
	}},
	{"a day holds its first moment and not its last, and no other venue", func(t testing.TB, s checkin.Stores) {
		tenant := newTenant()
		first, last, other := booking(tenant, "first"), booking(tenant, "last"), booking(tenant, "other")
		first.StartsAt, last.StartsAt, last.EndsAt = noon, noon.Add(2*time.Hour), noon.Add(9*time.Hour)
		other.VenueID = "elsewhere"
		observe(t, s, first, last, other)
		page, err := s.Scans.Day(t.Context(), checkin.DayQuery{
			TenantID: tenant, VenueID: "venue", From: noon, Until: noon.Add(2 * time.Hour), Limit: 10,
		})
		require.NoError(t, err)
		require.Len(t, page, 1)
		require.Equal(t, "first", page[0].Booking.ID)
	}},
	{"a reference finds the slots that reach into the bounds, by start and then by the bytes of the id", func(t testing.TB, s checkin.Stores) {
		tenant, until := newTenant(), noon.Add(24*time.Hour)
		for _, slot := range []struct {
			id         string
			start, end time.Time
		}{
			{"starts at the end", until, until.Add(time.Hour)},
			{"starts in time", until.Add(-time.Microsecond), until.Add(time.Hour)},
			{"b", noon.Add(time.Hour), noon.Add(2 * time.Hour)},
			{"B", noon.Add(time.Hour), noon.Add(2 * time.Hour)},
			{"a", noon.Add(time.Hour), noon.Add(2 * time.Hour)},
			{"starts at the beginning", noon, noon.Add(time.Hour)},
			{"reaches over", noon.Add(-time.Hour), until.Add(time.Hour)},
			{"ends in time", noon.Add(-2 * time.Hour), noon.Add(time.Microsecond)},
			{"ends at the beginning", noon.Add(-2 * time.Hour), noon},
		} {
			b := booking(tenant, slot.id)
			b.StartsAt, b.EndsAt = slot.start, slot.end
			observe(t, s, b)
		}
		got, err := s.Scans.ByReference(t.Context(), checkin.ReferenceQuery{
			TenantID: tenant, VenueID: "venue", Reference: "ABC123", From: noon, Until: until,
		})
		require.NoError(t, err)
		require.Equal(t, []string{"ends in time", "reaches over", "starts at the beginning", "B", "a", "b", "starts in time"}, bookingIDs(got))
	}},
	{"a reference finds all of the venue's bookings that have it, whole, and no others", func(t testing.TB, s checkin.Stores) {
		const n = 60 // more than fit on a page
		tenant := newTenant()
		first := booking(tenant, "b00")
		observe(t, s, first)
		_, admitted := record(t, s, first, "n", "scan")
		for i := 1; i < n; i++ {
			observe(t, s, booking(tenant, fmt.Sprintf("b%02d", i)))
		}
		for i, other := range []struct{ venue, reference string }{
			{"elsewhere", "ABC123"}, {"venue", "OTHER1"}, {"venue", "ABC1234"}, {"venue", "ABC12"}, {"venue", ""},
		} {
			b := booking(tenant, fmt.Sprint("other", i))
			b.VenueID, b.Reference = other.venue, other.reference
			observe(t, s, b)
		}
		q := checkin.ReferenceQuery{TenantID: tenant, VenueID: "venue", Reference: "ABC123", From: noon, Until: noon.Add(24 * time.Hour)}
		got, err := s.Scans.ByReference(t.Context(), q)
		require.NoError(t, err)
		require.Len(t, got, n)
		require.Equal(t, admitted, got[0])
		require.Equal(t, checkin.State{Booking: stored(booking(tenant, "b59"))}, got[n-1])
		q.Reference = "NOBODY"
		none, err := s.Scans.ByReference(t.Context(), q)
		require.NoError(t, err)
		require.Empty(t, none)
	}},
	{"a history is listed by when the scans were received and then by the bytes of the id", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		other := booking(b.TenantID, "other")
		observe(t, s, b, other)
		record(t, s, other, "other", "other")
		for _, scan := range []struct {
			id    string
			after time.Duration
		}{{"last", 2 * time.Hour}, {"b", time.Hour}, {"B", time.Hour}, {"a", time.Hour}, {"first", time.Hour - time.Microsecond}} {
			_, _, err := s.Scans.Record(t.Context(), attempt(b, scan.id), func(st checkin.State) (checkin.Outcome, error) {
				out, err := admitting(scan.id)(st)
				out.Scan.ReceivedAt = noon.Add(scan.after)
				return out, err
			})
			require.NoError(t, err)
		}
		history, err := s.Scans.History(t.Context(), b.Key())
		require.NoError(t, err)
		var got []string
		for _, scan := range history {
			got = append(got, scan.ID)
		}
		require.Equal(t, []string{"first", "B", "a", "b", "last"}, got)
	}},
	{"the history of a booking without scans is empty", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		history, err := s.Scans.History(t.Context(), b.Key())
		require.NoError(t, err)
		require.Empty(t, history)
		_, err = s.Scans.Scan(t.Context(), b.TenantID, "scan")
		require.ErrorIs(t, err, checkin.ErrNotFound)
	}},
}
