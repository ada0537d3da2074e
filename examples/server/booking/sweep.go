package booking

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// DueTenants returns at most limit tenants with a booking that time alone
// concerns by now, for Lapse or Settle, by id. It is the one read over all
// tenants and has an index of its own.
func (e *Engine) DueTenants(ctx context.Context, now time.Time, limit int) ([]string, error) {
	var tenants []string
	err := e.db.Q().All(ctx, &tenants, `SELECT DISTINCT tenant_id FROM booking_bookings
		WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY tenant_id LIMIT ?`, bunx.Time(now), limit)
	return tenants, err
}

// Lapse cancels Pending bookings whose hold has ended by now, with
// ReasonUnpaid, at most limit of each tenant, and returns how many. It is safe
// on any number of replicas. What fails is logged, tried again by the next
// call, and part of the error; the others go on.
func (e *Engine) Lapse(ctx context.Context, now time.Time, limit int) (int, error) {
	now = bunx.Time(now)
	return e.sweep(ctx, now, limit, []Status{Pending}, func(ctx context.Context, k Key) (bool, error) {
		lapsed := false
		_, err := e.change(ctx, k, now, func(_ bunx.Queries, b *Booking) error {
			if lapsed = b.Status == Pending && !b.HoldUntil.After(now); !lapsed {
				return nil
			}
			return b.cancel(ReasonUnpaid, Pending)
		})
		return lapsed && err == nil, err
	})
}

// Settle moves on the bookings that have ended by now: CheckedIn becomes
// Completed; Confirmed becomes NoShow at the close of the service day, or
// Completed at once where the venue has CheckinOptional. It takes at most limit
// of each tenant, returns how many it moved, and is safe on any number of
// replicas. What fails is logged, tried again by the next call, and part of the
// error; the others go on.
func (e *Engine) Settle(ctx context.Context, now time.Time, limit int) (int, error) {
	now = bunx.Time(now)
	return e.sweep(ctx, now, limit, []Status{Confirmed, CheckedIn}, func(ctx context.Context, k Key) (bool, error) {
		settled := false
		_, err := e.change(ctx, k, now, func(q bunx.Queries, b *Booking) error {
			before := b.Status
			err := settle(ctx, q, b, now)
			settled = b.Status != before
			return err
		})
		return settled && err == nil, err
	})
}

func settle(ctx context.Context, q bunx.Queries, b *Booking, now time.Time) error {
	if b.EndsAt.After(now) {
		return nil
	}
	switch b.Status {
	case CheckedIn:
		b.Status = Completed
	case Confirmed:
		v, err := venueOf(ctx, q, VenueKey{b.TenantID, b.VenueID})
		if err != nil {
			return err
		}
		closes := v.closesAt(*b)
		switch {
		case v.CheckinOptional:
			b.Status = Completed
		case closes.After(now): // look again then
			_, err := q.Exec(ctx, `UPDATE booking_bookings SET due_at = ? WHERE tenant_id = ? AND id = ?`, closes, b.TenantID, b.ID)
			return err
		default:
			b.Status = NoShow
		}
	}
	return nil
}

// maxTenants bounds the tenants of one sweep.
const maxTenants = 1000

// sweep calls f on bookings that are due in one of the states, the longest due
// first. Each is its own transaction, in which f looks again: of two replicas
// that found the same booking, the second finds nothing left to do.
func (e *Engine) sweep(ctx context.Context, now time.Time, limit int, in []Status, f func(context.Context, Key) (bool, error)) (int, error) {
	tenants, err := e.DueTenants(ctx, now, maxTenants)
	if err != nil {
		return 0, err
	}
	moved := 0
	var failed []error
	for _, tenant := range tenants {
		var due []string
		err := e.db.Q().All(ctx, &due, `SELECT id FROM booking_bookings
			WHERE tenant_id = ? AND due_at IS NOT NULL AND due_at <= ? AND status IN (?)
			ORDER BY due_at, id LIMIT ?`, tenant, now, bun.List(in), limit)
		if err != nil {
			return moved, errors.Join(append(failed, err)...)
		}
		for _, id := range due {
			ok, err := f(ctx, Key{tenant, id})
			if ctx.Err() != nil {
				return moved, errors.Join(append(failed, ctx.Err())...)
			}
			if err != nil {
				e.cfg.Logger.ErrorContext(ctx, "booking didn't move on",
					slog.String("tenant", tenant), slog.String("booking", id), slog.Any("error", err))
				failed = append(failed, fmt.Errorf("booking %q: %w", id, err))
			}
			if ok {
				moved++
			}
		}
	}
	return moved, errors.Join(failed...)
}
