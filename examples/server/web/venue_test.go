package web_test

import (
	"context"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/portal"
)

// The hosts of the two venues, each of one.
const (
	hostNorth = "nora@klotet.example"
	hostSouth = "sam@klotet.example"
)

// changed tells the door and the account of a booking, as the server does.
func (w *world) changed(ctx context.Context, tx bunx.Tx, b booking.Booking) error {
	if b.CustomerID != "" {
		w.bookings.Put(portal.CustomerKey{TenantID: b.TenantID, CustomerID: b.CustomerID}, portal.Booking{
			ID: b.ID, Reference: b.Reference, Venue: portal.Venue{ID: b.VenueID, Name: "Klotet Norr", Zone: stockholm},
			ResourceType: portal.ResourceType(b.Kind), Resources: b.Resources, PartySize: b.PartySize, StartsAt: b.StartsAt, EndsAt: b.EndsAt,
			Status: portal.Status(b.Status), Price: portal.Money(b.Price),
		})
	}
	return w.checkin.WithStores(w.stores.WithTx(tx)).Observe(ctx, checkin.Booking{
		TenantID: b.TenantID, ID: b.ID, VenueID: b.VenueID, CustomerID: b.CustomerID,
		Revision: b.Revision, SlotRevision: b.SlotRevision, SlotRevisedAt: b.SlotRevisedAt, HolderRevision: b.HolderRevision,
		Reference: b.Reference, StartsAt: b.StartsAt, EndsAt: b.EndsAt, Status: checkin.Status(b.Status), PartySize: b.PartySize,
	})
}

// relay hands the check-ins to the engine, as the server does every second.
func (w *world) relay() {
	w.t.Helper()
	require.NoError(w.t, w.checkin.Relay(w.t.Context(), *w.now, func(ctx context.Context, e checkin.Event) error {
		in, err := checkin.ParseAdmitted(e)
		if err != nil {
			return err
		}
		key := booking.Key{TenantID: e.TenantID, ID: in.BookingID}
		if e.Kind == checkin.EventAdmitted {
			_, err = w.engine.CheckIn(ctx, key, in.At)
		} else {
			_, err = w.engine.UndoCheckIn(ctx, key)
		}
		return err
	}))
}

// furnish opens the chain's two venues: norr with two lanes for six, a table,
// events and food, soder with a lane and nothing to eat.
func (w *world) furnish() *world {
	w.t.Helper()
	ctx := w.t.Context()
	for id, name := range map[string]string{"norr": "Klotet Norr", "soder": "Klotet Söder"} {
		v := booking.Venue{TenantID: "klotet", ID: id, Name: name, Zone: "Europe/Stockholm", Currency: "SEK", Address: "Gatan 1, Stockholm"}
		for day := range v.Hours {
			v.Hours[day] = booking.Hours{Open: 11 * 60, Close: 2 * 60}
		}
		require.NoError(w.t, w.engine.PutVenue(ctx, v))
	}
	for _, r := range []booking.Resource{
		{VenueID: "norr", ID: "lane-1", Name: "Bana 1", Kind: booking.Lane, Price: 36000, Capacity: 6},
		{VenueID: "norr", ID: "lane-2", Name: "Bana 2", Kind: booking.Lane, Price: 36000, Capacity: 6},
		{VenueID: "norr", ID: "table-1", Name: "Bord 1", Kind: booking.Table, Price: 0, Capacity: 8},
		{VenueID: "norr", ID: "quiz", Name: "Quizkväll", Kind: booking.Event, Price: 29500, Capacity: 10, StartsAt: w.at(19 + 24), EndsAt: w.at(22 + 24)},
		{VenueID: "norr", ID: "final", Name: "Ligafinal", Kind: booking.Event, Price: 15000, Capacity: 3, StartsAt: w.at(18 + 48), EndsAt: w.at(21 + 48)},
		{VenueID: "norr", ID: "gone", Name: "Gårdagens quiz", Kind: booking.Event, Price: 29500, Capacity: 10, StartsAt: w.at(-5), EndsAt: w.at(-2)},
		{VenueID: "soder", ID: "lane-9", Name: "Bana 9", Kind: booking.Lane, Price: 20000, Capacity: 6},
	} {
		r.TenantID = "klotet"
		require.NoError(w.t, w.engine.PutResource(ctx, r))
	}
	for _, p := range []booking.Package{
		{ID: "plank", Name: map[string]string{"sv": "Charkplanka", "en": "Charcuterie board"}, PricePerPerson: 18500},
		{ID: "dinner", Name: map[string]string{"sv": "Trerätters", "en": "Three courses"}, PricePerPerson: 44500},
	} {
		p.TenantID, p.VenueID = "klotet", "norr"
		require.NoError(w.t, w.engine.PutPackage(ctx, p))
	}
	for _, o := range []account.Operator{
		{Email: hostNorth, Name: "Nora", Role: account.RoleHost, Venues: []string{"norr"}},
		{Email: hostSouth, Name: "Sam", Role: account.RoleHost, Venues: []string{"soder"}},
	} {
		o.TenantID = "klotet"
		_, err := w.accounts.PutOperator(ctx, o)
		require.NoError(w.t, err)
	}
	return w
}

// at is an hour of the world's first day; more than 24 are on the days after.
func (w *world) at(hour int) time.Time {
	y, m, d := w.now.In(stockholm).Date()
	return time.Date(y, m, d, hour, 0, 0, 0, stockholm)
}

// order books a lane at norr for four, for two hours; change makes it what the
// test wants.
func (w *world) order(hour int, change func(r *booking.Request)) booking.Booking {
	w.t.Helper()
	w.booked++
	r := booking.Request{
		TenantID: "klotet", IdempotencyKey: fmt.Sprintf("order-%d", w.booked), VenueID: "norr", Kind: booking.Lane, StartsAt: w.at(hour),
		Duration: 2 * time.Hour, PartySize: 4, CustomerID: "anna", Channel: booking.ChannelPhone,
	}
	if change != nil {
		change(&r)
	}
	b, err := w.engine.Book(w.t.Context(), r)
	require.NoError(w.t, err)
	return b
}

// live are the bookings of a venue on the first days that hold something.
func (w *world) live(venue string) (live []booking.Booking) {
	w.t.Helper()
	for day := range 3 {
		all, err := w.engine.VenueDay(w.t.Context(), booking.VenueKey{TenantID: "klotet", VenueID: venue},
			booking.DateOf(w.at(0)).AddDays(day), booking.Position{}, 100)
		require.NoError(w.t, err)
		for _, b := range all {
			if b.Status.Live() {
				live = append(live, b)
			}
		}
	}
	return live
}
