package demo

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/bunx"
)

// Target is where a demo is made, and what it follows from.
type Target struct {
	Engine   *booking.Engine
	Accounts *account.Service
	Now      time.Time // the moment of making; the same each time it is repeated
	Seed     uint64
	// Share is how much of the ordinary guests and bookings are made, more than 0
	// to 1; those with a note are always made. The same each time it is repeated.
	// Default 1.
	Share float64
}

// observedFor is how long after its end a booking still concerns others: the
// door may check in late, staff may correct.
const observedFor = 48 * time.Hour

// Seed makes the demo. Bookings that ended more than two days ago are imported
// as history, all others with the engine's Changed called for each. Repeated
// with the same Now and Seed, by one replica or many, it adds what is missing
// and changes no booking.
func Seed(ctx context.Context, t Target) error { return seed(ctx, t, cmp.Or(t.Share, 1)) }

func seed(ctx context.Context, t Target, share float64) error {
	now := bunx.Time(t.Now)
	var plans []plan
	for _, c := range chains() {
		p := newPlan(c, now, t.Seed, share)
		for _, put := range []func(context.Context, plan) error{t.furnish, t.staff, t.welcome} {
			if err := put(ctx, p); err != nil {
				return err
			}
		}
		plans = append(plans, p)
	}
	return each(plans, func(p plan) error { return t.book(ctx, p, now) })
}

// furnish puts the venues and what can be booked there.
func (t Target) furnish(ctx context.Context, p plan) error {
	resources := p.events
	var packages []booking.Package
	for _, h := range p.houses {
		if err := t.Engine.PutVenue(ctx, h.Venue); err != nil {
			return err
		}
		resources = slices.Concat(resources, h.resources)
		packages = slices.Concat(packages, h.packages)
	}
	return errors.Join(
		each(resources, func(r booking.Resource) error { return t.Engine.PutResource(ctx, r) }),
		each(packages, func(k booking.Package) error { return t.Engine.PutPackage(ctx, k) }))
}

func (t Target) staff(ctx context.Context, p plan) error {
	return each(Accounts(), func(a Account) error {
		if a.TenantID != p.tenantID || a.Role == RoleCustomer {
			return nil
		}
		_, err := t.Accounts.PutOperator(ctx, account.Operator{
			TenantID: a.TenantID, Email: a.Email, Name: a.name, Role: account.Role(a.Role), Venues: a.venues,
		})
		return err
	})
}

// welcome adds the guests, their addresses proved, and puts their ids into the
// bookings.
func (t Target) welcome(ctx context.Context, p plan) error {
	people := slices.Clone(p.guests)
	for _, a := range Accounts() {
		if a.TenantID == p.tenantID && a.Role == RoleCustomer {
			people = append(people, person{name: a.name, email: a.Email, language: p.language})
		}
	}
	known := make(map[string]string, len(people))
	var mu sync.Mutex
	err := each(people, func(g person) error {
		c, err := t.Accounts.EnsureCustomer(ctx, p.tenantID, g.email, g.name, g.language)
		if err == nil && c.VerifiedAt.IsZero() {
			err = t.Accounts.Verify(ctx, c.Key(), t.Now)
		}
		mu.Lock()
		defer mu.Unlock()
		known[g.email] = c.ID
		return err
	})
	for i, b := range p.bookings {
		p.bookings[i].CustomerID = known[b.CustomerID]
	}
	return err
}

// book imports the bookings by id, that is in the order they were made.
func (t Target) book(ctx context.Context, p plan, now time.Time) error {
	var past, live []booking.Booking
	for _, b := range p.bookings {
		if b.EndsAt.Before(now.Add(-observedFor)) {
			past = append(past, b)
		} else {
			live = append(live, b)
		}
	}
	byID := func(a, b booking.Booking) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(past, byID)
	slices.SortFunc(live, byID)
	if _, err := t.Engine.Import(ctx, past, false); err != nil {
		return err
	}
	_, err := t.Engine.Import(ctx, live, true)
	return err
}

// atOnce is how many small writes wait for the database together.
const atOnce = 8

// each calls f for every item, several at a time, until one fails. What the
// database refused for the sake of others is tried again.
func each[T any](items []T, f func(T) error) error {
	var wg sync.WaitGroup
	errs := make([]error, atOnce)
	for w := range atOnce {
		wg.Go(func() {
			for i := w; i < len(items) && errs[w] == nil; i += atOnce {
				for range atOnce {
					if errs[w] = f(items[i]); !bunx.IsRetryable(errs[w]) {
						break
					}
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
