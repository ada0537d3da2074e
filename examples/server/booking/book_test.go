package booking_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/booking"
)

func TestBook(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.book(t, "one", func(r *booking.Request) { r.PackageID = "charcuterie" })
		ref, ok := booking.ParseReference(b.Reference)
		require.True(t, ok)
		require.Equal(t, booking.Booking{
			TenantID: h.tenant, ID: b.ID, VenueID: "hornstull", ServiceDay: tonight, Reference: ref, CustomerID: "anna",
			Kind: booking.Lane, Resources: []string{"lane-1"}, ColorType: "red", PartySize: 4, PackageID: "charcuterie",
			StartsAt: at19, EndsAt: at19.Add(2 * time.Hour), Status: booking.Confirmed, Channel: booking.ChannelWeb,
			Price: booking.Money{Amount: 2*30000 + 4*19500, Currency: "SEK"}, Paid: booking.Money{Currency: "SEK"},
			Revision: 1, SlotRevision: 1, SlotRevisedAt: friday, HolderRevision: 1, CreatedAt: friday, UpdatedAt: friday,
		}, b)
		read, err := h.Get(t.Context(), b.Key())
		require.NoError(t, err)
		require.Equal(t, b, read)
		units, _ := h.sold(t)
		require.Equal(t, []string{
			"hornstull lane-1 2026-11-20T18:00", "hornstull lane-1 2026-11-20T18:30",
			"hornstull lane-1 2026-11-20T19:00", "hornstull lane-1 2026-11-20T19:30",
		}, units)
		_, err = h.Get(t.Context(), booking.Key{TenantID: "nobody", ID: b.ID})
		require.ErrorIs(t, err, booking.ErrNotFound)
	})
}

func TestBookChooses(t *testing.T) {
	for name, c := range map[string]struct {
		change    func(r *booking.Request)
		resources []string
		color     string
		price     int64
	}{
		"lanes for a party that needs two": {
			func(r *booking.Request) { r.PartySize = 12 }, []string{"lane-1", "lane-2"}, "red", 4 * 30000,
		},
		"no colour when the lanes differ": {
			func(r *booking.Request) { r.ResourceCount = 3 }, []string{"lane-1", "lane-2", "lane-3"}, "", 6 * 30000,
		},
		"the lane that was asked for": {
			func(r *booking.Request) { r.ResourceID = "lane-3" }, []string{"lane-3"}, "blue", 2 * 30000,
		},
		"the smallest table that will do": {
			func(r *booking.Request) { r.Kind = booking.Table }, []string{"table-4"}, "", 0,
		},
		"the event of that time, priced by the seat": {
			func(r *booking.Request) { r.Kind, r.Duration = booking.Event, 0 }, []string{"quiz"}, "gold", 4 * 15000,
		},
		"half hours at half the price": {
			func(r *booking.Request) { r.Duration = 90 * time.Minute }, []string{"lane-1"}, "red", 45000,
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				b := h.book(t, "one", c.change)
				require.Equal(t, c.resources, b.Resources)
				require.Equal(t, c.color, b.ColorType)
				require.Equal(t, booking.Money{Amount: c.price, Currency: "SEK"}, b.Price)
				units, seats := owned(b)
				soldUnits, soldSeats := h.sold(t)
				require.Equal(t, units, soldUnits)
				require.Equal(t, seats, soldSeats)
			})
		})
	}
}

func TestBookByChannel(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		held := h.book(t, "held", func(r *booking.Request) { r.Hold = true })
		require.Equal(t, booking.Pending, held.Status)
		require.Equal(t, friday.Add(15*time.Minute), held.HoldUntil)

		h.set(at19.Add(7 * time.Minute))
		walkIn := h.book(t, "walk-in", func(r *booking.Request) { r.Channel, r.CustomerID = booking.ChannelWalkIn, "" })
		require.Equal(t, booking.CheckedIn, walkIn.Status, "they stand at the door")
		require.Equal(t, h.now(), walkIn.CheckedInAt)

		r := h.request("late")
		_, err := h.Book(t.Context(), r)
		require.ErrorIs(t, err, booking.ErrInvalid, "a customer can't book what has begun")
		r.Channel = booking.ChannelPhone
		_, err = h.Book(t.Context(), r)
		require.NoError(t, err, "staff can")
	})
}

func TestBookIsIdempotent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.book(t, "key", nil)
		require.Equal(t, first, h.book(t, "key", nil))
		cancelled, err := h.Cancel(t.Context(), first.Key(), "ill")
		require.NoError(t, err)
		h.set(at19.Add(72 * time.Hour))
		require.Equal(t, cancelled, h.book(t, "key", nil), "as it stands now, whenever asked")
		h.set(friday)

		r := h.request("key")
		r.PartySize++
		_, err = h.Book(t.Context(), r)
		require.ErrorIs(t, err, booking.ErrIdempotencyMismatch)
		r = h.request("key")
		r.CustomerID = "bertil"
		_, err = h.Book(t.Context(), r)
		require.ErrorIs(t, err, booking.ErrIdempotencyMismatch, "another customer learns nothing")

		other := newHouse(t, h.db, h.d, h.cfg)
		require.NotEqual(t, first.ID, other.book(t, "key", nil).ID, "keys are the tenant's own")
		units, _ := h.sold(t)
		require.Empty(t, units)
	})
}

