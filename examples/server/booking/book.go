package booking

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// Request asks for a booking.
type Request struct {
	TenantID       string
	IdempotencyKey string // 1 to 128 bytes, unique per tenant; names the request for ever
	VenueID        string
	Kind           Kind
	StartsAt       time.Time     // cut to the minute
	Duration       time.Duration // multiple of Unit; not for events, which have their own
	PartySize      int
	ResourceCount  int    // lanes or tables wanted; 0 for as many as the party needs
	ResourceID     string // this lane, table or event; "" lets the engine choose
	PackageID      string // "" for none
	CustomerID     string // optional for walk-ins only
	Channel        string // ChannelWeb, ChannelPhone or ChannelWalkIn
	Hold           bool   // Pending for HoldFor, to be confirmed by a payment; else Confirmed at once
}

// Book makes a booking of resources that it chooses, Confirmed, or Pending for
// a Hold, or CheckedIn for a walk-in. The same request under the same key
// returns the same booking as it stands now, and books nothing.
//
// ErrUnavailable with other times when nothing is free or the venue is closed,
// ErrIdempotencyMismatch for another request under the key, ErrNotFound for an
// unknown venue, ErrInvalid.
func (e *Engine) Book(ctx context.Context, r Request) (Booking, error) {
	r.StartsAt = bunx.Time(r.StartsAt).Truncate(time.Minute)
	if err := r.validate(); err != nil {
		return Booking{}, err
	}
	if b, err := replay(ctx, e.db.Q(), r); !errors.Is(err, ErrNotFound) {
		return b, err
	}
	now := e.now()
	if r.past(now) {
		return Booking{}, invalid("starts_at", "past")
	}
	if beyond(r.StartsAt, now) {
		return Booking{}, invalid("starts_at", "range")
	}
	v, err := e.Venue(ctx, VenueKey{r.TenantID, r.VenueID})
	if err != nil {
		return Booking{}, err
	}
	pkg, err := packageOf(ctx, e.db.Q(), v.Key(), r.PackageID)
	if err == nil && pkg.retired(now) {
		err = invalid("package_id", "unknown")
	}
	if err != nil {
		return Booking{}, err
	}
	draft := r.draft(v, e.cfg.NewID(), now)
	if r.Kind != Event && !v.opensFor(draft.StartsAt, draft.EndsAt) {
		return Booking{}, e.unavailable(ctx, errFull, v, draft, r.ResourceCount)
	}
	var b Booking
	err = race(func(try int) (err error) {
		b, err = e.bookOnce(ctx, r, v, pkg, draft, try)
		return err
	})
	if err != nil {
		return Booking{}, e.unavailable(ctx, err, v, draft, r.ResourceCount)
	}
	return b, nil
}

func (e *Engine) bookOnce(ctx context.Context, r Request, v Venue, pkg Package, draft Booking, try int) (b Booking, err error) {
	err = e.db.InTx(ctx, func(q bunx.Queries) error {
		b = draft
		if err := e.seatIn(ctx, q, v, pkg, &b, wish{count: r.ResourceCount, resource: r.ResourceID, try: try}); err != nil {
			return err
		}
		inserted, err := insert(ctx, q, &b, r)
		if err != nil {
			return err
		}
		if !inserted {
			b, err = replay(ctx, q, r)
			return err
		}
		if err := swap(ctx, q, Booking{}, b); err != nil {
			return err
		}
		return e.cfg.Changed(ctx, q.Tx(), b)
	})
	return b, err
}

// maxReferences bounds the references that are tried for a booking; one in a
// billion is taken by each booking of the venue on that day.
const maxReferences = 8

// insert writes a new booking and gives it a reference. It reports false when
// the idempotency key is taken.
func insert(ctx context.Context, q bunx.Queries, b *Booking, r Request) (bool, error) {
	for n := range maxReferences {
		b.Reference = reference(b.ID, n)
		row := newBookingRow(*b)
		row.IdempotencyKey, row.Fingerprint = r.IdempotencyKey, r.fingerprint()
		res, err := q.Insert(&row).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return false, err
		}
		if affected, err := res.RowsAffected(); err != nil || affected == 1 {
			return affected == 1, err
		}
		if _, err := replay(ctx, q, r); !errors.Is(err, ErrNotFound) {
			return false, nil
		}
	}
	return false, fmt.Errorf("booking: no free reference for booking %q", b.ID)
}

