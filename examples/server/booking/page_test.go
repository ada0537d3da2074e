package booking_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

var buckets = []booking.Bucket{booking.BucketUpcoming, booking.BucketHistory, booking.BucketCancelled}

// past is an imported booking of anna that owns nothing.
func (h *house) past(id string, starts time.Time, length time.Duration, s booking.Status) booking.Booking {
	return booking.Booking{
		TenantID: h.tenant, ID: id, VenueID: "hornstull", CustomerID: "anna", Kind: booking.Lane, Resources: []string{"lane-1"},
		PartySize: 2, StartsAt: starts, EndsAt: starts.Add(length), Status: s, Channel: booking.ChannelWeb,
		CreatedAt: starts.AddDate(0, 0, -7),
	}
}

func (h *house) anna() booking.CustomerKey {
	return booking.CustomerKey{TenantID: h.tenant, CustomerID: "anna"}
}

// pages reads a bucket to its end; between is called between two pages.
func (h *house) pages(t require.TestingT, tb testing.TB, bucket booking.Bucket, asOf time.Time, size int, between func()) []booking.Booking {
	var all []booking.Booking
	var after booking.Position
	for {
		page, err := h.CustomerPage(tb.Context(), h.anna(), bucket, asOf, after, size)
		require.NoError(t, err)
		all = append(all, page...)
		if len(page) < size {
			return all
		}
		after = page[len(page)-1].Position()
		if between != nil {
			between()
		}
	}
}

func TestEveryBookingIsInExactlyOneBucket(t *testing.T) {
	t.Parallel()
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		t.Run(d.String(), func(t *testing.T) {
			db := dbtest.Shared(t, d, "booking", migrate(d))
			rapid.Check(t, func(rt *rapid.T) {
				h := newHouse(t, db, d, booking.Config{})
				asOf := friday.Add(time.Duration(rapid.IntRange(-48, 48).Draw(rt, "asOf")) * booking.Unit)
				want := map[booking.Bucket][]string{}
				var all []booking.Booking
				for i := range rapid.IntRange(0, 12).Draw(rt, "bookings") {
					b := h.past(fmt.Sprintf("b-%02d", i),
						friday.Add(time.Duration(rapid.IntRange(-60, 60).Draw(rt, "starts"))*booking.Unit),
						time.Duration(rapid.IntRange(1, 48).Draw(rt, "length"))*booking.Unit,
						// Live ones would take lanes from one another; buckets see only cancelled and not.
						rapid.SampledFrom([]booking.Status{booking.Completed, booking.NoShow, booking.Cancelled}).Draw(rt, "status"))
					all = append(all, b)
					want[b.Bucket(asOf)] = append(want[b.Bucket(asOf)], b.ID)
				}
				_, err := h.Import(t.Context(), all, false)
				require.NoError(rt, err)
				for _, bucket := range buckets {
					var got []string
					list := h.pages(rt, t, bucket, asOf, rapid.IntRange(1, 5).Draw(rt, "size"), nil)
					for i, b := range list {
						got = append(got, b.ID)
						require.Equal(rt, bucket, b.Bucket(asOf))
						if i > 0 {
							require.True(rt, inOrder(bucket, list[i-1], b))
						}
					}
					require.ElementsMatch(rt, want[bucket], got, bucket)
				}
			})
		})
	}
}

// inOrder reports whether a stands before b in the bucket.
func inOrder(bucket booking.Bucket, a, b booking.Booking) bool {
	c := a.StartsAt.Compare(b.StartsAt)
	if c == 0 {
		c = strings.Compare(a.ID, b.ID)
	}
	return (c < 0) == (bucket == booking.BucketUpcoming)
}

func TestPagingWhileBookingsComeAndGo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, bucket := range buckets {
			t.Run(string(bucket), func(t *testing.T) {
				h := newHouse(t, h.db, h.d, h.cfg)
				r := rand.New(rand.NewPCG(1, 2))
				draw := func(i int) booking.Booking {
					// Five starts for many bookings: equal starts are the rule.
					at, status := friday.AddDate(0, 0, -1-r.IntN(5)), booking.Completed
					switch bucket {
					case booking.BucketUpcoming:
						at = friday.AddDate(0, 0, 1+r.IntN(5))
					case booking.BucketCancelled:
						status = booking.Cancelled
					}
					return h.past(fmt.Sprintf("b-%04d", i), at, time.Hour, status)
				}
				var first []booking.Booking
				for i := range 120 {
					first = append(first, draw(r.IntN(1000)*1000+i))
				}
				_, err := h.Import(t.Context(), first, false)
				require.NoError(t, err)

				next := 0
				gone := map[string]bool{}
				list := h.pages(t, t, bucket, friday, 7, func() {
					next++
					_, err := h.Import(t.Context(), []booking.Booking{draw(r.IntN(1000)*1000 + 500 + next)}, false)
					require.NoError(t, err)
					if bucket != booking.BucketCancelled {
						leaves := first[r.IntN(len(first))].ID
						gone[leaves] = true
						_, err = h.db.Exec("UPDATE booking_bookings SET status = 'CANCELLED' WHERE tenant_id = $1 AND id = $2", h.tenant, leaves)
						require.NoError(t, err)
					}
				})
				seen := map[string]bool{}
				for _, b := range list {
					require.False(t, seen[b.ID], "%s twice", b.ID)
					seen[b.ID] = true
				}
				for _, b := range first {
					require.True(t, seen[b.ID] || gone[b.ID], "%s skipped", b.ID)
				}
			})
		}
	})
}

