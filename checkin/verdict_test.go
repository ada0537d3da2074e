package checkin

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestJudge_givesTheVerdictOnABookingAsItStands(t *testing.T) {
	slot := Booking{
		TenantID: tenantA, ID: uuidA, VenueID: "sthlm", Revision: 9, SlotRevision: 5, HolderRevision: 3, Status: StatusConfirmed,
		StartsAt: evening, EndsAt: evening.Add(2 * time.Hour),
	}
	in := Admission{ScanID: "s", At: evening}
	const rev = 5
	for name, c := range map[string]struct {
		change  func(*State)
		venue   string
		rev     int64
		now     time.Time
		verdict Code
	}{
		"inside the window it is ok":                        {nil, "sthlm", rev, evening, OK},
		"half an hour before it is ok":                      {nil, "sthlm", rev, evening.Add(-30 * time.Minute), OK},
		"a microsecond earlier it is too early":             {nil, "sthlm", rev, evening.Add(-30*time.Minute - time.Microsecond), TooEarly},
		"a microsecond before the end it is ok":             {nil, "sthlm", rev, evening.Add(2*time.Hour - time.Microsecond), OK},
		"at the end it is too late":                         {nil, "sthlm", rev, evening.Add(2 * time.Hour), TooLate},
		"at another venue it is the wrong venue":            {nil, "gbg", rev, evening, WrongVenue},
		"a cancelled booking is cancelled, wherever":        {func(s *State) { s.Booking.Status = StatusCancelled }, "gbg", rev, evening, Cancelled},
		"a booking that is in is in already":                {func(s *State) { s.Admission = in }, "sthlm", rev, evening, AlreadyCheckedIn},
		"but not after its end":                             {func(s *State) { s.Admission = in }, "sthlm", rev, evening.Add(9 * time.Hour), TooLate},
		"an unpaid booking is provisional":                  {func(s *State) { s.Booking.Status = StatusPending }, "sthlm", rev, evening, Provisional},
		"a revision not heard of yet is provisional":        {nil, "sthlm", rev + 1, evening, Provisional},
		"a no-show who comes within the window is ok":       {func(s *State) { s.Booking.Status = StatusNoShow }, "sthlm", rev, evening, OK},
		"an older code of the same holder is ok":            {nil, "sthlm", 3, evening, OK},
		"a code from before the holder is superseded":       {nil, "sthlm", 2, evening, Superseded},
		"an older code at the former venue is superseded":   {nil, "gbg", 4, evening, Superseded},
		"an older code outside the window is superseded":    {nil, "sthlm", 4, evening.Add(-2 * time.Hour), Superseded},
		"an older code after the new slot is superseded":    {nil, "sthlm", 4, evening.Add(3 * time.Hour), Superseded},
		"a reference names the booking as it stands":        {nil, "sthlm", 0, evening, OK},
		"a reference before the window is too early":        {nil, "sthlm", 0, evening.Add(-time.Hour), TooEarly},
		"an older code of a cancelled booking is cancelled": {func(s *State) { s.Booking.Status = StatusCancelled }, "sthlm", 1, evening, Cancelled},
	} {
		t.Run(name, func(t *testing.T) {
			state := State{Booking: slot}
			if c.change != nil {
				c.change(&state)
			}
			got := judge(state, sighting{venueID: c.venue, rev: c.rev, now: c.now, opens: OpensBefore})
			require.Equal(t, c.verdict, got)
		})
	}
}

func TestCode_hasATextInEachLanguage(t *testing.T) {
	all := []Code{
		OK, AlreadyCheckedIn, TooEarly, TooLate, WrongVenue, OtherVenueUnverified, WrongTenant, Cancelled, Superseded,
		Revoked, UnknownKey, BadToken, StaleDevice, Provisional,
	}
	require.Len(t, codeTexts, len(all))
	for _, c := range all {
		require.NotEmpty(t, codeTexts[c].EN, c)
		require.NotEmpty(t, codeTexts[c].SV, c)
	}
}

func TestNormalReference_readsWhatPeopleWrite(t *testing.T) {
	for text, want := range map[string]string{
		"7KM2QX": "7KM2QX", "7km 2qx": "7KM2QX", "7km-2qx": "7KM2QX", "olI": "011", "": "", "7KM2QÅ": "", "7KM2QX7KM2QX7KM2Q": "", "a.b": "",
	} {
		require.Equal(t, want, normalReference(text), text)
	}
}
