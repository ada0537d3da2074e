package booking_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/booking"
)

func TestMove(t *testing.T) {
	for name, c := range map[string]struct {
		to        booking.Place
		resources []string
		starts    time.Time
		length    time.Duration
		price     int64
	}{
		"half an hour later on the same lane": {
			booking.Place{StartsAt: at19.Add(booking.Unit)}, []string{"lane-1"}, at19.Add(booking.Unit), 2 * time.Hour, 60000,
		},
		"longer": {
			booking.Place{Duration: 3 * time.Hour}, []string{"lane-1"}, at19, 3 * time.Hour, 90000,
		},
		"shorter": {
			booking.Place{Duration: time.Hour}, []string{"lane-1"}, at19, time.Hour, 30000,
		},
		"to another lane": {
			booking.Place{ResourceID: "lane-3"}, []string{"lane-3"}, at19, 2 * time.Hour, 60000,
		},
		"to two lanes": {
			booking.Place{ResourceCount: 2}, []string{"lane-1", "lane-3"}, at19, 2 * time.Hour, 120000,
		},
		"to the next day": {
			booking.Place{StartsAt: at19.AddDate(0, 0, 1)}, []string{"lane-1"}, at19.AddDate(0, 0, 1), 2 * time.Hour, 60000,
		},
		"to a time when its lane is taken": {
			booking.Place{StartsAt: at19.Add(2 * time.Hour)}, []string{"lane-2"}, at19.Add(2 * time.Hour), 2 * time.Hour, 60000,
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				b := h.book(t, "one", nil)
				others := []booking.Booking{
					h.book(t, "two", func(r *booking.Request) { r.ResourceID = "lane-2" }),
					h.book(t, "then", func(r *booking.Request) { r.StartsAt, r.ResourceID = at19.Add(3*time.Hour), "lane-1" }),
				}
				got, err := h.Move(t.Context(), b.Key(), c.to)
				require.NoError(t, err)
				require.Equal(t, c.resources, got.Resources)
				require.Equal(t, c.starts, got.StartsAt)
				require.Equal(t, c.length, got.EndsAt.Sub(got.StartsAt))
				require.Equal(t, c.price, got.Price.Amount)
				require.Equal(t, b.Reference, got.Reference)
				require.Equal(t, h.venue().ServiceDay(c.starts), got.ServiceDay)
				units, _ := owned(append(others, got)...)
				sold, _ := h.sold(t)
				require.Equal(t, units, sold)
			})
		})
	}
}

func TestAMoveThatFailsLeavesTheBooking(t *testing.T) {
	for name, c := range map[string]struct {
		to   booking.Place
		want error
	}{
		"into a full hour":        {booking.Place{StartsAt: at19.Add(3 * time.Hour)}, booking.ErrUnavailable},
		"into a closed hour":      {booking.Place{StartsAt: at19.Add(6 * time.Hour)}, booking.ErrUnavailable},
		"into the past":           {booking.Place{StartsAt: friday.AddDate(0, 0, -1)}, booking.ErrInvalid},
		"beyond the horizon":      {booking.Place{StartsAt: at19.Add(booking.Horizon)}, booking.ErrInvalid},
		"to no venue":             {booking.Place{VenueID: "nowhere"}, booking.ErrNotFound},
		"to another currency":     {booking.Place{VenueID: "london"}, booking.ErrInvalid},
		"where there is no food":  {booking.Place{VenueID: "odenplan"}, booking.ErrInvalid},
		"to more lanes than are":  {booking.Place{ResourceCount: 4}, booking.ErrUnavailable},
		"for a strange length":    {booking.Place{Duration: 7 * time.Minute}, booking.ErrInvalid},
		"longer than it is open":  {booking.Place{Duration: 8 * time.Hour}, booking.ErrUnavailable},
		"to a lane there isn't":   {booking.Place{ResourceID: "lane-9"}, booking.ErrUnavailable},
		"to a lane that is taken": {booking.Place{StartsAt: at19.Add(2 * time.Hour), ResourceID: "lane-1"}, booking.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				london, oden := h.venue(), h.venue()
				london.ID, london.Currency, oden.ID = "london", "GBP", "odenplan"
				require.NoError(t, h.PutVenue(t.Context(), london))
				require.NoError(t, h.PutVenue(t.Context(), oden))
				b := h.book(t, "one", func(r *booking.Request) { r.PackageID = "charcuterie" })
				full := h.book(t, "full", func(r *booking.Request) { r.StartsAt, r.ResourceCount = at19.Add(3*time.Hour), 3 })
				_, err := h.Move(t.Context(), b.Key(), c.to)
				require.ErrorIs(t, err, c.want)
				got, err := h.Get(t.Context(), b.Key())
				require.NoError(t, err)
				require.Equal(t, b, got)
				units, _ := owned(b, full)
				sold, _ := h.sold(t)
				require.Equal(t, units, sold)
			})
		})
	}
}

