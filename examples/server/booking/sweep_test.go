package booking_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/bunx"
)

// closing is the end of tonight's service day.
var closing = time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC)

func (h *house) status(t *testing.T, b booking.Booking) booking.Status {
	t.Helper()
	got, err := h.Get(t.Context(), b.Key())
	require.NoError(t, err)
	return got.Status
}

func TestLapse(t *testing.T) {
	eachAlone(t, func(t *testing.T, h *house) {
		held := h.book(t, "held", func(r *booking.Request) { r.Hold, r.ResourceCount = true, 3 })
		n, err := h.Lapse(t.Context(), held.HoldUntil.Add(-time.Microsecond), 10)
		require.NoError(t, err)
		require.Zero(t, n)
		_, err = h.Book(t.Context(), h.request("too early"))
		require.ErrorIs(t, err, booking.ErrUnavailable)

		n, err = h.Lapse(t.Context(), held.HoldUntil, 10)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		got, err := h.Get(t.Context(), held.Key())
		require.NoError(t, err)
		require.Equal(t, booking.Cancelled, got.Status)
		require.Equal(t, booking.ReasonUnpaid, got.Reason)
		require.Equal(t, held.HoldUntil, got.UpdatedAt)
		h.book(t, "now", nil)
		tenants, err := h.DueTenants(t.Context(), held.HoldUntil, 10)
		require.NoError(t, err)
		require.Empty(t, tenants)
	})
}

func TestSettle(t *testing.T) {
	eachAlone(t, func(t *testing.T, h *house) {
		came := h.book(t, "came", nil)
		stayed := h.book(t, "stayed away", nil)
		held := h.book(t, "held", func(r *booking.Request) { r.Hold = true })
		_, err := h.CheckIn(t.Context(), came.Key(), at19)
		require.NoError(t, err)

		for _, step := range []struct {
			now          time.Time
			moved        int
			came, stayed booking.Status
		}{
			{came.EndsAt.Add(-time.Microsecond), 0, booking.CheckedIn, booking.Confirmed},
			{came.EndsAt, 1, booking.Completed, booking.Confirmed},
			{closing.Add(-time.Microsecond), 0, booking.Completed, booking.Confirmed},
			{closing, 1, booking.Completed, booking.NoShow},
			{closing.AddDate(0, 1, 0), 0, booking.Completed, booking.NoShow},
		} {
			n, err := h.Settle(t.Context(), step.now, 10)
			require.NoError(t, err)
			require.Equal(t, step.moved, n, step.now)
			require.Equal(t, step.came, h.status(t, came), step.now)
			require.Equal(t, step.stayed, h.status(t, stayed), step.now)
		}
		require.Equal(t, booking.Pending, h.status(t, held), "that is for Lapse")
	})
}

func TestSettleWhereCheckinIsOptional(t *testing.T) {
	eachAlone(t, func(t *testing.T, h *house) {
		v := h.venue()
		v.CheckinOptional = true
		require.NoError(t, h.PutVenue(t.Context(), v))
		b := h.book(t, "one", nil)
		n, err := h.Settle(t.Context(), b.EndsAt, 10)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Equal(t, booking.Completed, h.status(t, b))
		_, err = h.UndoCheckIn(t.Context(), b.Key())
		require.ErrorIs(t, err, booking.ErrConflict, "nobody was checked in")
	})
}

func TestSweepsTakeBoundedBatchesOfEveryTenant(t *testing.T) {
	eachAlone(t, func(t *testing.T, h *house) {
		houses := []*house{h, newHouse(t, h.db, h.d, h.cfg)}
		for _, h := range houses {
			for i := range 3 {
				h.book(t, fmt.Sprint("walk-in-", i), func(r *booking.Request) { r.Channel = booking.ChannelWalkIn })
			}
		}
		tenants, err := h.DueTenants(t.Context(), closing, 1)
		require.NoError(t, err)
		require.Len(t, tenants, 1)
		for _, want := range []int{4, 2, 0} {
			n, err := h.Settle(t.Context(), closing, 2)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
	})
}

func TestReplicasSettleEachBookingOnce(t *testing.T) {
	eachAlone(t, func(t *testing.T, h *house) {
		var changes atomic.Int64
		for i := range 30 {
			h.book(t, fmt.Sprint("one-", i), func(r *booking.Request) {
				r.StartsAt, r.Hold = at19.AddDate(0, 0, i), true
			})
		}
		counting := h.with(func(cfg *booking.Config) {
			cfg.Changed = func(context.Context, bunx.Tx, booking.Booking) error { changes.Add(1); return nil }
		})
		var moved atomic.Int64
		errs := together(4, func(int) error {
			n, err := counting.Lapse(t.Context(), friday.Add(time.Hour), 100)
			moved.Add(int64(n))
			return err
		})
		require.NoError(t, errors.Join(errs...))
		require.EqualValues(t, 30, moved.Load())
		require.GreaterOrEqual(t, changes.Load(), int64(30), "a transaction that starts over calls again")
		left, _ := h.sold(t)
		require.Empty(t, left)
	})
}

func TestABookingThatCantMoveOnHoldsUpNoOther(t *testing.T) {
	eachAlone(t, func(t *testing.T, h *house) {
		bad := h.book(t, "bad", func(r *booking.Request) { r.Hold = true })
		good := h.book(t, "good", func(r *booking.Request) { r.Hold = true })
		broken := errors.New("broken")
		strict := h.with(func(cfg *booking.Config) {
			cfg.Logger = slog.New(slog.DiscardHandler)
			cfg.Changed = func(_ context.Context, _ bunx.Tx, b booking.Booking) error {
				if b.ID == bad.ID {
					return broken
				}
				return nil
			}
		})
		n, err := strict.Lapse(t.Context(), friday.Add(time.Hour), 10)
		require.ErrorIs(t, err, broken)
		require.Equal(t, 1, n)
		require.Equal(t, booking.Pending, h.status(t, bad))
		require.Equal(t, booking.Cancelled, h.status(t, good))
		n, err = h.Lapse(t.Context(), friday.Add(time.Hour), 10)
		require.NoError(t, err)
		require.Equal(t, 1, n)
	})
}
