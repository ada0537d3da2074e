package booking_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/booking"
)

// in returns a booking brought into a state, with the clock in its slot.
func (h *house) in(t testing.TB, s booking.Status) booking.Booking {
	t.Helper()
	ctx := t.Context()
	h.set(friday)
	b := h.book(t, "in-"+string(s), func(r *booking.Request) { r.Hold = s == booking.Pending })
	h.set(at19.Add(time.Hour))
	var err error
	switch s {
	case booking.Cancelled:
		b, err = h.Cancel(ctx, b.Key(), "first reason")
	case booking.CheckedIn:
		b, err = h.CheckIn(ctx, b.Key(), h.now())
	case booking.NoShow:
		b, err = h.MarkNoShow(ctx, b.Key())
	case booking.Completed:
		_, err = h.MarkNoShow(ctx, b.Key())
		require.NoError(t, err)
		b, err = h.CheckIn(ctx, b.Key(), h.now())
	}
	require.NoError(t, err)
	require.Equal(t, s, b.Status)
	return b
}

var states = []booking.Status{
	booking.Pending, booking.Confirmed, booking.CheckedIn, booking.Completed, booking.Cancelled, booking.NoShow,
}

var pay = booking.Payment{ID: "pay-1", Amount: booking.Money{Amount: 60000, Currency: "SEK"}}

type verb = func(t *testing.T, h *house, k booking.Key) (booking.Booking, error)

// verbs says where each verb leads from each state: an absent state is a
// conflict, the state itself no change of it.
var verbs = map[string]struct {
	verb verb
	to   map[booking.Status]booking.Status
}{
	"confirm": {
		func(t *testing.T, h *house, k booking.Key) (booking.Booking, error) {
			return h.Confirm(t.Context(), k, pay)
		},
		map[booking.Status]booking.Status{booking.Pending: booking.Confirmed},
	},
	"cancel": {
		func(t *testing.T, h *house, k booking.Key) (booking.Booking, error) {
			return h.Cancel(t.Context(), k, "second")
		},
		map[booking.Status]booking.Status{
			booking.Pending: booking.Cancelled, booking.Confirmed: booking.Cancelled, booking.Cancelled: booking.Cancelled,
		},
	},
	"check in": {
		func(t *testing.T, h *house, k booking.Key) (booking.Booking, error) {
			return h.CheckIn(t.Context(), k, h.now())
		},
		map[booking.Status]booking.Status{
			booking.Confirmed: booking.CheckedIn, booking.CheckedIn: booking.CheckedIn,
			booking.Completed: booking.Completed, booking.NoShow: booking.Completed,
		},
	},
	"undo the check-in": {
		func(t *testing.T, h *house, k booking.Key) (booking.Booking, error) {
			return h.UndoCheckIn(t.Context(), k)
		},
		map[booking.Status]booking.Status{
			booking.Confirmed: booking.Confirmed, booking.CheckedIn: booking.Confirmed,
			booking.Completed: booking.NoShow, booking.NoShow: booking.NoShow,
		},
	},
	"mark as no-show": {
		func(t *testing.T, h *house, k booking.Key) (booking.Booking, error) {
			return h.MarkNoShow(t.Context(), k)
		},
		map[booking.Status]booking.Status{booking.Confirmed: booking.NoShow, booking.NoShow: booking.NoShow},
	},
	"correct to completed": {
		func(t *testing.T, h *house, k booking.Key) (booking.Booking, error) {
			return h.Correct(t.Context(), k, booking.Completed)
		},
		map[booking.Status]booking.Status{booking.Completed: booking.Completed, booking.NoShow: booking.Completed},
	},
	"correct to no-show": {
		func(t *testing.T, h *house, k booking.Key) (booking.Booking, error) {
			return h.Correct(t.Context(), k, booking.NoShow)
		},
		map[booking.Status]booking.Status{booking.Completed: booking.NoShow, booking.NoShow: booking.NoShow},
	},
	"change the holder": {
		func(t *testing.T, h *house, k booking.Key) (booking.Booking, error) {
			return h.ChangeHolder(t.Context(), k, "bertil")
		},
		map[booking.Status]booking.Status{
			booking.Pending: booking.Pending, booking.Confirmed: booking.Confirmed, booking.CheckedIn: booking.CheckedIn,
		},
	},
	"extend": {
		func(t *testing.T, h *house, k booking.Key) (booking.Booking, error) {
			return h.Move(t.Context(), k, booking.Place{Duration: 3 * time.Hour})
		},
		map[booking.Status]booking.Status{
			booking.Pending: booking.Pending, booking.Confirmed: booking.Confirmed, booking.CheckedIn: booking.CheckedIn,
		},
	},
	"change the party": {
		func(t *testing.T, h *house, k booking.Key) (booking.Booking, error) {
			return h.ChangeParty(t.Context(), k, 5)
		},
		map[booking.Status]booking.Status{
			booking.Pending: booking.Pending, booking.Confirmed: booking.Confirmed, booking.CheckedIn: booking.CheckedIn,
		},
	},
}

