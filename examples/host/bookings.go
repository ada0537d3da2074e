package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/petanque-life/venuekit/portal"
)

// bookings shows the portal our tables, as [portal.Bookings].
type bookings struct{ db *sql.DB }

var _ portal.Bookings = bookings{}

// Each page is one range of an index: $3 and $4 are the place after which it
// begins, $5 the limit, $6 the moment that parts what is to come from what was.
var pages = map[portal.Bucket]string{
	portal.Upcoming: selectBooking + `
		WHERE b.kedja_id = $1 AND b.kund_id = $2 AND (b.start, b.id) > ($3, $4) AND b.status <> 'avbokad' AND b.slut > $6
		ORDER BY b.start, b.id LIMIT $5`,
	portal.History: selectBooking + `
		WHERE b.kedja_id = $1 AND b.kund_id = $2 AND (b.start, b.id) < ($3, $4) AND b.status <> 'avbokad' AND b.slut <= $6
		ORDER BY b.start DESC, b.id DESC LIMIT $5`,
	portal.Cancelled: selectBooking + `
		WHERE b.kedja_id = $1 AND b.kund_id = $2 AND (b.start, b.id) < ($3, $4) AND b.status = 'avbokad'
		ORDER BY b.start DESC, b.id DESC LIMIT $5`,
}

// Page implements portal.Bookings.
func (s bookings) Page(ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
	chain, customer, ok := inwardKey(q.Customer)
	if !ok {
		return nil, nil
	}
	at, id, err := place(q)
	if err != nil {
		return nil, err
	}
	args := []any{chain, customer, at, id, q.Limit}
	if q.Bucket != portal.Cancelled {
		args = append(args, q.AsOf.Unix()) // our slots end on whole seconds
	}
	rows, err := s.db.QueryContext(ctx, pages[q.Bucket], args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []portal.Booking
	for rows.Next() {
		b, err := scanBooking(rows)
		if err != nil {
			return nil, err
		}
		shown, err := b.shown()
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	return out, rows.Err()
}

// maxLength is the longest that a slot may be, in seconds; the table checks it.
const maxLength = 48 * 60 * 60

// place is where in its index a page begins. A bucket's first page begins where
// the bucket can, or it would read through all that stands before.
func place(q portal.PageQuery) (at, id int64, err error) {
	if q.After != (portal.Position{}) {
		id, ok := inward(q.After.BookingID)
		if !ok {
			return 0, 0, portal.ErrBadCursor
		}
		return q.After.At.Unix(), id, nil
	}
	switch q.Bucket {
	case portal.Upcoming: // what began earlier has ended
		return q.AsOf.Unix() - maxLength, 0, nil
	case portal.History: // what begins later hasn't
		return q.AsOf.Unix(), 0, nil
	default:
		return math.MaxInt64, 0, nil
	}
}

// Booking implements portal.Bookings.
func (s bookings) Booking(ctx context.Context, key portal.CustomerKey, id string) (portal.Booking, error) {
	chain, customer, ok := inwardKey(key)
	own, isOwn := inward(id)
	if !ok || !isOwn {
		return portal.Booking{}, errors.Join(ctx.Err(), portal.ErrNotFound)
	}
	b, err := scanBooking(s.db.QueryRowContext(ctx, selectBooking+"WHERE b.id = $1 AND b.kedja_id = $2 AND b.kund_id = $3", own, chain, customer))
	if errors.Is(err, sql.ErrNoRows) {
		return portal.Booking{}, portal.ErrNotFound
	}
	if err != nil {
		return portal.Booking{}, err
	}
	return b.shown()
}

func inwardKey(key portal.CustomerKey) (chain, customer int64, ok bool) {
	chain, known := inward(key.TenantID)
	customer, ok = inward(key.CustomerID)
	return chain, customer, ok && known
}

// shown is what a customer sees of the booking. A lane is all that we have of
// resources; we know no colours and no packages.
func (b booking) shown() (portal.Booking, error) {
	zone, err := time.LoadLocation(b.zone)
	if err != nil {
		return portal.Booking{}, fmt.Errorf("venue %d: %w", b.venue, err)
	}
	starts := time.Unix(b.starts, 0).UTC()
	return portal.Booking{
		TenantID: outward(b.chain), ID: outward(b.id), Reference: b.code,
		Venue:        portal.Venue{ID: outward(b.venue), Name: b.venueName, Zone: zone},
		ResourceType: portal.ResourceLane, Resources: []string{fmt.Sprintf("Bana %d", b.lane)}, PartySize: int(b.party),
		StartsAt: starts, EndsAt: time.Unix(b.ends, 0).UTC(), Status: states[b.status],
		Price:        portal.Money{Amount: b.price, Currency: "SEK"},
		ChangesUntil: starts.Add(-time.Duration(b.cancelHours) * time.Hour),
	}, nil
}
