package portal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/petanque-life/venuekit/portal"
)

var statuses = []portal.Status{
	portal.StatusPending, portal.StatusConfirmed, portal.StatusCheckedIn,
	portal.StatusCompleted, portal.StatusCancelled, portal.StatusNoShow,
}

func TestBucketOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status portal.Status
		asOf   time.Duration // after the end
		want   portal.Bucket
	}{
		{"what has not begun is upcoming", portal.StatusConfirmed, -3 * time.Hour, portal.Upcoming},
		{"what is under way is upcoming", portal.StatusCheckedIn, -time.Hour, portal.Upcoming},
		{"what waits for payment is upcoming", portal.StatusPending, -3 * time.Hour, portal.Upcoming},
		{"the last moment is upcoming", portal.StatusCheckedIn, -time.Nanosecond, portal.Upcoming},
		{"the end is history", portal.StatusCheckedIn, 0, portal.History},
		{"a booking that nobody has closed yet is history", portal.StatusConfirmed, time.Hour, portal.History},
		{"a no-show is history", portal.StatusNoShow, time.Hour, portal.History},
		{"a booking completed early is upcoming until its end", portal.StatusCompleted, -time.Minute, portal.Upcoming},
		{"what was cancelled is cancelled before its slot", portal.StatusCancelled, -3 * time.Hour, portal.Cancelled},
		{"what was cancelled is cancelled after its slot", portal.StatusCancelled, time.Hour, portal.Cancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := booking("b", c.status, 0)
			require.Equal(t, c.want, portal.BucketOf(b, b.EndsAt.Add(c.asOf)))
		})
	}
}

func TestParseBucket(t *testing.T) {
	t.Parallel()
	for _, b := range portal.Buckets() {
		got, err := portal.ParseBucket(string(b))
		require.NoError(t, err)
		require.Equal(t, b, got)
	}
	for _, name := range []string{"", "Upcoming", "past", "upcoming ", "upcoming\x00"} {
		_, err := portal.ParseBucket(name)
		require.ErrorIs(t, err, portal.ErrUnknownBucket, "%q", name)
		require.ErrorIs(t, err, portal.ErrInvalid)
	}
}

func drawBooking(t *rapid.T, id string) portal.Booking {
	// Few distinct times, so that starts, ends and the clock often meet.
	b := booking(id, rapid.SampledFrom(statuses).Draw(t, "status"), time.Duration(rapid.IntRange(-5, 5).Draw(t, "start"))*time.Hour)
	b.EndsAt = b.StartsAt.Add(time.Duration(rapid.IntRange(1, 4).Draw(t, "hours")) * time.Hour)
	if rapid.Bool().Draw(t, "rule") {
		b.ChangesUntil = b.StartsAt.Add(time.Duration(rapid.IntRange(-4, 1).Draw(t, "until")) * time.Hour)
	}
	return b
}