func TestMoveToAnotherVenue(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		oden := h.venue()
		oden.ID = "odenplan"
		require.NoError(t, h.PutVenue(t.Context(), oden))
		require.NoError(t, h.PutResource(t.Context(), booking.Resource{
			TenantID: h.tenant, VenueID: oden.ID, ID: "lane-1", Name: "1", Kind: booking.Lane, ColorType: "green", Price: 20000, Capacity: 4,
		}))
		b := h.book(t, "one", nil)
		taken := b
		taken.ID, taken.VenueID, taken.StartsAt, taken.EndsAt = "taken", oden.ID, b.EndsAt, b.EndsAt.Add(time.Hour)
		_, err := h.Import(t.Context(), []booking.Booking{taken}, false)
		require.NoError(t, err)

		got, err := h.Move(t.Context(), b.Key(), booking.Place{VenueID: oden.ID})
		require.NoError(t, err)
		require.Equal(t, oden.ID, got.VenueID)
		require.Equal(t, "green", got.ColorType)
		require.EqualValues(t, 40000, got.Price.Amount)
		require.EqualValues(t, 2, got.SlotRevision)
		require.Equal(t, booking.Reference(b.ID, 0), b.Reference)
		require.Equal(t, booking.Reference(b.ID, 1), got.Reference, "another has the old one there")
		units, _ := owned(got, taken)
		sold, _ := h.sold(t)
		require.Equal(t, units, sold)
	})
}

func TestChangeParty(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.book(t, "one", func(r *booking.Request) { r.PackageID = "charcuterie" })
		got, err := h.ChangeParty(t.Context(), b.Key(), 6)
		require.NoError(t, err)
		require.Equal(t, []string{"lane-1"}, got.Resources)
		require.EqualValues(t, 60000+6*19500, got.Price.Amount)
		got, err = h.ChangeParty(t.Context(), b.Key(), 7)
		require.NoError(t, err)
		require.Equal(t, []string{"lane-1", "lane-2"}, got.Resources)
		require.EqualValues(t, 120000+7*19500, got.Price.Amount)
		got, err = h.ChangeParty(t.Context(), b.Key(), 2)
		require.NoError(t, err)
		require.Equal(t, []string{"lane-1", "lane-2"}, got.Resources, "none is given up")

		_, err = h.ChangeParty(t.Context(), b.Key(), 19)
		require.ErrorIs(t, err, booking.ErrUnavailable)
		_, err = h.ChangeParty(t.Context(), b.Key(), 0)
		require.ErrorIs(t, err, booking.ErrInvalid)
		h.set(b.EndsAt)
		_, err = h.ChangeParty(t.Context(), b.Key(), 3)
		require.ErrorIs(t, err, booking.ErrConflict, "it has ended")
	})
}

func TestChangePartyOfAnEvent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		// Another event at the same time, first by id, must not draw anyone away.
		require.NoError(t, h.PutResource(t.Context(), booking.Resource{
			TenantID: h.tenant, VenueID: "hornstull", ID: "bingo", Name: "Bingo", Kind: booking.Event, Capacity: 50,
			StartsAt: at19, EndsAt: at19.Add(time.Hour),
		}))
		quiz := func(n int) func(r *booking.Request) {
			return func(r *booking.Request) { r.Kind, r.PartySize, r.ResourceID = booking.Event, n, "quiz" }
		}
		h.book(t, "four", quiz(4))
		b := h.book(t, "two", quiz(2))
		got, err := h.ChangeParty(t.Context(), b.Key(), 6)
		require.NoError(t, err)
		require.Equal(t, []string{"quiz"}, got.Resources)
		_, sold := h.sold(t)
		require.Equal(t, 10, sold)
		_, err = h.ChangeParty(t.Context(), b.Key(), 7)
		require.ErrorIs(t, err, booking.ErrUnavailable)

		got, err = h.Move(t.Context(), b.Key(), booking.Place{ResourceID: "bingo"})
		require.NoError(t, err)
		require.Equal(t, []string{"bingo"}, got.Resources)
		require.Equal(t, at19.Add(time.Hour), got.EndsAt)
		_, err = h.Cancel(t.Context(), b.Key(), "ill")
		require.NoError(t, err)
		_, sold = h.sold(t)
		require.Equal(t, 4, sold)
	})
}
