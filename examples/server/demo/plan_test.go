package demo_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/examples/server/demo"
)

func TestTheSameSeedAndMomentGiveTheSameBookings(t *testing.T) {
	t.Parallel()
	plan := demo.Plan(made, 1, few)
	require.Equal(t, plan, demo.Plan(made, 1, few))
	require.NotEqual(t, plan, demo.Plan(made, 2, few))
	require.NotEqual(t, plan, demo.Plan(made.Add(time.Hour), 1, few))
}

func TestTheDemoIsLargeAndPlausible(t *testing.T) {
	t.Parallel()
	plan := demo.Plan(made, 1, 1)
	require.Greater(t, len(plan), 20_000)
	guests, count := map[string]bool{}, map[any]int{}
	for _, b := range plan {
		guests[b.TenantID+"/"+b.CustomerID] = true
		if b.EndsAt.Before(made) {
			count[b.Status]++
			count[b.ServiceDay.Weekday()]++
			count[b.Kind]++
		} else {
			count["upcoming at "+b.VenueID]++
		}
	}
	require.Greater(t, len(guests), 500)
	over := float64(count[booking.Completed] + count[booking.NoShow] + count[booking.Cancelled])
	require.InDelta(t, 0.07, float64(count[booking.Cancelled])/over, 0.03)
	require.InDelta(t, 0.04, float64(count[booking.NoShow])/over, 0.02)
	require.Zero(t, count[booking.Confirmed]+count[booking.CheckedIn]+count[booking.Pending], "what is over has an end")
	require.Greater(t, count[time.Friday], 2*count[time.Tuesday])
	for _, kind := range []booking.Kind{booking.Lane, booking.Table, booking.Event} {
		require.Greater(t, count[kind], 500, kind)
	}
	for _, v := range demo.Venues() {
		require.Greater(t, count["upcoming at "+v.ID], 50, v.ID)
	}
}

func TestNothingIsBookedTwiceAndNothingContradictsItself(t *testing.T) {
	t.Parallel()
	type half struct {
		venue, resource string
		at              time.Time
	}
	taken, known := map[half]string{}, map[string]bool{}
	for _, b := range demo.Plan(made, 1, 1) {
		require.False(t, known[b.ID], "id %s", b.ID)
		known[b.ID] = true
		require.False(t, b.CreatedAt.After(b.StartsAt) || b.CreatedAt.After(made), "made before now and before it starts: %+v", b)
		require.False(t, b.CheckedInAt.After(b.EndsAt) || b.CheckedInAt.After(made), "checked in by now: %+v", b)
		require.False(t, b.UpdatedAt.After(made) || b.UpdatedAt.Before(b.CreatedAt), "changed since it was made: %+v", b)
		in := b.Status == booking.CheckedIn || b.Status == booking.Completed
		require.Equal(t, in, !b.CheckedInAt.IsZero(), "%+v", b)
		if b.Kind == booking.Event || b.Status == booking.Cancelled {
			continue
		}
		for _, r := range b.Resources {
			for at := b.StartsAt; at.Before(b.EndsAt); at = at.Add(booking.Unit) {
				h := half{b.VenueID, r, at}
				require.Empty(t, taken[h], "%v is taken by %s", h, b.ID)
				taken[h] = b.ID
			}
		}
	}
}

// moments are 48 moments of making: an ordinary day and the two nights on which
// clocks change, also just around the end of the service day.
func moments(t *testing.T) (all []time.Time) {
	t.Helper()
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	require.NoError(t, err)
	for _, day := range []time.Time{
		time.Date(2026, 11, 22, 0, 0, 0, 0, stockholm),
		time.Date(2027, 3, 28, 0, 0, 0, 0, stockholm),
		time.Date(2026, 10, 25, 0, 0, 0, 0, stockholm),
	} {
		for _, clock := range []string{
			"00:00:00", "01:14:59", "01:59:59", "02:30:00", "03:00:00", "03:00:01", "04:29:59", "04:30:01", "04:59:59", "05:00:00",
			"05:12:00", "06:31:30", "11:45:00", "16:00:00", "19:17:03", "23:59:59",
		} {
			at, err := time.Parse(time.TimeOnly, clock)
			require.NoError(t, err)
			all = append(all, time.Date(day.Year(), day.Month(), day.Day(), at.Hour(), at.Minute(), at.Second(), 0, stockholm))
		}
	}
	return all
}

