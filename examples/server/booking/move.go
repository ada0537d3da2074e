package booking

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// Place is where and when a booking goes.
type Place struct {
	VenueID       string        // "" keeps the venue
	StartsAt      time.Time     // cut to the minute; zero keeps the start
	Duration      time.Duration // multiple of Unit; 0 keeps it. Not for events
	ResourceCount int           // lanes or tables; 0 keeps them where they fit, else as many as the party needs
	ResourceID    string        // this lane, table or event; "" lets the engine choose
}

// Move changes the venue, start, length or resources of a live booking, also
// after check-in, and prices it anew; what was paid stays. Its resources are
// kept where they are free, and no resource is given up before the new ones
// are taken. The reference stays unless it is taken on the new service day.
//
// ErrUnavailable with other times, ErrConflict, ErrNotFound, ErrInvalid.
func (e *Engine) Move(ctx context.Context, k Key, to Place) (Booking, error) {
	var f faults
	f.optional("venue_id", to.VenueID)
	f.optional("resource_id", to.ResourceID)
	f.when(to.Duration != 0 && !validDuration(to.Duration), "duration", "range")
	f.when(to.ResourceCount < 0 || to.ResourceCount > maxParty, "resource_count", "range")
	f.when(to.ResourceID != "" && to.ResourceCount > 1, "resource_count", "mismatch")
	if err := f.err(); err != nil {
		return Booking{}, err
	}
	w := wish{count: to.ResourceCount, resource: to.ResourceID}
	return e.reshape(ctx, k, w, func(b *Booking) {
		length := b.EndsAt.Sub(b.StartsAt)
		if to.VenueID != "" {
			b.VenueID = to.VenueID
		}
		if !to.StartsAt.IsZero() {
			b.StartsAt = bunx.Time(to.StartsAt).Truncate(time.Minute)
		}
		if to.Duration != 0 && b.Kind != Event {
			length = to.Duration
		}
		b.EndsAt = b.StartsAt.Add(length)
	})
}

// ChangeParty changes how many people come with a live booking, also after
// check-in, and prices it anew; what was paid stays. Resources are added where
// the party needs them; none is given up. ErrUnavailable when they aren't free,
// ErrConflict, ErrNotFound, ErrInvalid.
func (e *Engine) ChangeParty(ctx context.Context, k Key, party int) (Booking, error) {
	if party < 1 || party > maxParty {
		return Booking{}, invalid("party_size", "range")
	}
	return e.reshape(ctx, k, wish{}, func(b *Booking) { b.PartySize = party })
}

// reshape changes what a booking asks for by f, and its resources and price
// with it.
func (e *Engine) reshape(ctx context.Context, k Key, w wish, f func(b *Booking)) (Booking, error) {
	now := e.now()
	var b, wanted Booking
	var v Venue
	err := race(func(try int) (err error) {
		w.try = try
		b, err = e.change(ctx, k, now, func(q bunx.Queries, b *Booking) error {
			old := *b
			f(b)
			if err := b.become(b.Status, Pending, Confirmed, CheckedIn); err != nil {
				return err
			}
			if reflect.DeepEqual(*b, old) && w.count == 0 && w.resource == "" {
				return nil
			}
			var err error
			if v, err = venueOf(ctx, q, VenueKey{b.TenantID, b.VenueID}); err != nil {
				return err
			}
			wanted = *b
			return e.refit(ctx, q, v, old, b, w, now)
		})
		return err
	})
	if err != nil {
		if errors.Is(err, errFull) {
			err = e.unavailable(ctx, err, v, wanted, w.count)
		}
		return Booking{}, err
	}
	return b, nil
}

// refit makes the changed booking whole again: service day, reference,
// resources and price.
func (e *Engine) refit(ctx context.Context, q bunx.Queries, v Venue, old Booking, b *Booking, w wish, now time.Time) error {
	stays := b.VenueID == old.VenueID && b.StartsAt.Equal(old.StartsAt)
	sameTime := stays && b.EndsAt.Equal(old.EndsAt)
	switch {
	case v.Currency != old.Price.Currency:
		return invalid("venue_id", "mismatch")
	case sameTime && !b.EndsAt.After(now):
		return fmt.Errorf("%w: it has ended", ErrConflict)
	case !b.EndsAt.After(now):
		return invalid("starts_at", "past")
	case !stays && beyond(b.StartsAt, now):
		return invalid("starts_at", "range")
	case b.Kind != Event && !sameTime && !v.opensFor(b.StartsAt, b.EndsAt):
		return errFull
	}
	pkg, err := packageOf(ctx, q, v.Key(), b.PackageID)
	if err != nil {
		return err
	}
	if b.VenueID != old.VenueID {
		b.Resources = nil // ids are the venue's own
	}
	b.ServiceDay = v.ServiceDay(b.StartsAt)
	if b.VenueID != old.VenueID || b.ServiceDay != old.ServiceDay {
		if b.Reference, err = freeReference(ctx, q, *b); err != nil {
			return err
		}
	}
	if b.Kind == Event {
		w.held = old.PartySize
		if stays && w.resource == "" {
			w.resource = old.Resources[0]
		}
	}
	return e.seatIn(ctx, q, v, pkg, b, w)
}

// freeReference returns the booking's reference, or another where its venue and
// service day have it already.
func freeReference(ctx context.Context, q bunx.Queries, b Booking) (string, error) {
	ref := b.Reference
	for n := range maxReferences {
		var taken int
		err := q.Get(ctx, &taken, `SELECT count(*) FROM booking_bookings
			WHERE tenant_id = ? AND venue_id = ? AND service_day = ? AND reference = ? AND id <> ?`,
			b.TenantID, b.VenueID, b.ServiceDay.String(), ref, b.ID)
		if err != nil || taken == 0 {
			return ref, err
		}
		ref = reference(b.ID, n)
	}
	return "", fmt.Errorf("booking: no free reference for booking %q", b.ID)
}
