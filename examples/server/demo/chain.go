package demo

import (
	"fmt"

	"github.com/petanque-life/venuekit/examples/server/booking"
)

// The venues of the demo.
const (
	soder      = "soder"
	majorna    = "majorna"
	ropeStreet = "rope-street"
	canalYard  = "canal-yard"
)

// chain is a tenant with all that doesn't depend on the moment of making.
type chain struct {
	tenantID string
	language string
	size     int     // how many guests it has
	houses   []house // where NoteBookingTonight plays first
}

// house is a venue with what can be booked there, events apart.
type house struct {
	booking.Venue
	resources []booking.Resource // lanes, then tables
	lanes     int
	packages  []booking.Package // the last one is for Christmas
	event     booking.Resource  // what each evening of the series is like
	months    int               // how long it has been open
	load      float64           // bookings of an ordinary day
}

func chains() []chain {
	return []chain{
		{klotet, "sv", 330, []house{
			newHouse(klotet, soder, "Klotet Söder", "Grusgränd 4, Stockholm", 8, 6, 36, 7.6),
			newHouse(klotet, majorna, "Klotet Majorna", "Stenkulegatan 11, Göteborg", 6, 4, 24, 5.2),
		}},
		{tumblepin, "en", 270, []house{
			newHouse(tumblepin, ropeStreet, "Tumblepin Rope Street", "14 Rope Street, London", 7, 6, 36, 6.4),
			newHouse(tumblepin, canalYard, "Tumblepin Canal Yard", "3 Canal Yard, London", 5, 4, 18, 4.6),
		}},
	}
}

// tariff is what a chain charges, in minor units, and what it calls things.
type tariff struct {
	zone, currency                string
	lane, table, seat             int64
	laneName, tableName, eventFmt string
	packages                      []booking.Package
}

var tariffs = map[string]tariff{
	klotet: {
		zone: "Europe/Stockholm", currency: "SEK", lane: 36000, table: 8000, seat: 29500,
		laneName: "Bana %d", tableName: "Bord %d", eventFmt: "Klotligan",
		packages: []booking.Package{
			{ID: "plank", Name: map[string]string{"sv": "Charkplanka", "en": "Charcuterie board"}, PricePerPerson: 18500},
			{ID: "three-courses", Name: map[string]string{"sv": "Trerätters", "en": "Three courses"}, PricePerPerson: 44500},
			{ID: "christmas", Name: map[string]string{"sv": "Julbord", "en": "Christmas buffet"}, PricePerPerson: 59500},
		},
	},
	tumblepin: {
		zone: "Europe/London", currency: "GBP", lane: 3200, table: 800, seat: 2450,
		laneName: "Lane %d", tableName: "Table %d", eventFmt: "Skittle league night",
		packages: []booking.Package{
			{ID: "sharing-board", Name: map[string]string{"sv": "Charkplanka", "en": "Sharing board"}, PricePerPerson: 1650},
			{ID: "pie-and-pint", Name: map[string]string{"sv": "Paj och öl", "en": "Pie and a pint"}, PricePerPerson: 2150},
			{ID: "christmas-feast", Name: map[string]string{"sv": "Julmiddag", "en": "Christmas feast"}, PricePerPerson: 4800},
		},
	},
}

// pistes are the color types of lanes and events, from easy to hard.
var pistes = []string{"green", "blue", "red", "black"}

func newHouse(tenantID, id, name, address string, lanes, tables, months int, load float64) house {
	t := tariffs[tenantID]
	h := house{
		Venue: booking.Venue{
			TenantID: tenantID, ID: id, Name: name, Zone: t.zone, Hours: hours(id), Currency: t.currency, Address: address,
			Seasons: []booking.Season{
				{Name: "summer", From: "06-01", To: "08-31"},
				{Name: "christmas", From: "11-20", To: "12-26"},
				{Name: "winter", From: "12-01", To: "02-29"},
			},
		},
		lanes: lanes, months: months, load: load,
	}
	base := booking.Resource{TenantID: tenantID, VenueID: id}
	for i := range lanes {
		r := base
		r.ID, r.Name, r.Kind = fmt.Sprintf("lane-%02d", i+1), fmt.Sprintf(t.laneName, i+1), booking.Lane
		r.ColorType, r.Price, r.Capacity = pistes[i*len(pistes)/lanes], t.lane, 6
		h.resources = append(h.resources, r)
	}
	for i := range tables {
		r := base
		r.ID, r.Name, r.Kind = fmt.Sprintf("table-%02d", i+1), fmt.Sprintf(t.tableName, i+1), booking.Table
		r.Price, r.Capacity = t.table, 4+2*(i%3)
		h.resources = append(h.resources, r)
	}
	for _, p := range t.packages {
		p.TenantID, p.VenueID = tenantID, id
		h.packages = append(h.packages, p)
	}
	h.event = base
	h.event.Name, h.event.Kind, h.event.Price, h.event.Capacity = t.eventFmt, booking.Event, t.seat, 8*lanes/2
	return h
}

// hours are those of a bar: late at the end of the week, a family Sunday, and
// at one venue a day of rest.
func hours(venueID string) [7]booking.Hours {
	h := [7]booking.Hours{
		{Open: 11 * 60, Close: 22 * 60}, // Sunday
		{Open: 16 * 60, Close: 23 * 60},
		{Open: 16 * 60, Close: 23 * 60},
		{Open: 16 * 60, Close: 23 * 60},
		{Open: 16 * 60, Close: 24 * 60},
		{Open: 15 * 60, Close: 2 * 60},
		{Open: 11 * 60, Close: 2 * 60},
	}
	if venueID == majorna {
		h[1] = booking.Hours{}
	}
	return h
}
