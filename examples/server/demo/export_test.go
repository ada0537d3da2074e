package demo

import (
	"context"
	"slices"
	"time"

	"github.com/petanque-life/venuekit/examples/server/booking"
)

// SeedShare is Seed with a share of the guests and their ordinary bookings.
func SeedShare(ctx context.Context, t Target, share float64) error { return seed(ctx, t, share) }

// Plan returns the bookings that Seed imports, their customers named by address.
func Plan(now time.Time, seed uint64, share float64) []booking.Booking {
	var all []booking.Booking
	for _, c := range chains() {
		all = slices.Concat(all, newPlan(c, now, seed, share).bookings)
	}
	return all
}

// Venues returns the demo's venues, those where NoteBookingTonight plays first
// of their tenants.
func Venues() []booking.Venue {
	var all []booking.Venue
	for _, c := range chains() {
		for _, h := range c.houses {
			all = append(all, h.Venue)
		}
	}
	return all
}
