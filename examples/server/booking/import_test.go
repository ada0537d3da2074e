package booking_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/bunx"
)

func TestImport(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var all []booking.Booking
		for i := range 2500 {
			all = append(all, h.past(fmt.Sprintf("b-%04d", i), friday.Add(-time.Duration(i)*time.Hour), time.Hour, booking.Completed))
		}
		live := h.past("live", at19, 2*time.Hour, booking.Confirmed)
		live.Resources, live.Price, live.CheckedInAt = []string{"lane-2", "lane-1"}, booking.Money{Amount: 500, Currency: "SEK"}, friday
		quiz := h.past("quiz", at19, 3*time.Hour, booking.Confirmed)
		quiz.Kind, quiz.Resources = booking.Event, []string{"quiz"}
		all = append(all, live, quiz, live)

		n, err := h.Import(t.Context(), all, false)
		require.NoError(t, err)
		require.Equal(t, 2502, n, "one came twice")
		n, err = h.Import(t.Context(), all, false)
		require.NoError(t, err)
		require.Zero(t, n)

		got, err := h.Get(t.Context(), live.Key())
		require.NoError(t, err)
		want := live
		want.ServiceDay, want.Reference = tonight, booking.Reference("live", 0)
		want.Revision, want.SlotRevision, want.HolderRevision = 1, 1, 1
		want.UpdatedAt, want.SlotRevisedAt, want.Paid.Currency = live.CreatedAt, live.CreatedAt, "SEK"
		require.Equal(t, want, got)
		units, seats := owned(live, quiz)
		sold, taken := h.sold(t)
		require.Equal(t, units, sold)
		require.Equal(t, seats, taken)
	})
}

func TestImportTellsTheHookOfWhatIsNewWhereAsked(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var heard []string
		h = h.with(func(cfg *booking.Config) {
			cfg.Changed = func(_ context.Context, _ bunx.Tx, b booking.Booking) error {
				heard = append(heard, b.ID)
				return nil
			}
		})
		a, b := h.past("a", at19, time.Hour, booking.Cancelled), h.past("b", at19, time.Hour, booking.Cancelled)
		_, err := h.Import(t.Context(), []booking.Booking{a}, false)
		require.NoError(t, err)
		require.Empty(t, heard)
		_, err = h.Import(t.Context(), []booking.Booking{a, b}, true)
		require.NoError(t, err)
		require.Equal(t, []string{"b"}, heard)
	})
}

func TestImportRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(b *booking.Booking)
		want   error
	}{
		"a lane that is taken":       {func(b *booking.Booking) { b.Resources = []string{"lane-1"} }, booking.ErrUnavailable},
		"a reference that is taken":  {func(b *booking.Booking) { b.Reference = "7K3M9P" }, booking.ErrConflict},
		"a reference that is none":   {func(b *booking.Booking) { b.Reference = "oil" }, booking.ErrInvalid},
		"an unknown venue":           {func(b *booking.Booking) { b.VenueID = "nowhere" }, booking.ErrNotFound},
		"a state there isn't":        {func(b *booking.Booking) { b.Status = "LATE" }, booking.ErrInvalid},
		"a hold without an end":      {func(b *booking.Booking) { b.Status = booking.Pending }, booking.ErrInvalid},
		"more than a day":            {func(b *booking.Booking) { b.EndsAt = b.StartsAt.Add(25 * time.Hour) }, booking.ErrInvalid},
		"an end before the start":    {func(b *booking.Booking) { b.EndsAt = b.StartsAt }, booking.ErrInvalid},
		"no resources":               {func(b *booking.Booking) { b.Resources = nil }, booking.ErrInvalid},
		"an event that there is not": {func(b *booking.Booking) { b.Kind = booking.Event }, booking.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				first := h.past("first", at19, 2*time.Hour, booking.Confirmed)
				first.Reference = "7K3M9P"
				_, err := h.Import(t.Context(), []booking.Booking{first}, false)
				require.NoError(t, err)
				b := h.past("second", at19.Add(time.Hour), 2*time.Hour, booking.Confirmed)
				b.Resources = []string{"lane-2"}
				c.change(&b)
				_, err = h.Import(t.Context(), []booking.Booking{b}, false)
				require.ErrorIs(t, err, c.want)
				_, err = h.Get(t.Context(), b.Key())
				require.ErrorIs(t, err, booking.ErrNotFound, "nothing stays of it")
			})
		})
	}
}

func TestImportedReferencesAreUnique(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.past("first", at19, time.Hour, booking.Cancelled)
		first.Reference = booking.Reference("second", 0)
		_, err := h.Import(t.Context(), []booking.Booking{first, h.past("second", at19, time.Hour, booking.Cancelled)}, false)
		require.NoError(t, err)
		got, err := h.ByReference(t.Context(), h.venueKey(), tonight, booking.Reference("second", 1))
		require.NoError(t, err)
		require.Equal(t, "second", got.ID)
	})
}

func BenchmarkImport(b *testing.B) {
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		b.Run(d.String(), func(b *testing.B) {
			h := benchHouse(b, d)
			var all []booking.Booking
			for i := range 10_000 {
				all = append(all, h.past("", friday.Add(-time.Duration(i)*time.Hour), time.Hour, booking.Completed))
			}
			for run := 0; b.Loop(); run++ {
				for i := range all {
					all[i].ID = fmt.Sprintf("%d-%d", run, i)
				}
				n, err := h.Import(b.Context(), all, false)
				require.NoError(b, err)
				require.Equal(b, len(all), n)
			}
			b.ReportMetric(float64(b.N*len(all))/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
