package portaltest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/portal"
	"github.com/petanque-life/venuekit/portal/portaltest"
)

// brokenSource changes what a good source is asked and what it answers.
type brokenSource struct {
	name string
	// page and one stand in for the methods; nil leaves the method as it is.
	page func(good *portaltest.Bookings, ctx context.Context, q portal.PageQuery) ([]portal.Booking, error)
	one  func(good *portaltest.Bookings, ctx context.Context, key portal.CustomerKey, id string) (portal.Booking, error)
}

// hidden is where over keeps what is under an unverified address of the owner.
func hidden(owner portal.CustomerKey) portal.CustomerKey {
	owner.CustomerID = "unverified/" + owner.CustomerID
	return owner
}

type broken struct {
	*portaltest.Bookings
	brokenSource
}

func (s brokenSource) over(good *portaltest.Bookings) portal.Bookings { return broken{good, s} }

func (b broken) Page(ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
	if b.page == nil {
		return b.Bookings.Page(ctx, q)
	}
	return b.page(b.Bookings, ctx, q)
}

func (b broken) Booking(ctx context.Context, key portal.CustomerKey, id string) (portal.Booking, error) {
	if b.one == nil {
		return b.Bookings.Booking(ctx, key, id)
	}
	return b.one(b.Bookings, ctx, key, id)
}

// everything returns all of a customer's bookings as of a time, in no order.
func everything(good *portaltest.Bookings, owner portal.CustomerKey) []portal.Booking {
	var all []portal.Booking
	for _, bucket := range portal.Buckets() {
		rows, _ := good.Page(context.Background(), portal.PageQuery{Customer: owner, Bucket: bucket, Limit: 1000})
		all = append(all, rows...)
	}
	return all
}

// pageBy builds a page by a source's own idea of bucket and order.
func pageBy(
	good *portaltest.Bookings, q portal.PageQuery, in func(portal.Booking) bool, compare func(x, y portal.Position) int,
) []portal.Booking {
	rows := slices.DeleteFunc(everything(good, q.Customer), func(b portal.Booking) bool {
		return !in(b) || q.After != portal.Position{} && compare(b.Position(), q.After) <= 0
	})
	slices.SortFunc(rows, func(x, y portal.Booking) int { return compare(x.Position(), y.Position()) })
	return rows[:min(q.Limit, len(rows))]
}

// rightly is the bucket as it should be, startOrder the order.
func rightly(q portal.PageQuery) func(portal.Booking) bool {
	return func(b portal.Booking) bool { return portal.BucketOf(b, q.AsOf) == q.Bucket }
}

func startOrder(q portal.PageQuery, ties func(x, y string) int) func(x, y portal.Position) int {
	sign := 1
	if q.Bucket != portal.Upcoming {
		sign = -1
	}
	return func(x, y portal.Position) int {
		if c := x.At.Compare(y.At); c != 0 {
			return sign * c
		}
		return sign * ties(x.BookingID, y.BookingID)
	}
}

func folded(x, y string) int { return strings.Compare(strings.ToLower(x), strings.ToLower(y)) }

// altered passes every booking that comes out through f.
func altered(name string, f func(*portal.Booking)) brokenSource {
	return brokenSource{
		name: name,
		page: func(good *portaltest.Bookings, ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
			rows, err := good.Page(ctx, q)
			for i := range rows {
				f(&rows[i])
			}
			return rows, err
		},
		one: func(good *portaltest.Bookings, ctx context.Context, key portal.CustomerKey, id string) (portal.Booking, error) {
			b, err := good.Booking(ctx, key, id)
			if err == nil {
				f(&b)
			}
			return b, err
		},
	}
}

// asked passes every query through f.
func asked(name string, f func(*portal.PageQuery)) brokenSource {
	return brokenSource{
		name: name,
		page: func(good *portaltest.Bookings, ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
			f(&q)
			return good.Page(ctx, q)
		},
	}
}

// sorted pages by its own idea of what is in a bucket and of the order.
func sorted(name string, in func(portal.PageQuery) func(portal.Booking) bool, order func(portal.PageQuery) func(x, y portal.Position) int) brokenSource {
	return brokenSource{
		name: name,
		page: func(good *portaltest.Bookings, ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
			return pageBy(good, q, in(q), order(q)), ctx.Err()
		},
	}
}

func byStart(q portal.PageQuery) func(x, y portal.Position) int {
	return startOrder(q, strings.Compare)
}

// What some of the broken sources remember between their answers.
var (
	shared  = map[string]portal.Booking{}
	tenants = map[string]string{}
)