// open reports whether a party of the booking may come in.
func open(b booking.Booking, now time.Time) bool {
	return !now.Before(b.StartsAt.Add(-30*time.Minute)) && now.Before(b.EndsAt)
}

func TestTonightIsOpenWheneverTheDemoIsMade(t *testing.T) {
	t.Parallel()
	require.Len(t, moments(t), 48)
	for _, now := range moments(t) {
		t.Run(now.Format(time.RFC3339), func(t *testing.T) {
			t.Parallel()
			plan := demo.Plan(now, 1, few)
			for _, v := range demo.Venues() {
				count := map[string]int{}
				for _, b := range plan {
					if b.VenueID != v.ID {
						continue
					}
					if b.ServiceDay == v.ServiceDay(now) && open(b, now) {
						count["now "+string(b.Status)]++
					}
					if b.StartsAt.After(now.Add(30*time.Minute)) && b.StartsAt.Before(now.Add(6*time.Hour)) {
						count["soon "+string(b.Status)]++
					}
				}
				require.GreaterOrEqual(t, count["now CONFIRMED"], 2, "%s: %v", v.ID, count)
				require.GreaterOrEqual(t, count["now CHECKED_IN"], 1, "%s: %v", v.ID, count)
				require.GreaterOrEqual(t, count["soon CONFIRMED"], 3, "%s: %v", v.ID, count)
				require.GreaterOrEqual(t, count["now CANCELLED"]+count["soon CANCELLED"], 1, "%s: %v", v.ID, count)
			}
			for tenant, b := range ahead(plan, demo.NoteBookingTonight, now) {
				require.Len(t, b, 1, tenant)
				require.Equal(t, booking.Confirmed, b[0].Status)
				require.Equal(t, booking.Lane, b[0].Kind)
				require.True(t, open(b[0], now), "%v to %v", b[0].StartsAt, b[0].EndsAt)
				require.Less(t, b[0].StartsAt.Sub(now).Abs(), booking.Unit)
				require.Greater(t, b[0].EndsAt.Sub(now), 2*time.Hour)
			}
		})
	}
}

// ahead returns the bookings of those with the note that aren't over, by tenant.
func ahead(plan []booking.Booking, note string, now time.Time) map[string][]booking.Booking {
	found := map[string][]booking.Booking{}
	for _, a := range demo.Accounts() {
		if a.Note != note {
			continue
		}
		found[a.TenantID] = nil
		for _, b := range plan {
			if b.TenantID == a.TenantID && b.CustomerID == a.Email && b.Bucket(now) == booking.BucketUpcoming {
				found[a.TenantID] = append(found[a.TenantID], b)
			}
		}
	}
	return found
}

func TestTwoVisitsFromGoldHoldsAllTheYearRound(t *testing.T) {
	t.Parallel()
	for n := range 122 {
		now := made.AddDate(0, 0, 3*n)
		plan := demo.Plan(now, 1, 0)
		for _, a := range demo.Accounts() {
			if a.Note != demo.NoteTwoVisitsFromGold {
				continue
			}
			visits, feasts := 0, 0
			for _, b := range plan {
				if b.CustomerID != a.Email || b.TenantID != a.TenantID || b.Status != booking.Completed {
					continue
				}
				require.True(t, b.StartsAt.After(now.AddDate(-1, 0, 0)))
				if a.TenantID == "klotet" {
					visits += len(b.Resources)
				} else {
					visits++
				}
				last := time.Date(now.Year(), now.Month(), 0, 0, 0, 0, 0, time.UTC)
				if len(b.Resources) == 2 && b.PartySize == 4 && b.PackageID != "" && b.ServiceDay.Month == last.Month() {
					feasts++
				}
			}
			require.Equal(t, 3, visits, fmt.Sprint(a.TenantID, now))
			require.Equal(t, 1, feasts, fmt.Sprint(a.TenantID, now))
		}
		for tenant, b := range ahead(plan, demo.NoteTwoVisitsFromGold, now) {
			require.Len(t, b, 1, tenant)
			require.Equal(t, booking.Confirmed, b[0].Status)
			require.Len(t, b[0].Resources, 1)
		}
	}
}