// Booked returns the booking that the same request made before, as it stands
// now. ErrNotFound when there is none, ErrIdempotencyMismatch for another request
// under the key.
func (e *Engine) Booked(ctx context.Context, r Request) (Booking, error) {
	r.StartsAt = bunx.Time(r.StartsAt).Truncate(time.Minute)
	return replay(ctx, e.db.Q(), r)
}

// replay returns the booking that the request's key made before.
func replay(ctx context.Context, q bunx.Queries, r Request) (Booking, error) {
	var row bookingRow
	err := q.Get(ctx, &row, `SELECT * FROM booking_bookings WHERE tenant_id = ? AND idempotency_key = ?`, r.TenantID, r.IdempotencyKey)
	if err != nil {
		return Booking{}, notFound(err, "idempotency key", r.IdempotencyKey)
	}
	if row.Fingerprint != r.fingerprint() {
		return Booking{}, ErrIdempotencyMismatch
	}
	return row.booking()
}

// fingerprint tells requests under one key apart.
func (r Request) fingerprint() string {
	sum := sha256.Sum256([]byte(toJSON(r)))
	return hex.EncodeToString(sum[:])
}

func (r Request) validate() error {
	var f faults
	f.id("tenant_id", r.TenantID)
	f.id("venue_id", r.VenueID)
	f.when(r.IdempotencyKey == "", "idempotency_key", "required")
	f.text("idempotency_key", r.IdempotencyKey, 128)
	f.when(!r.Kind.valid(), "kind", "unknown")
	f.when(r.StartsAt.IsZero(), "starts_at", "required")
	checkSize(&f, r.Kind, r.PartySize, r.ResourceCount, r.Duration)
	f.when(r.ResourceID != "" && r.ResourceCount > 1, "resource_count", "mismatch")
	f.optional("resource_id", r.ResourceID)
	f.optional("package_id", r.PackageID)
	f.optional("customer_id", r.CustomerID)
	switch r.Channel {
	case ChannelWeb, ChannelPhone:
		f.when(r.CustomerID == "", "customer_id", "required")
	case ChannelWalkIn:
		f.when(r.Hold, "hold", "mismatch")
	default:
		f.add("channel", "unknown")
	}
	return f.err()
}

// checkSize checks what bookings and queries have in common.
func checkSize(f *faults, kind Kind, party, count int, duration time.Duration) {
	f.when(party < 1 || party > maxParty, "party_size", "range")
	f.when(count < 0 || count > maxParty || kind == Event && count > 1, "resource_count", "range")
	f.when(kind != Event && !validDuration(duration), "duration", "range")
}

func validDuration(d time.Duration) bool { return d > 0 && d <= MaxDuration && d%Unit == 0 }

// past reports whether it is too late to book: for customers once the time has
// begun, for staff once it is over.
func (r Request) past(now time.Time) bool {
	if r.Channel == ChannelWeb {
		return r.StartsAt.Before(now)
	}
	return r.Kind != Event && !r.StartsAt.Add(r.Duration).After(now)
}

// draft is the booking before it has resources and a reference.
func (r Request) draft(v Venue, id string, now time.Time) Booking {
	b := Booking{
		TenantID: r.TenantID, ID: id, VenueID: r.VenueID, ServiceDay: v.ServiceDay(r.StartsAt), CustomerID: r.CustomerID,
		Kind: r.Kind, PartySize: r.PartySize, PackageID: r.PackageID, StartsAt: r.StartsAt, EndsAt: r.StartsAt.Add(r.Duration),
		Status: Confirmed, Price: Money{Currency: v.Currency}, Paid: Money{Currency: v.Currency}, Channel: r.Channel,
		Revision: 1, SlotRevision: 1, SlotRevisedAt: now, HolderRevision: 1, CreatedAt: now, UpdatedAt: now,
	}
	switch {
	case r.Channel == ChannelWalkIn:
		b.Status, b.CheckedInAt = CheckedIn, now
	case r.Hold:
		b.Status, b.HoldUntil = Pending, bunx.Time(now.Add(HoldFor))
	}
	return b
}
