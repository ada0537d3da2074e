package booking

import (
	"context"
	"slices"
	"time"
)

// AvailabilityQuery asks for the times at which something can be booked.
type AvailabilityQuery struct {
	TenantID      string
	VenueID       string
	Kind          Kind
	Day           Date // service day
	PartySize     int
	Duration      time.Duration // multiple of Unit; not for events
	ResourceCount int           // lanes or tables wanted; 0 for as many as the party needs
}

// Slot is a time at which the party fits.
type Slot struct {
	StartsAt   time.Time
	EndsAt     time.Time
	ResourceID string // the event; "" for lanes and tables, which the engine picks
	Name       string // of the event
	ColorType  string // "" for unknown
	Count      int    // lanes or tables that the party gets, 1 for an event
	Free       int    // lanes or tables free for all of the time, or seats left
	Price      Money  // without a food package
}

// Availability returns the bookable times of a service day that haven't
// started, soonest first; none on a closed day or beyond the Horizon. Lanes and tables start at
// every full Unit from opening. ErrNotFound, ErrInvalid.
func (e *Engine) Availability(ctx context.Context, aq AvailabilityQuery) ([]Slot, error) {
	var f faults
	f.when(!aq.Kind.valid(), "kind", "unknown")
	f.when(aq.Day.IsZero(), "day", "required")
	checkSize(&f, aq.Kind, aq.PartySize, aq.ResourceCount, aq.Duration)
	if err := f.err(); err != nil {
		return nil, err
	}
	v, err := e.Venue(ctx, VenueKey{aq.TenantID, aq.VenueID})
	if err != nil {
		return nil, err
	}
	return e.slots(ctx, v, aq)
}

func (e *Engine) slots(ctx context.Context, v Venue, aq AvailabilityQuery) ([]Slot, error) {
	q, now := e.db.Q(), e.now()
	all, err := resources(ctx, q, v.Key(), aq.Kind)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(r Resource) bool { return r.retired(now) })
	if aq.Kind == Event {
		return eventSlots(v, all, aq, now), nil
	}
	from, to, open := v.OpenInterval(aq.Day)
	if !open {
		return nil, nil
	}
	busy, err := busyUnits(ctx, q, v.Key(), all, from, to, "")
	if err != nil {
		return nil, err
	}
	return laneSlots(v, all, busy, aq, from, to, now), nil
}

func laneSlots(v Venue, all []Resource, busy occupancy, aq AvailabilityQuery, from, to, now time.Time) []Slot {
	var slots []Slot
	for start := from; !start.Add(aq.Duration).After(to); start = start.Add(Unit) {
		if start.Before(now) || beyond(start, now) {
			continue
		}
		end := start.Add(aq.Duration)
		free := slices.DeleteFunc(slices.Clone(all), func(r Resource) bool { return busy.any(r.ID, start, end) })
		chosen := assign(free, nil, aq.PartySize, aq.ResourceCount)
		if chosen == nil {
			continue
		}
		slots = append(slots, Slot{
			StartsAt: start, EndsAt: end, ColorType: sharedColor(chosen), Count: len(chosen), Free: len(free),
			Price: Money{price(chosen, start, end, aq.PartySize, Package{}), v.Currency},
		})
	}
	return slots
}

func eventSlots(v Venue, events []Resource, aq AvailabilityQuery, now time.Time) []Slot {
	var slots []Slot
	for _, r := range events {
		left := r.Capacity - r.SeatsTaken
		if v.ServiceDay(r.StartsAt) != aq.Day || r.StartsAt.Before(now) || beyond(r.StartsAt, now) || left < aq.PartySize {
			continue
		}
		slots = append(slots, Slot{
			StartsAt: r.StartsAt, EndsAt: r.EndsAt, ResourceID: r.ID, Name: r.Name, ColorType: r.ColorType, Count: 1, Free: left,
			Price: Money{price([]Resource{r}, r.StartsAt, r.EndsAt, aq.PartySize, Package{}), v.Currency},
		})
	}
	slices.SortStableFunc(slots, func(a, b Slot) int { return a.StartsAt.Compare(b.StartsAt) })
	return slots
}
