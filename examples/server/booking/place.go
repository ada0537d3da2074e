package booking

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// errFull means that nothing that fits is free.
var errFull = errors.New("booking: nothing free")

// wish is what a request asks of the resources, beyond the booking's own shape.
type wish struct {
	count    int    // how many; 0 for as many as the party needs
	resource string // this lane, table or event; "" for any
	held     int    // seats that the booking holds of its event
	try      int    // how often the race for them was lost
}

// seatIn chooses free resources for the booking and prices it. Resources that
// the booking holds are free to it, and kept where they fit.
func (e *Engine) seatIn(ctx context.Context, q bunx.Queries, v Venue, pkg Package, b *Booking, w wish) error {
	all, err := resources(ctx, q, v.Key(), b.Kind)
	if err != nil {
		return err
	}
	now := e.now()
	all = slices.DeleteFunc(all, func(r Resource) bool {
		return w.resource != "" && r.ID != w.resource ||
			r.retired(now) && !slices.Contains(b.Resources, r.ID) ||
			r.Kind == Event && !r.EndsAt.After(now)
	})
	var chosen []Resource
	if b.Kind == Event {
		chosen = chooseEvent(all, *b, w.held)
	} else {
		busy, err := busyUnits(ctx, q, v.Key(), all, b.StartsAt, b.EndsAt, b.ID)
		if err != nil {
			return err
		}
		free := slices.DeleteFunc(all, func(r Resource) bool { return busy.any(r.ID, b.StartsAt, b.EndsAt) })
		chosen = assign(spread(free, b.ID, w.try), b.Resources, b.PartySize, w.count)
	}
	if chosen == nil {
		return errFull
	}
	if b.Kind == Event {
		b.EndsAt = chosen[0].EndsAt
	}
	b.Resources = make([]string, len(chosen))
	for i, r := range chosen {
		b.Resources[i] = r.ID
	}
	slices.Sort(b.Resources)
	b.ColorType = sharedColor(chosen)
	b.Price = Money{price(chosen, b.StartsAt, b.EndsAt, b.PartySize, pkg), v.Currency}
	return nil
}

// chooseEvent returns the event that starts with the booking and has seats for
// it, held of which are the booking's own.
func chooseEvent(events []Resource, b Booking, held int) []Resource {
	for _, r := range events {
		left := r.Capacity - r.SeatsTaken
		if slices.Contains(b.Resources, r.ID) {
			left += held
		}
		if r.StartsAt.Equal(b.StartsAt) && left >= b.PartySize {
			return []Resource{r}
		}
	}
	return nil
}

// assign chooses count of the free resources for the party, or as many as it
// needs when count is 0. If the current ones are all free they stay: more are
// added to them, or some of them dropped when count is lower. It returns nil
// when nothing fits.
func assign(free []Resource, current []string, party, count int) []Resource {
	var kept, rest []Resource
	room := 0
	for _, r := range free {
		if slices.Contains(current, r.ID) {
			kept, room = append(kept, r), room+r.Capacity
		} else {
			rest = append(rest, r)
		}
	}
	if len(kept) > 0 && len(kept) == len(current) {
		extra := count - len(kept)
		if count == 0 {
			extra = 0
			if room < party {
				extra = max(1, needed(rest, party-room))
			}
		}
		switch {
		case extra == 0 && room >= party:
			return kept
		case extra > 0:
			if more := pick(rest, party-room, extra); more != nil {
				return append(kept, more...)
			}
		case extra < 0:
			if fewer := pick(kept, party, count); fewer != nil {
				return fewer
			}
		}
	}
	if count == 0 {
		count = needed(free, party)
	}
	return pick(free, party, count)
}

// spread turns the list by an amount that depends on the booking, from the
// second try on, so that those who lost together don't race again for one lane.
func spread(free []Resource, id string, try int) []Resource {
	if try == 0 || len(free) < 2 {
		return free
	}
	turn := (int(reference(id, 0)[0]) + try) % len(free)
	return slices.Concat(free[turn:], free[:turn])
}

func sharedColor(resources []Resource) string {
	for _, r := range resources {
		if r.ColorType != resources[0].ColorType {
			return ""
		}
	}
	return resources[0].ColorType
}

// occupancy is the set of half hours in which resources are taken.
type occupancy map[string]map[time.Time]bool

func (o occupancy) any(resource string, from, to time.Time) bool {
	for at := from.Truncate(Unit); at.Before(to); at = at.Add(Unit) {
		if o[resource][at] {
			return true
		}
	}
	return false
}

// busyUnits reads which half hours between from and to others than the booking
// hold of the resources.
func busyUnits(ctx context.Context, q bunx.Queries, k VenueKey, of []Resource, from, to time.Time, except string) (occupancy, error) {
	if len(of) == 0 {
		return nil, nil
	}
	ids := make([]string, len(of))
	for i, r := range of {
		ids[i] = r.ID
	}
	var rows []slotRow
	err := q.All(ctx, &rows, `SELECT resource_id, slot_at FROM booking_slots
		WHERE tenant_id = ? AND venue_id = ? AND resource_id IN (?) AND slot_at >= ? AND slot_at < ? AND booking_id <> ?`,
		k.TenantID, k.VenueID, bun.List(ids), bunx.Time(from.Truncate(Unit)), bunx.Time(to), except)
	if err != nil {
		return nil, err
	}
	busy := make(occupancy)
	for _, r := range rows {
		if busy[r.ResourceID] == nil {
			busy[r.ResourceID] = make(map[time.Time]bool)
		}
		busy[r.ResourceID][r.SlotAt.UTC()] = true
	}
	return busy, nil
}

// maxTries bounds the races that one verb runs. Each lost one means that
// somebody else took a resource, so it exceeds the resources of a venue.
const maxTries = 64

// race runs f until it doesn't lose. Running out of tries is being full.
func race(f func(try int) error) error {
	for try := range maxTries {
		err := f(try)
		if !errors.Is(err, errLost) {
			return err
		}
	}
	return errFull
}

// unavailable turns errFull into an UnavailableError with the times nearest to
// the booking's.
func (e *Engine) unavailable(ctx context.Context, err error, v Venue, b Booking, count int) error {
	if !errors.Is(err, errFull) {
		return err
	}
	var near []Slot
	for day := range 2 {
		slots, err := e.slots(ctx, v, AvailabilityQuery{
			Kind: b.Kind, Day: v.ServiceDay(b.StartsAt).AddDays(day), PartySize: b.PartySize,
			Duration: b.EndsAt.Sub(b.StartsAt), ResourceCount: count,
		})
		if err != nil {
			return err
		}
		near = append(near, slots...)
	}
	slices.SortStableFunc(near, func(x, y Slot) int {
		return cmp.Compare(x.StartsAt.Sub(b.StartsAt).Abs(), y.StartsAt.Sub(b.StartsAt).Abs())
	})
	return &UnavailableError{near[:min(len(near), maxAlternatives)]}
}

// maxAlternatives is how many other times an UnavailableError offers.
const maxAlternatives = 3