var brokenSources = []brokenSource{
	asked("reads its own clock", func(q *portal.PageQuery) { q.AsOf = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }),
	asked("ignores the limit", func(q *portal.PageQuery) { q.Limit = 1000 }),
	asked("returns one booking more than its limit", func(q *portal.PageQuery) { q.Limit++ }),
	asked("returns one booking less than its limit", func(q *portal.PageQuery) { q.Limit = max(1, q.Limit-1) }),
	asked("ignores the place after which it is asked", func(q *portal.PageQuery) { q.After = portal.Position{} }),
	asked("pages by the start alone and skips its equals", func(q *portal.PageQuery) {
		if (q.After != portal.Position{}) {
			q.After.BookingID = strings.Repeat("\U0010ffff", 16)
			if q.Bucket != portal.Upcoming {
				q.After.BookingID = ""
			}
		}
	}),
	asked("pages by the start alone and repeats its equals", func(q *portal.PageQuery) {
		if (q.After != portal.Position{}) {
			q.After.BookingID = ""
			if q.Bucket != portal.Upcoming {
				q.After.BookingID = strings.Repeat("\U0010ffff", 16)
			}
		}
	}),
	sorted("tells the buckets apart by the start", func(q portal.PageQuery) func(portal.Booking) bool {
		return func(b portal.Booking) bool {
			b.EndsAt = b.StartsAt
			return portal.BucketOf(b, q.AsOf) == q.Bucket
		}
	}, byStart),
	sorted("counts the end as upcoming", func(q portal.PageQuery) func(portal.Booking) bool {
		return func(b portal.Booking) bool { return portal.BucketOf(b, q.AsOf.Add(-time.Microsecond)) == q.Bucket }
	}, byStart),
	sorted("tells the buckets apart to the second", func(q portal.PageQuery) func(portal.Booking) bool {
		return func(b portal.Booking) bool {
			b.EndsAt = b.EndsAt.Truncate(time.Second)
			return portal.BucketOf(b, q.AsOf.Truncate(time.Second)) == q.Bucket
		}
	}, byStart),
	sorted("shows the cancelled in the history too", func(q portal.PageQuery) func(portal.Booking) bool {
		return func(b portal.Booking) bool {
			return rightly(q)(b) || q.Bucket == portal.History && b.Status == portal.StatusCancelled && !b.EndsAt.After(q.AsOf)
		}
	}, byStart),
	sorted("leaves out no-shows", func(q portal.PageQuery) func(portal.Booking) bool {
		return func(b portal.Booking) bool { return rightly(q)(b) && b.Status != portal.StatusNoShow }
	}, byStart),
	sorted("leaves out what is pending", func(q portal.PageQuery) func(portal.Booking) bool {
		return func(b portal.Booking) bool { return rightly(q)(b) && b.Status != portal.StatusPending }
	}, byStart),
	sorted("takes completed for past before its end", func(q portal.PageQuery) func(portal.Booking) bool {
		return func(b portal.Booking) bool {
			if b.Status == portal.StatusCompleted {
				return q.Bucket == portal.History
			}
			return rightly(q)(b)
		}
	}, byStart),
	sorted("shows the cancelled oldest first", rightly, func(q portal.PageQuery) func(x, y portal.Position) int {
		if q.Bucket == portal.Cancelled {
			q.Bucket = portal.Upcoming
		}
		return byStart(q)
	}),
	sorted("shows upcoming newest first", rightly, func(q portal.PageQuery) func(x, y portal.Position) int {
		q.Bucket = portal.History
		return byStart(q)
	}),
	sorted("orders equal starts by ids without regard to case", rightly, func(q portal.PageQuery) func(x, y portal.Position) int {
		return startOrder(q, folded)
	}),
	sorted("orders equal starts by ascending ids everywhere", rightly, func(q portal.PageQuery) func(x, y portal.Position) int {
		order := byStart(q)
		return func(x, y portal.Position) int {
			if x.At.Equal(y.At) {
				return strings.Compare(x.BookingID, y.BookingID)
			}
			return order(x, y)
		}
	}),
	{
		name: "begins where the last booking stands now, and anew when it has gone",
		page: func(good *portaltest.Bookings, ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
			b, err := good.Booking(ctx, q.Customer, q.After.BookingID)
			q.After = portal.Position{}
			if err == nil {
				q.After = b.Position()
			}
			return good.Page(ctx, q)
		},
	},
	{
		name: "pages by offset",
		page: func() func(*portaltest.Bookings, context.Context, portal.PageQuery) ([]portal.Booking, error) {
			offset := 0
			return func(good *portaltest.Bookings, ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
				if (q.After == portal.Position{}) {
					offset = 0
				}
				q.After = portal.Position{}
				n := q.Limit
				q.Limit += offset
				rows, err := good.Page(ctx, q)
				rows = rows[min(offset, len(rows)):]
				offset += min(n, len(rows))
				return rows, err
			}
		}(),
	},
	{
		name: "cuts the page before it filters",
		page: func(good *portaltest.Bookings, ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
			rows := pageBy(good, q, func(portal.Booking) bool { return true }, byStart(q))
			return slices.DeleteFunc(rows, func(b portal.Booking) bool { return !rightly(q)(b) }), ctx.Err()
		},
	},
	{
		name: "fails for a customer without bookings",
		page: func(good *portaltest.Bookings, ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
			rows, err := good.Page(ctx, q)
			if err == nil && len(rows) == 0 {
				err = portal.ErrNotFound
			}
			return rows, err
		},
	},
	{
		name: "returns an empty booking for an unknown id",
		one: func(good *portaltest.Bookings, ctx context.Context, key portal.CustomerKey, id string) (portal.Booking, error) {
			b, err := good.Booking(ctx, key, id)
			if errors.Is(err, portal.ErrNotFound) {
				err = nil
			}
			return b, err
		},
	},
	{
		name: "fails on ids of another make",
		one: func(good *portaltest.Bookings, ctx context.Context, key portal.CustomerKey, id string) (portal.Booking, error) {
			if len(id) < 36 {
				return portal.Booking{}, fmt.Errorf("invalid input syntax for type uuid: %q", id)
			}
			return good.Booking(ctx, key, id)
		},
	},
	{
		name: "finds a booking by its id alone",
		page: func(good *portaltest.Bookings, ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
			rows, err := good.Page(ctx, q)
			for _, b := range rows {
				shared[b.ID] = b
			}
			return rows, err
		},
		one: func(good *portaltest.Bookings, ctx context.Context, key portal.CustomerKey, id string) (portal.Booking, error) {
			b, err := good.Booking(ctx, key, id)
			if other, ok := shared[id]; err != nil && ok {
				return other, nil
			}
			return b, err
		},
	},
	{
		name: "mixes up the tenants",
		page: func(good *portaltest.Bookings, ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
			if first, ok := tenants[q.Customer.CustomerID]; ok {
				q.Customer.TenantID = first
			}
			tenants[q.Customer.CustomerID] = q.Customer.TenantID
			return good.Page(ctx, q)
		},
	},
	{
		name: "shows what is under an unverified address",
		page: func(good *portaltest.Bookings, ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
			rows, err := good.Page(ctx, q)
			q.Customer = hidden(q.Customer)
			more, _ := good.Page(ctx, q)
			return append(rows, more...), err
		},
	},
	{
		name: "opens what is under an unverified address",
		one: func(good *portaltest.Bookings, ctx context.Context, key portal.CustomerKey, id string) (portal.Booking, error) {
			b, err := good.Booking(ctx, key, id)
			if errors.Is(err, portal.ErrNotFound) {
				return good.Booking(ctx, hidden(key), id)
			}
			return b, err
		},
	},
	altered("returns local times", func(b *portal.Booking) { b.StartsAt = b.StartsAt.In(time.FixedZone("", 3600)) }),
	altered("keeps times to the second", func(b *portal.Booking) { b.StartsAt = b.StartsAt.Truncate(time.Second) }),
	altered("returns times finer than a microsecond", func(b *portal.Booking) { b.EndsAt = b.EndsAt.Add(7) }),
	altered("knows no zones", func(b *portal.Booking) { b.Venue.Zone = nil }),
	altered("shows times in the server's zone", func(b *portal.Booking) { b.Venue.Zone = time.Local }),
	altered("loses the package", func(b *portal.Booking) { b.Package = nil }),
	altered("invents a rule on changes", func(b *portal.Booking) { b.ChangesUntil = b.StartsAt }),
	altered("shares its memory", func(b *portal.Booking) {
		if before, ok := shared["memory/"+b.ID]; ok {
			b.Resources, b.Package = before.Resources, before.Package
		}
		shared["memory/"+b.ID] = *b
	}),
	{
		name: "goes on when the context has ended",
		page: func(good *portaltest.Bookings, _ context.Context, q portal.PageQuery) ([]portal.Booking, error) {
			return good.Page(context.Background(), q)
		},
	},
	{
		name: "returns an empty page when the context has ended",
		page: func(good *portaltest.Bookings, ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
			rows, _ := good.Page(ctx, q)
			return rows, nil
		},
	},
	{
		name: "finds nothing when the context has ended",
		one: func(good *portaltest.Bookings, ctx context.Context, key portal.CustomerKey, id string) (portal.Booking, error) {
			b, err := good.Booking(ctx, key, id)
			if ctx.Err() != nil {
				err = portal.ErrNotFound
			}
			return b, err
		},
	},
}