func TestVerbsFromEveryState(t *testing.T) {
	for name, c := range verbs {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				for _, from := range states {
					t.Run("from "+string(from), func(t *testing.T) {
						h := newHouse(t, h.db, h.d, h.cfg)
						before := h.in(t, from)
						after, err := c.verb(t, h, before.Key())
						if to, ok := c.to[from]; ok {
							require.NoError(t, err)
							require.Equal(t, to, after.Status)
						} else {
							require.ErrorIs(t, err, booking.ErrConflict)
							after = before
						}
						read, err := h.Get(t.Context(), before.Key())
						require.NoError(t, err)
						require.Equal(t, after, read, "what is returned is what is kept")
						units, _ := owned(after)
						sold, _ := h.sold(t)
						require.Equal(t, units, sold)
					})
				}
				_, err := c.verb(t, h, booking.Key{TenantID: h.tenant, ID: "nothing"})
				require.ErrorIs(t, err, booking.ErrNotFound)
				b := h.book(t, "mine", nil)
				_, err = c.verb(t, h, booking.Key{TenantID: "another tenant", ID: b.ID})
				require.ErrorIs(t, err, booking.ErrNotFound)
			})
		})
	}
}

func TestConfirmTakesAPaymentOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.book(t, "held", func(r *booking.Request) { r.Hold = true })
		pay := booking.Payment{ID: "pay-1", Amount: booking.Money{Amount: 60000, Currency: "SEK"}}
		euro := pay
		euro.Amount.Currency = "EUR"
		_, err := h.Confirm(t.Context(), b.Key(), euro)
		require.ErrorIs(t, err, booking.ErrInvalid)

		got, err := h.Confirm(t.Context(), b.Key(), pay)
		require.NoError(t, err)
		require.Equal(t, pay.Amount, got.Paid)
		require.EqualValues(t, 2, got.Revision)
		require.EqualValues(t, 1, got.SlotRevision)
		require.Zero(t, got.HoldUntil)
		again, err := h.Confirm(t.Context(), b.Key(), pay)
		require.NoError(t, err)
		require.Equal(t, got, again)

		more := pay
		more.Amount.Amount++
		_, err = h.Confirm(t.Context(), b.Key(), more)
		require.ErrorIs(t, err, booking.ErrIdempotencyMismatch)
		other := h.book(t, "other", func(r *booking.Request) { r.Hold = true })
		_, err = h.Confirm(t.Context(), other.Key(), pay)
		require.ErrorIs(t, err, booking.ErrIdempotencyMismatch)
		_, err = h.Confirm(t.Context(), b.Key(), booking.Payment{ID: "pay-2", Amount: pay.Amount})
		require.ErrorIs(t, err, booking.ErrConflict, "it is paid already")

		_, err = h.Cancel(t.Context(), other.Key(), "changed their mind")
		require.NoError(t, err)
		_, err = h.Confirm(t.Context(), other.Key(), booking.Payment{ID: "pay-3", Amount: pay.Amount})
		require.ErrorIs(t, err, booking.ErrConflict)
		var rows int
		require.NoError(t, h.db.QueryRow("SELECT count(*) FROM booking_payments WHERE tenant_id = $1", h.tenant).Scan(&rows))
		require.Equal(t, 1, rows, "money that has to go back is in no ledger")
	})
}

