package booking

import (
	"context"
	"fmt"
	"time"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// Payment is money that has arrived for a booking.
type Payment struct {
	ID     string // of the payer's side; names the payment for ever
	Amount Money
}

// Confirm makes a Pending booking Confirmed by a payment, also after its hold
// has ended, if it hasn't lapsed yet. The same payment again changes nothing
// and returns the booking as it stands.
//
// ErrConflict when the booking isn't Pending, as when it lapsed: the payment is
// not recorded and has to go back. ErrIdempotencyMismatch when the payment id
// stands for another payment. ErrNotFound, ErrInvalid.
func (e *Engine) Confirm(ctx context.Context, k Key, p Payment) (Booking, error) {
	var f faults
	f.id("payment_id", p.ID)
	f.when(p.Amount.Amount < 0, "amount", "range")
	if err := f.err(); err != nil {
		return Booking{}, err
	}
	now := e.now()
	return e.change(ctx, k, now, func(q bunx.Queries, b *Booking) error {
		if p.Amount.Currency != b.Price.Currency {
			return invalid("currency", "mismatch")
		}
		fresh, err := recordPayment(ctx, q, *b, p, now)
		if err != nil || !fresh {
			return err
		}
		b.Paid.Amount += p.Amount.Amount
		b.HoldUntil = time.Time{}
		return b.become(Confirmed, Pending)
	})
}

// recordPayment writes the ledger row; it reports false when it is there already.
func recordPayment(ctx context.Context, q bunx.Queries, b Booking, p Payment, now time.Time) (bool, error) {
	row := paymentRow{
		TenantID: b.TenantID, ID: p.ID, BookingID: b.ID,
		Amount: p.Amount.Amount, Currency: p.Amount.Currency, CreatedAt: now,
	}
	res, err := q.Insert(&row).On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return n == 1, err
	}
	var old paymentRow
	err = q.Get(ctx, &old, `SELECT * FROM booking_payments WHERE tenant_id = ? AND id = ?`, b.TenantID, p.ID)
	if err != nil {
		return false, err
	}
	if old.BookingID != b.ID || old.Amount != p.Amount.Amount || old.Currency != p.Amount.Currency {
		return false, fmt.Errorf("%w: payment %q", ErrIdempotencyMismatch, p.ID)
	}
	return false, nil
}

// ChangeHolder gives a live booking to another customer. ErrConflict,
// ErrNotFound, ErrInvalid.
func (e *Engine) ChangeHolder(ctx context.Context, k Key, customer string) (Booking, error) {
	var f faults
	f.id("customer_id", customer)
	if err := f.err(); err != nil {
		return Booking{}, err
	}
	return e.change(ctx, k, e.now(), func(_ bunx.Queries, b *Booking) error {
		b.CustomerID = customer
		return b.become(b.Status, Pending, Confirmed, CheckedIn)
	})
}

// Cancel ends a booking before its check-in and frees its resources. A
// cancelled booking keeps its first reason. ErrConflict, ErrNotFound,
// ErrInvalid.
func (e *Engine) Cancel(ctx context.Context, k Key, reason string) (Booking, error) {
	var f faults
	f.when(reason == "", "reason", "required")
	f.text("reason", reason, 200)
	if err := f.err(); err != nil {
		return Booking{}, err
	}
	return e.change(ctx, k, e.now(), func(_ bunx.Queries, b *Booking) error {
		if b.Status == Cancelled {
			return nil
		}
		return b.cancel(reason, Pending, Confirmed)
	})
}

func (b *Booking) cancel(reason string, from ...Status) error {
	b.Reason, b.HoldUntil = reason, time.Time{}
	return b.become(Cancelled, from...)
}

// CheckIn records that the party came in at the time of the scan: a Confirmed
// booking becomes CheckedIn. A scan that arrives late makes a NoShow Completed
// if it was taken before the booking's end. How early the door opens is the
// door's to judge. A booking whose party is in already stays as it is.
// ErrConflict, ErrNotFound.
func (e *Engine) CheckIn(ctx context.Context, k Key, at time.Time) (Booking, error) {
	at = bunx.Time(at)
	return e.change(ctx, k, e.now(), func(_ bunx.Queries, b *Booking) error {
		switch {
		case b.Status == CheckedIn || b.Status == Completed:
			return nil
		case b.Status == NoShow && at.Before(b.EndsAt):
			b.CheckedInAt = at
			return b.become(Completed, NoShow)
		}
		b.CheckedInAt = at
		return b.become(CheckedIn, Confirmed)
	})
}

// UndoCheckIn takes a check-in back: the booking is Confirmed again, or NoShow
// when it was Completed. One that nobody checked in stays as it is.
// ErrConflict, ErrNotFound.
func (e *Engine) UndoCheckIn(ctx context.Context, k Key) (Booking, error) {
	return e.change(ctx, k, e.now(), func(_ bunx.Queries, b *Booking) error {
		switch {
		case b.CheckedInAt.IsZero() && (b.Status == Confirmed || b.Status == NoShow):
			return nil
		case b.Status == Completed && !b.CheckedInAt.IsZero():
			b.CheckedInAt = time.Time{}
			return b.become(NoShow, Completed)
		}
		b.CheckedInAt = time.Time{}
		return b.become(Confirmed, CheckedIn)
	})
}

// MarkNoShow records that the party of a Confirmed booking stays away, from its
// start on, and frees its resources. ErrConflict, ErrNotFound.
func (e *Engine) MarkNoShow(ctx context.Context, k Key) (Booking, error) {
	now := e.now()
	return e.change(ctx, k, now, func(_ bunx.Queries, b *Booking) error {
		if b.Status == NoShow {
			return nil
		}
		if now.Before(b.StartsAt) {
			return fmt.Errorf("%w: it hasn't begun", ErrConflict)
		}
		return b.become(NoShow, Confirmed)
	})
}

// Correct makes a NoShow Completed or a Completed booking a NoShow, until
// CorrectionFor after its end. ErrConflict, ErrNotFound, ErrInvalid.
func (e *Engine) Correct(ctx context.Context, k Key, to Status) (Booking, error) {
	if to != Completed && to != NoShow {
		return Booking{}, invalid("status", "unknown")
	}
	now := e.now()
	return e.change(ctx, k, now, func(_ bunx.Queries, b *Booking) error {
		if b.Status == to {
			return nil
		}
		if now.After(b.EndsAt.Add(CorrectionFor)) {
			return fmt.Errorf("%w: too late to correct", ErrConflict)
		}
		if to == NoShow {
			b.CheckedInAt = time.Time{}
		}
		return b.become(to, Completed, NoShow)
	})
}