func TestEveryPageIsOneRangeOfItsBucketsIndex(t *testing.T) {
	eachAlone(t, func(t *testing.T, h *house) {
		var all []booking.Booking
		for i := range 6000 {
			status := booking.Completed
			if i%5 == 0 {
				status = booking.Cancelled
			}
			b := h.past(fmt.Sprintf("b-%06d", i), friday.Add(time.Duration(i-3000)*time.Hour), time.Hour, status)
			if i%6 == 5 {
				b.CustomerID = "bertil"
			}
			all = append(all, b)
		}
		_, err := h.Import(t.Context(), all, false)
		require.NoError(t, err)
		_, err = h.db.Exec("ANALYZE")
		require.NoError(t, err)

		indexes := map[booking.Bucket]string{
			booking.BucketUpcoming: "booking_bookings_kept", booking.BucketHistory: "booking_bookings_kept",
			booking.BucketCancelled: "booking_bookings_cancelled",
		}
		for _, bucket := range buckets {
			list := h.pages(t, t, bucket, friday, 500, nil)
			require.Greater(t, len(list), 900)
			for name, after := range map[string]booking.Position{
				"first": {}, "middle": list[len(list)/2].Position(), "last": list[len(list)-10].Position(),
			} {
				plan := h.plan(t, bucket, after)
				require.Contains(t, plan, indexes[bucket], "%s %s", bucket, name)
				require.NotContains(t, strings.ToLower(plan), "sort", "%s %s", bucket, name)
				require.NotContains(t, plan, "TEMP B-TREE", "%s %s", bucket, name)
				bounded := name != "first" || bucket != booking.BucketCancelled
				if h.d == bunx.SQLite && bounded {
					require.Regexp(t, `\(starts_at,id\)[<>]\(\?,\?\)`, plan)
				}
				if h.d == bunx.Postgres && bounded {
					require.Regexp(t, `Index Cond: .*ROW\(starts_at, `, plan)
				}
			}
		}
	})
}

// plan explains one page as the database runs it.
func (h *house) plan(t *testing.T, bucket booking.Bucket, after booking.Position) string {
	t.Helper()
	query, args, err := booking.PageQuery(h.anna(), bucket, friday, after, 51)
	require.NoError(t, err)
	q := bunx.New(h.db, h.d).Q()
	var lines []string
	if h.d == bunx.Postgres {
		require.NoError(t, q.All(t.Context(), &lines, "EXPLAIN "+query, args...))
		return strings.Join(lines, "\n")
	}
	var rows []struct {
		Detail string `bun:"detail"`
	}
	require.NoError(t, q.All(t.Context(), &rows, "EXPLAIN QUERY PLAN "+query, args...))
	for _, r := range rows {
		lines = append(lines, r.Detail)
	}
	return strings.Join(lines, "\n")
}

func TestCustomerPageRefusesAnUnknownBucket(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, err := h.CustomerPage(t.Context(), h.anna(), "later", friday, booking.Position{}, 50)
		require.ErrorIs(t, err, booking.ErrInvalid)
	})
}

func TestVenueDayAndByReference(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		afterMidnight := h.book(t, "night", func(r *booking.Request) { r.StartsAt, r.Duration = at19.Add(6*time.Hour), time.Hour })
		early := h.book(t, "early", nil)
		cancelled, err := h.Cancel(t.Context(), h.book(t, "gone", nil).Key(), "ill")
		require.NoError(t, err)
		h.book(t, "tomorrow", func(r *booking.Request) { r.StartsAt = at19.AddDate(0, 0, 1) })

		first, err := h.VenueDay(t.Context(), h.venueKey(), tonight, booking.Position{}, 2)
		require.NoError(t, err)
		require.ElementsMatch(t, []booking.Booking{early, cancelled}, first)
		rest, err := h.VenueDay(t.Context(), h.venueKey(), tonight, first[1].Position(), 2)
		require.NoError(t, err)
		require.Equal(t, []booking.Booking{afterMidnight}, rest, "one o'clock is tonight")

		got, err := h.ByReference(t.Context(), h.venueKey(), tonight, strings.ToLower(early.Reference))
		require.NoError(t, err)
		require.Equal(t, early, got)
		_, err = h.ByReference(t.Context(), h.venueKey(), tonight.AddDays(1), early.Reference)
		require.ErrorIs(t, err, booking.ErrNotFound)
		_, err = h.ByReference(t.Context(), h.venueKey(), tonight, "none")
		require.ErrorIs(t, err, booking.ErrNotFound)
	})
}
