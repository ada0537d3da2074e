package main

import (
	"context"
	"sync"
	"time"

	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/httpx"
	"github.com/petanque-life/venuekit/portal"
)

// names knows what the ids in bookings are called. Names change rarely, and a
// list of bookings would ask for the same few again and again.
type names struct {
	engine *booking.Engine
	now    func() time.Time

	mu     sync.Mutex
	venues map[booking.VenueKey]venueNames
}

// namesFor is how long a changed name may take to be seen.
const namesFor = 10 * time.Second

type venueNames struct {
	readAt    time.Time
	venue     booking.Venue
	zone      *time.Location
	resources map[string]string
	packages  map[string]booking.Package
}

func newNames(e *booking.Engine, now func() time.Time) *names {
	return &names{engine: e, now: now, venues: map[booking.VenueKey]venueNames{}}
}

func (n *names) of(ctx context.Context, key booking.VenueKey) (venueNames, error) {
	now := n.now()
	n.mu.Lock()
	v, ok := n.venues[key]
	n.mu.Unlock()
	if ok && now.Sub(v.readAt) < namesFor {
		return v, nil
	}
	v, err := n.read(ctx, key)
	if err != nil {
		return venueNames{}, err
	}
	v.readAt = now
	n.mu.Lock()
	n.venues[key] = v
	n.mu.Unlock()
	return v, nil
}

func (n *names) read(ctx context.Context, key booking.VenueKey) (v venueNames, err error) {
	if v.venue, err = n.engine.Venue(ctx, key); err != nil {
		return v, err
	}
	if v.zone, err = time.LoadLocation(v.venue.Zone); err != nil {
		return v, err
	}
	v.resources, v.packages = map[string]string{}, map[string]booking.Package{}
	for _, kind := range []booking.Kind{booking.Lane, booking.Table, booking.Event} {
		resources, err := n.engine.Resources(ctx, key, kind)
		if err != nil {
			return v, err
		}
		for _, r := range resources {
			v.resources[r.ID] = r.Name
		}
	}
	packages, err := n.engine.Packages(ctx, key)
	for _, p := range packages {
		v.packages[p.ID] = p
	}
	return v, err
}

// portal returns a booking as the portal shows it, in the language of ctx.
func (n *names) portal(ctx context.Context, b booking.Booking) (portal.Booking, error) {
	v, err := n.of(ctx, booking.VenueKey{TenantID: b.TenantID, VenueID: b.VenueID})
	if err != nil {
		return portal.Booking{}, err
	}
	out := portal.Booking{
		TenantID: b.TenantID, ID: b.ID, Reference: b.Reference, Venue: portal.Venue{ID: b.VenueID, Name: v.venue.Name, Zone: v.zone},
		ResourceType: portal.ResourceType(b.Kind), Resources: make([]string, len(b.Resources)), ColorType: b.ColorType,
		PartySize: b.PartySize, StartsAt: b.StartsAt, EndsAt: b.EndsAt, Status: portal.Status(b.Status),
		Price: portal.Money{Amount: b.Price.Amount, Currency: b.Price.Currency},
	}
	for i, id := range b.Resources {
		out.Resources[i] = v.resources[id]
	}
	if p, ok := v.packages[b.PackageID]; ok {
		out.Package = &portal.Package{ID: p.ID, Name: p.Name[httpx.ContextLanguage(ctx)]}
	}
	return out, nil
}
