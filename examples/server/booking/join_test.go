package booking_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

func benchHouse(b *testing.B, d bunx.Dialect) *house {
	b.Helper()
	return newHouse(b, dbtest.Shared(b, d, "booking", migrate(d)), d, booking.Config{})
}

func TestTheHooksErrorRollsTheChangeBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		no := errors.New("no")
		strict := h.with(func(cfg *booking.Config) {
			cfg.Changed = func(ctx context.Context, tx bunx.Tx, b booking.Booking) error {
				// What the hook writes goes with the change.
				_, err := tx.ExecContext(ctx, "UPDATE booking_venues SET name = 'changed' WHERE tenant_id = $1", b.TenantID)
				return errors.Join(err, no)
			}
		})
		_, err := strict.Book(t.Context(), h.request("one"))
		require.ErrorIs(t, err, no)
		units, _ := h.sold(t)
		require.Empty(t, units)
		b := h.book(t, "one", nil)
		for _, verb := range []func() (booking.Booking, error){
			func() (booking.Booking, error) { return strict.Cancel(t.Context(), b.Key(), "ill") },
			func() (booking.Booking, error) {
				return strict.Move(t.Context(), b.Key(), booking.Place{ResourceCount: 2})
			},
		} {
			_, err = verb()
			require.ErrorIs(t, err, no)
			got, err := h.Get(t.Context(), b.Key())
			require.NoError(t, err)
			require.Equal(t, b, got)
		}
		v, err := h.Venue(t.Context(), h.venueKey())
		require.NoError(t, err)
		require.Equal(t, "Boule Hornstull", v.Name)
	})
}

func TestTheHookHearsEveryChangeInOrder(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var heard []booking.Booking
		h = h.with(func(cfg *booking.Config) {
			cfg.Changed = func(_ context.Context, tx bunx.Tx, b booking.Booking) error {
				require.NotNil(t, tx)
				heard = append(heard, b)
				return nil
			}
		})
		b := h.book(t, "one", nil)
		h.book(t, "one", nil) // a repeat is no change
		moved, err := h.Move(t.Context(), b.Key(), booking.Place{StartsAt: at19.Add(time.Hour)})
		require.NoError(t, err)
		in, err := h.CheckIn(t.Context(), b.Key(), at19)
		require.NoError(t, err)
		_, err = h.CheckIn(t.Context(), b.Key(), at19)
		require.NoError(t, err)
		require.Equal(t, []booking.Booking{b, moved, in}, heard)
	})
}

func TestVerbsJoinATransaction(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.book(t, "two lanes", func(r *booking.Request) { r.ResourceCount = 2 })
		held := h.book(t, "later", func(r *booking.Request) { r.StartsAt = at19.Add(3 * time.Hour) })
		for _, commit := range []bool{false, true} {
			tx, err := h.db.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			joined := h.WithTx(tx)
			b, err := joined.Book(t.Context(), h.request("joined"))
			require.NoError(t, err)
			_, err = joined.Book(t.Context(), h.request("full"))
			require.ErrorIs(t, err, booking.ErrUnavailable)
			_, err = joined.Move(t.Context(), held.Key(), booking.Place{StartsAt: at19})
			require.ErrorIs(t, err, booking.ErrUnavailable)
			_, err = joined.Cancel(t.Context(), held.Key(), "what? 'ill'")
			require.NoError(t, err, "after a refusal the transaction goes on")
			if !commit {
				require.NoError(t, tx.Rollback())
				_, err = h.Get(t.Context(), b.Key())
				require.ErrorIs(t, err, booking.ErrNotFound)
				require.Equal(t, booking.Confirmed, h.status(t, held))
				continue
			}
			require.NoError(t, tx.Commit())
			require.Equal(t, booking.Confirmed, h.status(t, b))
			got, err := h.Get(t.Context(), held.Key())
			require.NoError(t, err)
			require.Equal(t, "what? 'ill'", got.Reason)
		}
	})
}

func TestMigrateMayRunAgain(t *testing.T) {
	eachAlone(t, func(t *testing.T, h *house) {
		require.NoError(t, booking.Migrate(t.Context(), h.db, h.d))
		require.NoError(t, booking.CheckSchema(t.Context(), h.db, h.d))
	})
}