func TestBookOffersOtherTimes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.book(t, "all", func(r *booking.Request) { r.ResourceCount = 3 })
		_, err := h.Book(t.Context(), h.request("late"))
		require.ErrorIs(t, err, booking.ErrUnavailable)
		var full *booking.UnavailableError
		require.ErrorAs(t, err, &full)
		var starts []time.Time
		for _, s := range full.Alternatives {
			starts = append(starts, s.StartsAt)
			require.Equal(t, booking.Money{Amount: 60000, Currency: "SEK"}, s.Price)
		}
		require.Equal(t, []time.Time{at19.Add(-2 * time.Hour), at19.Add(2 * time.Hour), at19.Add(-150 * time.Minute)}, starts)
		h.book(t, "there", func(r *booking.Request) { r.StartsAt = starts[0] })
	})
}

var refusals = map[string]struct {
	change func(r *booking.Request)
	want   error
	fields []booking.Field
}{
	"a closed hour":       {func(r *booking.Request) { r.StartsAt = at19.Add(-4 * time.Hour) }, booking.ErrUnavailable, nil},
	"the hour past close": {func(r *booking.Request) { r.StartsAt = at19.Add(6 * time.Hour) }, booking.ErrUnavailable, nil},
	"a party beyond all":  {func(r *booking.Request) { r.PartySize = 19 }, booking.ErrUnavailable, nil},
	"an event elsewhen": {
		func(r *booking.Request) { r.Kind, r.StartsAt = booking.Event, at19.Add(time.Hour) }, booking.ErrUnavailable, nil,
	},
	"an event's last seat and one more": {
		func(r *booking.Request) { r.Kind, r.PartySize = booking.Event, 11 }, booking.ErrUnavailable, nil,
	},
	"another lane than asked for": {func(r *booking.Request) { r.ResourceID = "lane-9" }, booking.ErrUnavailable, nil},
	"an unknown venue":            {func(r *booking.Request) { r.VenueID = "nowhere" }, booking.ErrNotFound, nil},
	"an unknown package": {
		func(r *booking.Request) { r.PackageID = "caviar" }, booking.ErrInvalid,
		[]booking.Field{{Name: "package_id", Problem: "unknown"}},
	},
	"what is past": {
		func(r *booking.Request) { r.StartsAt = friday.Add(-time.Minute) }, booking.ErrInvalid,
		[]booking.Field{{Name: "starts_at", Problem: "past"}},
	},
	"what is further on than hours are known": {
		func(r *booking.Request) { r.StartsAt = friday.Add(booking.Horizon + time.Minute) }, booking.ErrInvalid,
		[]booking.Field{{Name: "starts_at", Problem: "range"}},
	},
	"every fault at once": {
		func(r *booking.Request) {
			r.IdempotencyKey, r.Kind, r.PartySize, r.Duration, r.CustomerID = "", "sofa", 0, 40*time.Minute, ""
		},
		booking.ErrInvalid,
		[]booking.Field{
			{Name: "idempotency_key", Problem: "required"},
			{Name: "kind", Problem: "unknown"},
			{Name: "party_size", Problem: "range"},
			{Name: "duration", Problem: "range"},
			{Name: "customer_id", Problem: "required"},
		},
	},
	"a hold at the door": {
		func(r *booking.Request) { r.Channel, r.Hold = booking.ChannelWalkIn, true }, booking.ErrInvalid,
		[]booking.Field{{Name: "hold", Problem: "mismatch"}},
	},
	"an id that is none": {
		func(r *booking.Request) { r.CustomerID = strings.Repeat("x", 65) }, booking.ErrInvalid,
		[]booking.Field{{Name: "customer_id", Problem: "malformed"}},
	},
}

func TestBookRefuses(t *testing.T) {
	for name, c := range refusals {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				r := h.request("one")
				c.change(&r)
				_, err := h.Book(t.Context(), r)
				require.ErrorIs(t, err, c.want)
				if c.fields != nil {
					var faults *booking.InvalidError
					require.ErrorAs(t, err, &faults)
					require.Equal(t, c.fields, faults.Fields)
				}
				units, seats := h.sold(t)
				require.Empty(t, units)
				require.Zero(t, seats)
			})
		})
	}
}

