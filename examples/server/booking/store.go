package booking

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// get reads a booking, under a row lock where lock asks for one.
func get(ctx context.Context, q bunx.Queries, k Key, lock string) (Booking, error) {
	var row bookingRow
	err := q.Get(ctx, &row, `SELECT * FROM booking_bookings WHERE tenant_id = ? AND id = ?`+lock, k.TenantID, k.ID)
	if err != nil {
		return Booking{}, notFound(err, "booking", k.ID)
	}
	return row.booking()
}

// list reads bookings.
func list(ctx context.Context, q bunx.Queries, query string, args ...any) ([]Booking, error) {
	var rows []bookingRow
	if err := q.All(ctx, &rows, query, args...); err != nil {
		return nil, err
	}
	bookings := make([]Booking, len(rows))
	for i, row := range rows {
		var err error
		if bookings[i], err = row.booking(); err != nil {
			return nil, err
		}
	}
	return bookings, nil
}

// update writes b over old, unless somebody else has changed it meanwhile.
func update(ctx context.Context, q bunx.Queries, old, b Booking) error {
	r := newBookingRow(b)
	n, err := q.Exec(ctx, `UPDATE booking_bookings SET venue_id = ?, service_day = ?, reference = ?, customer_id = ?,
		resources = ?, color_type = ?, party_size = ?, starts_at = ?, ends_at = ?, status = ?, reason = ?, price = ?,
		paid = ?, revision = ?, slot_revision = ?, slot_revised_at = ?, holder_revision = ?, hold_until = ?, due_at = ?,
		updated_at = ?, checked_in_at = ? WHERE tenant_id = ? AND id = ? AND revision = ?`,
		r.VenueID, r.ServiceDay, r.Reference, r.CustomerID,
		toJSON(r.Resources), r.ColorType, r.PartySize, r.StartsAt, r.EndsAt, r.Status, r.Reason, r.Price,
		r.Paid, r.Revision, r.SlotRevision, r.SlotRevisedAt, r.HolderRevision, bunx.TimePtr(r.HoldUntil), bunx.TimePtr(r.DueAt),
		r.UpdatedAt, bunx.TimePtr(r.CheckedInAt), r.TenantID, r.ID, old.Revision)
	switch {
	case bunx.IsUnique(err): // the reference, on another service day
		return errLost
	case err == nil && n == 0:
		return fmt.Errorf("%w: booking %q has changed", ErrConflict, b.ID)
	}
	return err
}

// swap takes what b holds beyond old and then gives back what old held beyond
// b. In this order no transaction waits for rows while others wait for rows it
// has deleted. It returns errLost when something is taken already.
func swap(ctx context.Context, q bunx.Queries, old, b Booking) error {
	had, wants := units(old), units(b)
	if err := take(ctx, q, without(wants, had)); err != nil {
		return err
	}
	if err := giveBack(ctx, q, without(had, wants)); err != nil {
		return err
	}
	sums := make(map[eventKey]int)
	countSeats(sums, old, -1)
	countSeats(sums, b, 1)
	return moveSeats(ctx, q, sums)
}

// units are the half hours of lanes or tables that the booking owns, in key
// order. A half hour that it only touches is its own as well.
func units(b Booking) []slotRow {
	if !b.Status.Live() || b.Kind == Event {
		return nil
	}
	var rows []slotRow
	for _, id := range slices.Sorted(slices.Values(b.Resources)) {
		for at := b.StartsAt.Truncate(Unit); at.Before(b.EndsAt); at = at.Add(Unit) {
			rows = append(rows, slotRow{TenantID: b.TenantID, VenueID: b.VenueID, ResourceID: id, SlotAt: at, BookingID: b.ID})
		}
	}
	return rows
}

// without returns the rows that aren't in others, in their order.
func without(rows, others []slotRow) []slotRow {
	gone := make(map[slotRow]bool, len(others))
	for _, r := range others {
		gone[r] = true
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r slotRow) bool { return gone[r] })
}

// slotBatch is how many rows one statement inserts.
const slotBatch = 1000

// take inserts rows, which are in key order.
func take(ctx context.Context, q bunx.Queries, rows []slotRow) error {
	for batch := range slices.Chunk(rows, slotBatch) {
		res, err := q.Insert(&batch).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || int(n) < len(batch) {
			return cmp.Or(err, errLost)
		}
	}
	return nil
}

func giveBack(ctx context.Context, q bunx.Queries, rows []slotRow) error {
	for len(rows) > 0 {
		first, times := rows[0], []time.Time{}
		for len(rows) > 0 && rows[0].VenueID == first.VenueID && rows[0].ResourceID == first.ResourceID {
			times, rows = append(times, rows[0].SlotAt), rows[1:]
		}
		_, err := q.Exec(ctx, `DELETE FROM booking_slots
			WHERE tenant_id = ? AND venue_id = ? AND resource_id = ? AND slot_at IN (?) AND booking_id = ?`,
			first.TenantID, first.VenueID, first.ResourceID, bun.List(times), first.BookingID)
		if err != nil {
			return err
		}
	}
	return nil
}

// eventKey names an event.
type eventKey struct{ tenant, venue, id string }

// countSeats adds the seats that the booking holds, sign times, to sums.
func countSeats(sums map[eventKey]int, b Booking, sign int) {
	if b.Status.Live() && b.Kind == Event {
		sums[eventKey{b.TenantID, b.VenueID, b.Resources[0]}] += sign * b.PartySize
	}
}

// moveSeats takes seats of events, or gives them back where negative, in key order.
func moveSeats(ctx context.Context, q bunx.Queries, sums map[eventKey]int) error {
	events := slices.SortedFunc(maps.Keys(sums), func(a, b eventKey) int {
		return cmp.Or(cmp.Compare(a.tenant, b.tenant), cmp.Compare(a.venue, b.venue), cmp.Compare(a.id, b.id))
	})
	for _, k := range events {
		if sums[k] == 0 {
			continue
		}
		n, err := q.Exec(ctx, `UPDATE booking_resources SET seats_taken = seats_taken + ?
			WHERE tenant_id = ? AND venue_id = ? AND id = ? AND kind = 'event' AND seats_taken + ? BETWEEN 0 AND capacity`,
			sums[k], k.tenant, k.venue, k.id, sums[k])
		if err != nil || n == 0 {
			return cmp.Or(err, errLost)
		}
	}
	return nil
}