func TestAScanThatArrivesLate(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.in(t, booking.NoShow)
		h.set(b.EndsAt.AddDate(0, 0, 20))
		_, err := h.CheckIn(t.Context(), b.Key(), b.EndsAt)
		require.ErrorIs(t, err, booking.ErrConflict, "the window was over when it was taken")
		got, err := h.CheckIn(t.Context(), b.Key(), b.EndsAt.Add(-time.Minute))
		require.NoError(t, err, "whenever it comes")
		require.Equal(t, booking.Completed, got.Status)
		require.Equal(t, b.EndsAt.Add(-time.Minute), got.CheckedInAt)

		got, err = h.UndoCheckIn(t.Context(), b.Key())
		require.NoError(t, err)
		require.Equal(t, booking.NoShow, got.Status)
		require.Zero(t, got.CheckedInAt)
	})
}

func TestCorrectionsAndNoShowsHaveTheirTime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		early := h.book(t, "early", nil)
		_, err := h.MarkNoShow(t.Context(), early.Key())
		require.ErrorIs(t, err, booking.ErrConflict, "it hasn't begun")

		b := h.in(t, booking.NoShow)
		h.set(b.EndsAt.Add(booking.CorrectionFor))
		got, err := h.Correct(t.Context(), b.Key(), booking.Completed)
		require.NoError(t, err)
		h.set(b.EndsAt.Add(booking.CorrectionFor + time.Microsecond))
		_, err = h.Correct(t.Context(), b.Key(), booking.NoShow)
		require.ErrorIs(t, err, booking.ErrConflict)
		require.Equal(t, b.Revision+1, got.Revision)
		_, err = h.Correct(t.Context(), b.Key(), booking.Confirmed)
		require.ErrorIs(t, err, booking.ErrInvalid)
	})
}

func TestACancelledBookingKeepsItsFirstReason(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.in(t, booking.Cancelled)
		again, err := h.Cancel(t.Context(), b.Key(), "second reason")
		require.NoError(t, err)
		require.Equal(t, b, again)
		require.Equal(t, "first reason", again.Reason)
		_, err = h.Cancel(t.Context(), b.Key(), "")
		require.ErrorIs(t, err, booking.ErrInvalid)
	})
}

func TestRevisions(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		b := h.book(t, "one", nil)
		later := friday.Add(time.Hour)
		h.set(later)
		longer, err := h.Move(ctx, b.Key(), booking.Place{Duration: 3 * time.Hour})
		require.NoError(t, err)
		require.Equal(t, []int64{2, 1, 1}, []int64{longer.Revision, longer.SlotRevision, longer.HolderRevision})
		require.Equal(t, friday, longer.SlotRevisedAt, "an extended booking keeps its token")
		require.Equal(t, later, longer.UpdatedAt)

		same, err := h.Move(ctx, b.Key(), booking.Place{StartsAt: at19, Duration: 3 * time.Hour})
		require.NoError(t, err)
		require.Equal(t, longer, same, "a move to where it is changes nothing")

		moved, err := h.Move(ctx, b.Key(), booking.Place{StartsAt: at19.Add(time.Hour)})
		require.NoError(t, err)
		require.Equal(t, []int64{3, 3, 1}, []int64{moved.Revision, moved.SlotRevision, moved.HolderRevision})
		require.Equal(t, later, moved.SlotRevisedAt)
		given, err := h.ChangeHolder(ctx, b.Key(), "bertil")
		require.NoError(t, err)
		require.Equal(t, []int64{4, 4, 4}, []int64{given.Revision, given.SlotRevision, given.HolderRevision})
		larger, err := h.ChangeParty(ctx, b.Key(), 5)
		require.NoError(t, err)
		require.Equal(t, []int64{5, 4, 4}, []int64{larger.Revision, larger.SlotRevision, larger.HolderRevision})
	})
}
