package booking_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/booking"
)

func TestAssign(t *testing.T) {
	t.Parallel()
	table := func(id string, seats int) booking.Resource { return booking.Resource{ID: id, Capacity: seats} }
	hall := []booking.Resource{table("long", 8), table("a", 4), table("b", 4), table("duo", 2)}
	for name, c := range map[string]struct {
		current      []string
		party, count int
		want         []string
	}{
		"two get the smallest table":                     {nil, 2, 0, []string{"duo"}},
		"three don't take the long table":                {nil, 3, 0, []string{"a"}},
		"eight need only the long one":                   {nil, 8, 0, []string{"long"}},
		"nine get two, the second as small as will do":   {nil, 9, 0, []string{"duo", "long"}},
		"everybody gets everything":                      {nil, 18, 0, []string{"duo", "a", "b", "long"}},
		"one more doesn't fit":                           {nil, 19, 0, nil},
		"a wanted count is given":                        {nil, 2, 2, []string{"duo", "a"}},
		"a wanted count that is too small for the party": {nil, 9, 1, nil},
		"a wanted count beyond what is free":             {nil, 2, 5, nil},
		"what one has is kept":                           {[]string{"b"}, 3, 0, []string{"b"}},
		"what one has is kept though less would do":      {[]string{"a", "b"}, 2, 0, []string{"a", "b"}},
		"more is added to what one has":                  {[]string{"b"}, 6, 0, []string{"b", "duo"}},
		"a higher count adds":                            {[]string{"b"}, 3, 2, []string{"b", "duo"}},
		"a lower count drops":                            {[]string{"a", "b"}, 3, 1, []string{"a"}},
		"a change of place where one's own is taken":     {[]string{"gone"}, 3, 0, []string{"a"}},
		"the same count, too small, moves":               {[]string{"duo"}, 3, 1, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, r := range booking.Assign(hall, c.current, c.party, c.count) {
				got = append(got, r.ID)
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestPutResource(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.book(t, "seats", func(r *booking.Request) { r.Kind, r.PartySize = booking.Event, 4 })
		events, err := h.Resources(t.Context(), h.venueKey(), booking.Event)
		require.NoError(t, err)
		require.Len(t, events, 1)
		quiz := events[0]
		require.Equal(t, 4, quiz.SeatsTaken)

		fewer := quiz
		fewer.Capacity = 3
		require.ErrorIs(t, h.PutResource(t.Context(), fewer), booking.ErrConflict, "sold seats stay")
		later := quiz
		later.StartsAt = quiz.StartsAt.Add(booking.Unit)
		require.ErrorIs(t, h.PutResource(t.Context(), later), booking.ErrConflict, "guests were told the time")
		lane := quiz
		lane.Kind, lane.StartsAt, lane.EndsAt = booking.Lane, lane.RetiredAt, lane.RetiredAt
		require.ErrorIs(t, h.PutResource(t.Context(), lane), booking.ErrConflict, "an event stays one")

		quiz.Name, quiz.Capacity = "Big quiz", 4
		require.NoError(t, h.PutResource(t.Context(), quiz))
		events, err = h.Resources(t.Context(), h.venueKey(), booking.Event)
		require.NoError(t, err)
		require.Equal(t, []booking.Resource{quiz}, events)

		quiz.VenueID = "nowhere"
		require.ErrorIs(t, h.PutResource(t.Context(), quiz), booking.ErrNotFound)
		quiz.EndsAt = quiz.StartsAt
		require.ErrorIs(t, h.PutResource(t.Context(), quiz), booking.ErrInvalid)
	})
}

func TestVenuesResourcesAndPackagesAreTheTenantsOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		other := newHouse(t, h.db, h.d, h.cfg)
		v := h.venue()
		v.Name, v.CheckinOptional = "Boule Söder", true
		require.NoError(t, h.PutVenue(t.Context(), v))
		got, err := h.Venue(t.Context(), v.Key())
		require.NoError(t, err)
		v.Cutoff = booking.DefaultCutoff
		require.Equal(t, v, got)

		theirs, err := other.Venues(t.Context(), other.tenant)
		require.NoError(t, err)
		require.Len(t, theirs, 1)
		require.Equal(t, "Boule Hornstull", theirs[0].Name)

		all, err := h.Resources(t.Context(), v.Key(), "")
		require.NoError(t, err)
		require.Len(t, all, 6)
		packages, err := h.Packages(t.Context(), v.Key())
		require.NoError(t, err)
		require.Len(t, packages, 1)
		require.Equal(t, "Charkbricka", packages[0].Name["sv"])

		_, err = h.Venue(t.Context(), booking.VenueKey{TenantID: "nobody", VenueID: v.ID})
		require.ErrorIs(t, err, booking.ErrNotFound)
	})
}
