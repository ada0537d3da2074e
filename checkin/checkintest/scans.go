package checkintest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
)

var observeChecks = []Check{
	{"an observed booking comes back in UTC to the microsecond", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		changed, err := s.Scans.Observe(t.Context(), b)
		require.NoError(t, err)
		require.True(t, changed)
		got, err := s.Scans.State(t.Context(), b.Key())
		require.NoError(t, err)
		require.Equal(t, checkin.State{Booking: stored(b)}, got)
	}},
	{"a booking that was never observed is ErrNotFound", func(t testing.TB, s checkin.Stores) {
		_, err := s.Scans.State(t.Context(), checkin.Key{TenantID: newTenant(), BookingID: "b"})
		require.ErrorIs(t, err, checkin.ErrNotFound)
	}},
	{"an older or equal revision has no effect", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		for _, revision := range []int64{3, 2} {
			late := b
			late.Revision, late.VenueID, late.Status = revision, "elsewhere", checkin.StatusCancelled
			changed, err := s.Scans.Observe(t.Context(), late)
			require.NoError(t, err)
			require.False(t, changed)
		}
		got, err := s.Scans.State(t.Context(), b.Key())
		require.NoError(t, err)
		require.Equal(t, stored(b), got.Booking)
	}},
	{"a newer revision replaces every field and keeps the admission", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		_, before := record(t, s, b, "n", "scan")
		next := checkin.Booking{
			TenantID: b.TenantID, ID: b.ID, VenueID: "other", CustomerID: "heir", Revision: 9, SlotRevision: 8, HolderRevision: 7,
			SlotRevisedAt: noon.Add(time.Minute), Reference: "XYZ789", StartsAt: noon.Add(5 * time.Hour), EndsAt: noon.Add(6 * time.Hour),
			Status: checkin.StatusCheckedIn, PartySize: 8,
		}
		observe(t, s, next)
		got, err := s.Scans.State(t.Context(), b.Key())
		require.NoError(t, err)
		require.Equal(t, checkin.State{Booking: stored(next), Admission: before.Admission}, got)
	}},
	{"revisions observed at once end with the greatest", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		errs := together(16, func(i int) error {
			next := b
			next.Revision, next.PartySize = int64(10+i), 10+i
			_, err := s.Scans.Observe(t.Context(), next)
			return err
		})
		require.NoError(t, errors.Join(errs...))
		got, err := s.Scans.State(t.Context(), b.Key())
		require.NoError(t, err)
		require.Equal(t, int64(25), got.Booking.Revision)
		require.Equal(t, 25, got.Booking.PartySize)
	}},
	{"text is kept as it is, with quotes, question marks and any script", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), `what? 'it' "is" \ ?0 ?TableName å😀`)
		b.CustomerID = `?; DROP TABLE x --`
		observe(t, s, b)
		got, err := s.Scans.State(t.Context(), b.Key())
		require.NoError(t, err)
		require.Equal(t, stored(b), got.Booking)
	}},
}

