package portaltest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/portal"
)

// crowd puts bookings of every kind around the moment.
func (r *rig) crowd(owner portal.CustomerKey) []portal.Booking {
	r.Helper()
	const us = time.Microsecond
	var made []portal.Booking
	for _, c := range []struct {
		status       portal.Status
		starts, ends time.Duration
	}{
		{portal.StatusPending, time.Hour, 2 * time.Hour},
		{portal.StatusConfirmed, 2 * time.Hour, 3 * time.Hour},
		{portal.StatusConfirmed, 0, time.Hour},
		{portal.StatusCheckedIn, -time.Hour, time.Hour},
		{portal.StatusCheckedIn, -2 * time.Hour, us},
		{portal.StatusCompleted, -2 * time.Hour, time.Minute},
		{portal.StatusCompleted, -time.Hour, 0},
		{portal.StatusConfirmed, -3 * time.Hour, -us},
		{portal.StatusCheckedIn, -4 * time.Hour, -2 * time.Hour},
		{portal.StatusNoShow, -27 * time.Hour, -26 * time.Hour},
		{portal.StatusPending, -50 * time.Hour, -49 * time.Hour},
		{portal.StatusCancelled, 30 * time.Hour, 31 * time.Hour},
		{portal.StatusCancelled, -time.Hour, time.Hour},
		{portal.StatusCancelled, -30 * time.Hour, -29 * time.Hour},
	} {
		made = append(made, r.put(owner, c.status, c.starts, c.ends))
	}
	return made
}

// requireBuckets compares the three buckets with the bookings that were made.
func (r *rig) requireBuckets(owner portal.CustomerKey, made []portal.Booking, asOf time.Time) {
	r.Helper()
	for _, bucket := range portal.Buckets() {
		want := slices.DeleteFunc(slices.Clone(made), func(m portal.Booking) bool { return portal.BucketOf(m, asOf) != bucket })
		sortBucket(want, bucket)
		require.Equal(r, idsOf(want), idsOf(r.all(owner, bucket, asOf)), "bucket %s as of %s", bucket, asOf)
	}
}

// sortBucket puts bookings into the order of a bucket.
func sortBucket(rows []portal.Booking, bucket portal.Bucket) {
	slices.SortFunc(rows, func(x, y portal.Booking) int { return compare(bucket, x.Position(), y.Position()) })
}

// compare says which position comes first in a bucket.
func compare(bucket portal.Bucket, x, y portal.Position) int {
	c := x.At.Compare(y.At)
	if c == 0 {
		c = strings.Compare(x.BookingID, y.BookingID)
	}
	if bucket != portal.Upcoming {
		c = -c
	}
	return c
}

func eachInItsBucket(t testing.TB, h Harness) {
	r := newRig(t, h)
	owner := r.customer(0)
	r.requireBuckets(owner, r.crowd(owner), moment)
}

func asOfDecides(t testing.TB, h Harness) {
	r := newRig(t, h)
	owner := r.customer(0)
	made := r.crowd(owner)
	for _, asOf := range []time.Time{
		moment.Add(-time.Microsecond), moment.Add(time.Microsecond), moment.Add(time.Hour),
		moment.AddDate(-15, 0, 0), moment.AddDate(15, 0, 0),
	} {
		r.requireBuckets(owner, made, asOf)
	}
}

func order(t testing.TB, h Harness) {
	r := newRig(t, h)
	owner := r.customer(0)
	var made []portal.Booking
	for _, hours := range []time.Duration{5, 1, 9, 3, 7} {
		made = append(made,
			r.put(owner, portal.StatusConfirmed, hours*time.Hour, (hours+1)*time.Hour),
			r.put(owner, portal.StatusCompleted, -hours*time.Hour, (1-hours)*time.Hour),
			r.put(owner, portal.StatusCancelled, hours*time.Hour, (hours+1)*time.Hour),
			r.put(owner, portal.StatusCancelled, -hours*time.Hour, (1-hours)*time.Hour),
		)
	}
	// Long bookings tell the order by start from that by end.
	made = append(made,
		r.put(owner, portal.StatusConfirmed, 2*time.Hour, 20*time.Hour),
		r.put(owner, portal.StatusCompleted, -20*time.Hour, -time.Minute),
		r.put(owner, portal.StatusCancelled, -20*time.Hour, 20*time.Hour),
	)
	r.requireBuckets(owner, made, moment)
}

func equalStarts(t testing.TB, h Harness) {
	r := newRig(t, h)
	owner := r.customer(0)
	r.requireBuckets(owner, r.crossing(owner), moment)
}

// crossing puts eight bookings into each bucket, six of them with one start and
// ids that only their bytes order so: B before a, and _ between the two.
func (r *rig) crossing(owner portal.CustomerKey) []portal.Booking {
	r.Helper()
	var made []portal.Booking
	for _, c := range []struct {
		status portal.Status
		starts time.Duration
	}{
		{portal.StatusConfirmed, time.Hour},
		{portal.StatusCompleted, -3 * time.Hour},
		{portal.StatusCancelled, time.Hour},
	} {
		for i, mark := range []string{"b", "A", "_", "B", "a", "é", "z", "Z"} {
			s := sample(owner, c.status, c.starts, c.starts+time.Hour)
			s.ID = mark + "-" + s.ID
			if i >= 6 { // one before and one after the crowd
				shift := time.Duration(2*i-13) * time.Minute
				s.StartsAt, s.EndsAt = s.StartsAt.Add(shift), s.EndsAt.Add(shift)
			}
			made = append(made, r.Put(r, owner, s))
		}
	}
	return made
}

func empty(t testing.TB, h Harness) {
	r := newRig(t, h)
	owner := r.customer(0)
	for _, bucket := range portal.Buckets() {
		require.Empty(t, r.all(owner, bucket, moment), "bucket %s", bucket)
	}
}
