package portal_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/petanque-life/venuekit/portal"
	"github.com/petanque-life/venuekit/portal/portaltest"
)

// readAll walks a bucket; between is called after each page but the last.
func readAll(t *rapid.T, svc *portal.Service, bucket portal.Bucket, limit int, between func()) []string {
	var got []string
	for r := (portal.ListRequest{Bucket: bucket, Limit: limit}); ; {
		page, err := svc.List(context.Background(), alice, r)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Items), limit)
		got = append(got, idsOf(page)...)
		if r.Cursor = page.Next; r.Cursor == "" {
			return got
		}
		between()
	}
}

func TestEveryBookingIsInExactlyOneBucket(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := portaltest.NewBookings()
		var want []string
		for i := range rapid.IntRange(0, 30).Draw(t, "bookings") {
			want = append(want, m.Put(alice, drawBooking(t, fmt.Sprintf("b%02d", i))).ID)
		}
		c := &clock{now.Add(time.Duration(rapid.IntRange(-9*60, 9*60).Draw(t, "minutes")) * time.Minute)}
		svc, err := portal.New(portal.Sources{Bookings: m}, portal.Config{Now: c.now})
		require.NoError(t, err)
		var got []string
		for _, bucket := range portal.Buckets() {
			got = append(got, readAll(t, svc, bucket, rapid.IntRange(1, 5).Draw(t, "limit"), func() {})...)
		}
		slices.Sort(got)
		require.Equal(t, want, got)
	})
}

func TestPagingNeitherRepeatsNorSkipsWhileBookingsAreMadeAndCancelled(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := portaltest.NewBookings()
		all := map[string]portal.Booking{}
		put := func(b portal.Booking) { all[b.ID] = m.Put(alice, b) }
		for i := range rapid.IntRange(0, 25).Draw(t, "bookings") {
			put(drawBooking(t, fmt.Sprintf("b%02d", i)))
		}
		bucket := rapid.SampledFrom(portal.Buckets()).Draw(t, "bucket")
		steady := map[string]bool{} // in the bucket from the first page to the last
		for id, b := range all {
			steady[id] = portal.BucketOf(b, now) == bucket
		}
		c := &clock{now}
		svc, err := portal.New(portal.Sources{Bookings: m}, portal.Config{Now: c.now})
		require.NoError(t, err)
		got := readAll(t, svc, bucket, rapid.IntRange(1, 6).Draw(t, "limit"), func() {
			c.at = c.at.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "minutes")) * time.Minute)
			for range rapid.IntRange(0, 3).Draw(t, "new") {
				put(drawBooking(t, fmt.Sprintf("n%02d", len(all))))
			}
			ids := slices.Sorted(maps.Keys(all))
			if len(ids) > 0 && rapid.Bool().Draw(t, "cancel") {
				b := all[rapid.SampledFrom(ids).Draw(t, "cancelled")]
				b.Status = portal.StatusCancelled
				put(b)
				steady[b.ID] = steady[b.ID] && bucket == portal.Cancelled
			}
		})
		seen := map[string]int{}
		for _, id := range got {
			seen[id]++
			require.Equal(t, 1, seen[id], "booking %s is repeated", id)
		}
		for id, stayed := range steady {
			require.True(t, !stayed || seen[id] == 1, "booking %s is skipped", id)
		}
	})
}