var recordChecks = []Check{
	{"a recorded scan comes back by id and in the history", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		scan, state := record(t, s, b, "n", "scan")
		a := attempt(b, "n")
		want := checkin.Scan{
			TenantID: b.TenantID, ID: "scan", BookingID: b.ID, VenueID: b.VenueID, Device: "door", Nonce: "n", Kind: checkin.ByToken,
			Digest: a.Digest, Rev: 2, Code: checkin.OK, Guests: 1, At: micro(noon), ReceivedAt: micro(noon.Add(time.Second)),
		}
		require.Equal(t, want, scan)
		require.Equal(t, checkin.Admission{ScanID: "scan", At: micro(noon), Device: "door", Guests: 1}, state.Admission)
		byID, err := s.Scans.Scan(t.Context(), b.TenantID, "scan")
		require.NoError(t, err)
		require.Equal(t, want, byID)
		history, err := s.Scans.History(t.Context(), b.Key())
		require.NoError(t, err)
		require.Equal(t, []checkin.Scan{want}, history)
		now, err := s.Scans.State(t.Context(), b.Key())
		require.NoError(t, err)
		require.Equal(t, state, now)
	}},
	{"a repeated nonce returns the first scan and decides nothing", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		first, _ := record(t, s, b, "n", "scan")
		again, state, err := s.Scans.Record(t.Context(), attempt(b, "n"), func(checkin.State) (checkin.Outcome, error) {
			return checkin.Outcome{}, errors.New("decided again")
		})
		require.NoError(t, err)
		require.Equal(t, first, again)
		require.Equal(t, 1, state.Admission.Guests)
	}},
	{"a nonce that comes back with another text is ErrConflict", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		other := booking(b.TenantID, "other")
		observe(t, s, b, other)
		record(t, s, b, "n", "scan")
		changed := attempt(b, "n")
		changed.Digest[0]++
		for _, a := range []checkin.Attempt{changed, attempt(other, "n")} {
			_, _, err := s.Scans.Record(t.Context(), a, admitting("second"))
			require.ErrorIs(t, err, checkin.ErrConflict)
		}
		state, err := s.Scans.State(t.Context(), other.Key())
		require.NoError(t, err)
		require.False(t, state.Admission.In())
	}},
	{"the same nonce on another device is another scan", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		record(t, s, b, "n", "scan")
		a := attempt(b, "n")
		a.Device = "other door"
		scan, _, err := s.Scans.Record(t.Context(), a, admitting("second"))
		require.NoError(t, err)
		require.Equal(t, checkin.AlreadyCheckedIn, scan.Code)
	}},
	{"a scan is found by its nonce on its own device and in its own tenant", func(t testing.TB, s checkin.Stores) {
		b, twin := booking(newTenant(), "b"), booking(newTenant(), "b")
		observe(t, s, b, twin)
		scan, _ := record(t, s, b, "n", "scan")
		record(t, s, b, "other", "other scan")
		record(t, s, twin, "theirs", "their scan")
		got, err := s.Scans.ByNonce(t.Context(), b.TenantID, "door", "n")
		require.NoError(t, err)
		require.Equal(t, scan, got)
		for _, absent := range [][3]string{
			{b.TenantID, "door", "absent"}, {b.TenantID, "other door", "n"}, {b.TenantID, "door", "theirs"}, {twin.TenantID, "door", "n"},
		} {
			_, err := s.Scans.ByNonce(t.Context(), absent[0], absent[1], absent[2])
			require.ErrorIs(t, err, checkin.ErrNotFound)
		}
	}},
	{"an undo comes back as it was written and takes the admission back", func(t testing.TB, s checkin.Stores) {
		b, at := booking(newTenant(), "b"), noon.Add(time.Minute)
		observe(t, s, b)
		record(t, s, b, "n", "scan")
		a := attempt(b, "undo")
		for range 2 { // the second time it is the first one, sent again
			undo, state, err := s.Scans.Record(t.Context(), a, func(checkin.State) (checkin.Outcome, error) {
				return checkin.Outcome{Scan: checkin.Scan{
					ID: "undo", VenueID: b.VenueID, Kind: checkin.Undone, At: at, ReceivedAt: at, UndoOf: "scan",
				}}, nil
			})
			require.NoError(t, err)
			want := checkin.Scan{
				TenantID: b.TenantID, ID: "undo", BookingID: b.ID, VenueID: b.VenueID, Device: "door", Nonce: "undo",
				Kind: checkin.Undone, Digest: a.Digest, At: micro(at), ReceivedAt: micro(at), UndoOf: "scan",
			}
			require.Equal(t, want, undo)
			require.Equal(t, checkin.State{Booking: stored(b)}, state)
			byID, err := s.Scans.Scan(t.Context(), b.TenantID, "undo")
			require.NoError(t, err)
			require.Equal(t, want, byID)
			byNonce, err := s.Scans.ByNonce(t.Context(), b.TenantID, "door", "undo")
			require.NoError(t, err)
			require.Equal(t, want, byNonce)
			history, err := s.Scans.History(t.Context(), b.Key())
			require.NoError(t, err)
			require.Len(t, history, 2)
			require.Equal(t, want, history[1])
			now, err := s.Scans.State(t.Context(), b.Key())
			require.NoError(t, err)
			require.Equal(t, state, now)
		}
	}},
	{"a scan of an unknown booking is ErrNotFound", func(t testing.TB, s checkin.Stores) {
		_, _, err := s.Scans.Record(t.Context(), attempt(booking(newTenant(), "b"), "n"), admitting("scan"))
		require.ErrorIs(t, err, checkin.ErrNotFound)
	}},
	{"an error of the decision comes back as it is and leaves nothing", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		refusal := errors.New("no")
		_, _, err := s.Scans.Record(t.Context(), attempt(b, "n"), func(checkin.State) (checkin.Outcome, error) {
			return checkin.Outcome{}, refusal
		})
		require.ErrorIs(t, err, refusal)
		history, err := s.Scans.History(t.Context(), b.Key())
		require.NoError(t, err)
		require.Empty(t, history)
		scan, _ := record(t, s, b, "n", "scan")
		require.Equal(t, checkin.OK, scan.Code)
	}},
	{"of many scans at once one checks the booking in and all are kept", func(t testing.TB, s checkin.Stores) {
		const n = 40
		b := booking(newTenant(), "b")
		observe(t, s, b)
		codes := make([]checkin.Code, n)
		errs := together(n, func(i int) error {
			scan, _, err := s.Scans.Record(t.Context(), attempt(b, fmt.Sprint("n", i)), admitting(fmt.Sprint("scan", i)))
			codes[i] = scan.Code
			return err
		})
		require.NoError(t, errors.Join(errs...))
		count := map[checkin.Code]int{}
		for _, c := range codes {
			count[c]++
		}
		require.Equal(t, map[checkin.Code]int{checkin.OK: 1, checkin.AlreadyCheckedIn: n - 1}, count)
		state, err := s.Scans.State(t.Context(), b.Key())
		require.NoError(t, err)
		require.Equal(t, n, state.Admission.Guests)
		history, err := s.Scans.History(t.Context(), b.Key())
		require.NoError(t, err)
		require.Len(t, history, n)
	}},
	{"of the same scan sent many times at once one is kept", func(t testing.TB, s checkin.Stores) {
		b := booking(newTenant(), "b")
		observe(t, s, b)
		errs := together(16, func(i int) error {
			scan, _, err := s.Scans.Record(t.Context(), attempt(b, "n"), admitting(fmt.Sprint("scan", i)))
			if err == nil && scan.Code != checkin.OK {
				err = fmt.Errorf("answered %s", scan.Code)
			}
			return err
		})
		require.NoError(t, errors.Join(errs...))
		history, err := s.Scans.History(t.Context(), b.Key())
		require.NoError(t, err)
		require.Len(t, history, 1)
	}},
}
