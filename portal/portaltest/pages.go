package portaltest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/portal"
)

// walk reads a bucket page by page; between is called after each page.
func (r *rig) walk(owner portal.CustomerKey, bucket portal.Bucket, limit int, between func(page int)) []portal.Booking {
	r.Helper()
	var seen []portal.Booking
	q := portal.PageQuery{Customer: owner, Bucket: bucket, AsOf: moment, Limit: limit}
	for n := 1; ; n++ {
		rows := r.page(q)
		require.LessOrEqual(r, len(rows), limit, "a page of bucket %s is longer than its limit", bucket)
		seen = append(seen, rows...)
		if len(rows) < limit {
			return seen
		}
		require.Less(r, n, 200, "bucket %s has no end", bucket)
		q.After = rows[len(rows)-1].Position()
		between(n)
	}
}

func pages(t testing.TB, h Harness) {
	r := newRig(t, h)
	owner := r.customer(0)
	made := append(r.crossing(owner), r.crowd(owner)...)
	r.requireBuckets(owner, made, moment)
	for _, bucket := range portal.Buckets() {
		want := idsOf(r.all(owner, bucket, moment))
		for _, limit := range []int{1, 2, 3, 7, len(want), len(want) + 1} {
			got := r.walk(owner, bucket, limit, func(int) {})
			require.Equal(t, want, idsOf(got), "bucket %s by %d", bucket, limit)
		}
	}
}

func pagesUnderInsertion(t testing.TB, h Harness) {
	r := newRig(t, h)
	owner := r.customer(0)
	r.crossing(owner)
	for _, bucket := range portal.Buckets() {
		before := idsOf(r.all(owner, bucket, moment))
		var late []string
		got := idsOf(r.walk(owner, bucket, 3, func(page int) {
			if page > 3 {
				return
			}
			for _, made := range []portal.Booking{
				r.put(owner, portal.StatusConfirmed, 30*time.Minute, 2*time.Hour),
				r.put(owner, portal.StatusCompleted, -time.Hour, -time.Minute),
				r.put(owner, portal.StatusCancelled, 20*time.Hour, 21*time.Hour),
			} {
				late = append(late, made.ID)
			}
		}))
		require.NotEmpty(t, late)
		require.Equal(t, before, got, "bucket %s: what is made before the page's place doesn't shift it", bucket)
	}
}

func limit(t testing.TB, h Harness) {
	r := newRig(t, h)
	owner, other := r.customer(0), r.customer(0)
	for i := range 12 {
		at := time.Duration(i) * time.Hour
		// What belongs elsewhere lies between, so that a source which cuts before
		// it filters comes out short.
		r.put(owner, portal.StatusConfirmed, at, at+2*time.Hour)
		r.put(owner, portal.StatusCancelled, at, at+2*time.Hour)
		r.put(other, portal.StatusConfirmed, at, at+2*time.Hour)
	}
	for _, n := range []int{1, 5, 11, 12} {
		rows := r.page(portal.PageQuery{Customer: owner, Bucket: portal.Upcoming, AsOf: moment, Limit: n})
		require.Len(t, rows, n, "limit %d of 12 bookings", n)
	}
	rows := r.page(portal.PageQuery{Customer: owner, Bucket: portal.Upcoming, AsOf: moment, Limit: 13})
	require.Len(t, rows, 12, "limit 13 of 12 bookings")
}

func emptyPlace(t testing.TB, h Harness) {
	r := newRig(t, h)
	owner := r.customer(0)
	first := r.put(owner, portal.StatusConfirmed, 1*time.Hour, 2*time.Hour)
	last := r.put(owner, portal.StatusConfirmed, 3*time.Hour, 4*time.Hour)
	for _, c := range []struct {
		after portal.Position
		want  []string
	}{
		{portal.Position{}, []string{first.ID, last.ID}},
		{portal.Position{At: moment, BookingID: first.ID}, []string{first.ID, last.ID}},
		{portal.Position{At: moment.Add(2 * time.Hour), BookingID: last.ID}, []string{last.ID}},
		{portal.Position{At: moment.Add(5 * time.Hour), BookingID: first.ID}, []string{}},
	} {
		rows := r.page(portal.PageQuery{Customer: owner, Bucket: portal.Upcoming, AsOf: moment, After: c.after, Limit: 10})
		require.Equal(t, c.want, idsOf(rows), "after %v", c.after)
	}
}