func TestRetiredThingsAreNotSold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, err := h.Packages(t.Context(), h.venueKey())
		require.NoError(t, err)
		p[0].RetiredAt = friday
		require.NoError(t, h.PutPackage(t.Context(), p[0]))
		r := h.request("food")
		r.PackageID = p[0].ID
		_, err = h.Book(t.Context(), r)
		require.ErrorIs(t, err, booking.ErrInvalid)

		lanes, err := h.Resources(t.Context(), h.venueKey(), booking.Lane)
		require.NoError(t, err)
		lanes[0].RetiredAt = friday
		require.NoError(t, h.PutResource(t.Context(), lanes[0]))
		require.Equal(t, []string{"lane-2"}, h.book(t, "lane", nil).Resources)
	})
}

func TestATakenReferenceIsDrawnAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		const id = "018f0000-0000-7000-8000-000000000001"
		first := h.book(t, "first", nil)
		first.ID, first.Reference, first.Resources = "imported", booking.Reference(id, 0), []string{"lane-3"}
		_, err := h.Import(t.Context(), []booking.Booking{first}, false)
		require.NoError(t, err)

		h = h.with(func(cfg *booking.Config) { cfg.NewID = func() string { return id } })
		require.Equal(t, booking.Reference(id, 1), h.book(t, "second", nil).Reference)
	})
}

func TestReference(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"7K3M9P": "7K3M9P", "7k3m9p": "7K3M9P", " 7k3-m9p ": "7K3M9P", "OIL000": "011000",
		"7K3M9": "", "7K3M9PX": "", "7K3M9U": "", "7K3M9Å": "", "": "", strings.Repeat(" ", 100) + "7K3M9P": "",
	} {
		got, ok := booking.ParseReference(typed)
		require.Equal(t, want, got, typed)
		require.Equal(t, want != "", ok, typed)
	}
}

func TestTheHorizonIsTheLastThatIsOffered(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		day := h.venue().ServiceDay(friday.Add(booking.Horizon))
		ask := booking.AvailabilityQuery{TenantID: h.tenant, VenueID: "hornstull", Kind: booking.Lane, Day: day, PartySize: 2, Duration: booking.Unit}
		h.set(friday.Add(6 * time.Hour)) // within the opening hours
		slots, err := h.Availability(t.Context(), ask)
		require.NoError(t, err)
		last := slots[len(slots)-1].StartsAt
		require.Equal(t, friday.Add(6*time.Hour+booking.Horizon), last)
		h.book(t, "last", func(r *booking.Request) { r.StartsAt = last })
		ask.Day = day.AddDays(1)
		slots, err = h.Availability(t.Context(), ask)
		require.NoError(t, err)
		require.Empty(t, slots)
	})
}

func TestAvailability(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ask := booking.AvailabilityQuery{
			TenantID: h.tenant, VenueID: "hornstull", Kind: booking.Lane, Day: tonight, PartySize: 12, Duration: 2 * time.Hour,
		}
		slots, err := h.Availability(t.Context(), ask)
		require.NoError(t, err)
		open := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
		require.Len(t, slots, 17, "from 16 to midnight, for two hours before two")
		require.Equal(t, booking.Slot{
			StartsAt: open, EndsAt: open.Add(2 * time.Hour), ColorType: "red", Count: 2, Free: 3,
			Price: booking.Money{Amount: 120000, Currency: "SEK"},
		}, slots[0])

		h.book(t, "two of three", func(r *booking.Request) { r.ResourceCount = 2 })
		slots, err = h.Availability(t.Context(), ask)
		require.NoError(t, err)
		require.Len(t, slots, 10)
		for _, s := range slots {
			require.True(t, !s.EndsAt.After(at19) || !s.StartsAt.Before(at19.Add(2*time.Hour)), "%v overlaps", s.StartsAt)
		}

		h.set(open.Add(time.Minute))
		slots, err = h.Availability(t.Context(), ask)
		require.NoError(t, err)
		require.Equal(t, open.Add(30*time.Minute), slots[0].StartsAt, "what has begun is gone")

		ask.Kind, ask.Duration, ask.PartySize = booking.Event, 0, 6
		h.book(t, "quiz", func(r *booking.Request) { r.Kind, r.PartySize = booking.Event, 4 })
		slots, err = h.Availability(t.Context(), ask)
		require.NoError(t, err)
		require.Equal(t, []booking.Slot{{
			StartsAt: at19, EndsAt: at19.Add(3 * time.Hour), ResourceID: "quiz", Name: "Quiz", ColorType: "gold",
			Count: 1, Free: 6, Price: booking.Money{Amount: 90000, Currency: "SEK"},
		}}, slots)
		ask.PartySize = 7
		slots, err = h.Availability(t.Context(), ask)
		require.NoError(t, err)
		require.Empty(t, slots)

		ask.VenueID = "nowhere"
		_, err = h.Availability(t.Context(), ask)
		require.ErrorIs(t, err, booking.ErrNotFound)
		ask.PartySize = 0
		_, err = h.Availability(t.Context(), ask)
		require.ErrorIs(t, err, booking.ErrInvalid)
	})
}
