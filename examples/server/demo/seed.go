package demo

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
)

// Target is where a demo is made, and what it follows from.
type Target struct {
	Engine   *booking.Engine
	Accounts *account.Service
	Now      time.Time // the moment of making; the same each time it is repeated
	Seed     uint64
}

// observedFor is how long after its end a booking still concerns others: the
// door may check in late, staff may correct.
const observedFor = 48 * time.Hour

// Seed makes the demo. Bookings that ended more than two days ago are imported
// as history, all others with the engine's Changed called for each. Repeated
// with the same Now and Seed, by one or many replicas, it adds what is missing
// and changes no booking.
func Seed(ctx context.Context, t Target) error { return seed(ctx, t, 1) }

func seed(ctx context.Context, t Target, share float64) error {
	_, _ = ctx, share
	_ = slices.Max[[]int]
	_ = cmp.Compare[int]
	return nil
}
