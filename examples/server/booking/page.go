package booking

import (
	"context"
	"fmt"
	"time"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// CustomerKey names a customer.
type CustomerKey struct{ TenantID, CustomerID string }

// Position is a place in a list: after the booking it is the position of. The
// zero Position is the list's beginning.
type Position struct {
	StartsAt time.Time
	ID       string
}

// Position returns where the booking stands in a list.
func (b Booking) Position() Position { return Position{b.StartsAt, b.ID} }

// IsZero reports whether p is the beginning.
func (p Position) IsZero() bool { return p.ID == "" && p.StartsAt.IsZero() }

// Get returns a booking. ErrNotFound.
func (e *Engine) Get(ctx context.Context, k Key) (Booking, error) {
	return get(ctx, e.db.Q(), k, "")
}

// ByReference returns the venue's booking with the reference on a service day,
// which may be typed as ParseReference allows. ErrNotFound.
func (e *Engine) ByReference(ctx context.Context, k VenueKey, day Date, typed string) (Booking, error) {
	ref, ok := ParseReference(typed)
	if !ok {
		return Booking{}, fmt.Errorf("%w: reference", ErrNotFound)
	}
	var row bookingRow
	err := e.db.Q().Get(ctx, &row, `SELECT * FROM booking_bookings
		WHERE tenant_id = ? AND venue_id = ? AND service_day = ? AND reference = ?`, k.TenantID, k.VenueID, day.String(), ref)
	if err != nil {
		return Booking{}, notFound(err, "reference", ref)
	}
	return row.booking()
}

// CustomerPage returns the customer's bookings in a bucket as of a time, in the
// bucket's order, at most limit of them, after a position. A reader who pages
// with one asOf sees each booking that stays in the bucket exactly once. Equal
// starts are ordered by id. An unknown bucket is ErrInvalid.
//
// Every page costs the same: one range of the bucket's partial index.
func (e *Engine) CustomerPage(ctx context.Context, k CustomerKey, bucket Bucket, asOf time.Time, after Position, limit int) ([]Booking, error) {
	query, args, err := pageQuery(k, bucket, bunx.Time(asOf), after, limit)
	if err != nil {
		return nil, err
	}
	return list(ctx, e.db.Q(), query, args...)
}

// pageQuery gives each page one bound by row value, which both databases turn
// into the start of an index range.
func pageQuery(k CustomerKey, bucket Bucket, asOf time.Time, after Position, limit int) (string, []any, error) {
	query, args := `SELECT * FROM booking_bookings WHERE tenant_id = ? AND customer_id = ?`, []any{k.TenantID, k.CustomerID}
	bound := func(condition string, values ...any) { query, args = query+condition, append(args, values...) }
	switch bucket {
	case BucketUpcoming:
		// What hasn't ended began less than MaxDuration ago.
		if from := asOf.Add(-MaxDuration); after.StartsAt.Before(from) {
			after = Position{StartsAt: from}
		}
		bound(` AND status <> 'CANCELLED' AND ends_at > ? AND (starts_at, id) > (?, ?) ORDER BY starts_at, id`,
			asOf, bunx.Time(after.StartsAt), after.ID)
	case BucketHistory:
		if after.IsZero() || after.StartsAt.After(asOf) {
			after = Position{StartsAt: asOf}
		}
		bound(` AND status <> 'CANCELLED' AND ends_at <= ? AND (starts_at, id) < (?, ?) ORDER BY starts_at DESC, id DESC`,
			asOf, bunx.Time(after.StartsAt), after.ID)
	case BucketCancelled:
		bound(` AND status = 'CANCELLED'`)
		if !after.IsZero() {
			bound(` AND (starts_at, id) < (?, ?)`, bunx.Time(after.StartsAt), after.ID)
		}
		bound(` ORDER BY starts_at DESC, id DESC`)
	default:
		return "", nil, invalid("bucket", "unknown")
	}
	bound(` LIMIT ?`, limit)
	return query, args, nil
}

// VenueDay returns the venue's bookings of a service day in every state, by
// start and id, at most limit of them, after a position.
func (e *Engine) VenueDay(ctx context.Context, k VenueKey, day Date, after Position, limit int) ([]Booking, error) {
	return list(ctx, e.db.Q(), `SELECT * FROM booking_bookings
		WHERE tenant_id = ? AND venue_id = ? AND service_day = ? AND (starts_at, id) > (?, ?)
		ORDER BY starts_at, id LIMIT ?`, k.TenantID, k.VenueID, day.String(), bunx.Time(after.StartsAt), after.ID, limit)
}
