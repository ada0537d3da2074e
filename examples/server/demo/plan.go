package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/ids"
)

const (
	day     = 24 * time.Hour
	horizon = 45 // days ahead of which there are bookings
)

// plan is all that a chain gets. Its bookings name customers by address.
type plan struct {
	chain
	guests   []person
	events   []booking.Resource
	bookings []booking.Booking
}

// newPlan lays a chain's data around now; share thins out guests and their
// ordinary bookings.
func newPlan(c chain, now time.Time, seed uint64, share float64) plan {
	taken := map[string]bool{}
	for _, a := range Accounts() {
		taken[a.Email] = true
	}
	p := plan{chain: c}
	first, last := now.AddDate(0, -c.houses[0].months, -2), now.Add((horizon+2)*day)
	p.guests = crowd(source(seed, c.tenantID), max(20, int(float64(c.size)*share)), c.language, first, last, taken)
	company := company{p.guests, map[evening]bool{}}
	var venues []*planner
	for _, h := range c.houses {
		venues = append(venues, newPlanner(h, &company, now, seed))
	}
	tellStories(c, venues)
	for _, v := range venues {
		v.tonight()
		p.events = append(p.events, v.series(share)...)
		v.ordinary(share)
		p.bookings = append(p.bookings, v.bookings...)
	}
	return p
}

// source returns the random numbers of one subject, always the same.
func source(seed uint64, subject string) *rand.Rand {
	key := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(subject+"/"), seed))
	return rand.New(rand.NewChaCha8(key)) //nolint:gosec // invented data has to repeat
}

// planner lays the bookings of one venue.
type planner struct {
	house
	rng      *rand.Rand
	now      time.Time
	company  *company
	calendar calendar
	bookings []booking.Booking
}

func newPlanner(h house, guests *company, now time.Time, seed uint64) *planner {
	return &planner{
		house: h, rng: source(seed, h.TenantID+"/"+h.ID), now: now, company: guests,
		calendar: newCalendar(now.AddDate(0, -h.months, -2), now.Add((horizon+2)*day)),
	}
}

// visit is a booking to be.
type visit struct {
	guest   string // address; "" for a walk-in that gave none
	kind    booking.Kind
	start   time.Time
	length  time.Duration
	party   int
	count   int               // lanes, at least as many as the party needs
	event   *booking.Resource // for one of an event
	pkg     int               // place in the venue's list, from 1; 0 for none
	channel string            // default web
	lead    time.Duration     // how long before its start it is made
	fate    fate
	status  booking.Status // default: what fate and time make of it
}

// fate is what becomes of a booking in the end.
type fate int

const (
	comes fate = iota
	cancels
	staysAway
)

// add books the visit. It reports false when there is no room.
func (p *planner) add(v visit) bool {
	chosen := []booking.Resource{}
	if v.event != nil {
		v.kind, v.start, v.length = booking.Event, v.event.StartsAt, v.event.EndsAt.Sub(v.event.StartsAt)
		chosen = append(chosen, *v.event)
	} else {
		places := p.room(v)
		if places == nil {
			return false
		}
		for _, i := range places {
			chosen = append(chosen, p.resources[i])
			if v.fate != cancels {
				p.calendar.take(i, v.start, v.start.Add(v.length))
			}
		}
	}
	p.bookings = append(p.bookings, p.booking(v, chosen))
	return true
}

// room returns the places of free resources for the visit, nil when there
// aren't enough. It begins somewhere, so that all lanes get their share.
func (p *planner) room(v visit) []int {
	from, to, want := 0, p.lanes, max(v.count, (v.party+5)/6)
	if v.kind == booking.Table {
		from, to, want = p.lanes, len(p.resources), 1
	}
	busy := p.calendar.busy(v.start, v.start.Add(v.length))
	var places []int
	begin := p.rng.IntN(to - from)
	for i := range to - from {
		at := from + (begin+i)%(to-from)
		if busy&(1<<at) == 0 && (v.kind == booking.Lane || p.resources[at].Capacity >= v.party) {
			if places = append(places, at); len(places) == want {
				return places
			}
		}
	}
	return nil
}

func (p *planner) booking(v visit, chosen []booking.Resource) booking.Booking {
	b := booking.Booking{
		TenantID: p.TenantID, VenueID: p.ID, ServiceDay: p.ServiceDay(v.start), CustomerID: v.guest,
		Kind: v.kind, ColorType: chosen[0].ColorType, PartySize: v.party, Channel: booking.ChannelWeb,
		StartsAt: v.start, EndsAt: v.start.Add(v.length), Price: booking.Money{Currency: p.Currency},
	}
	for _, r := range chosen {
		b.Resources = append(b.Resources, r.ID)
		if r.ColorType != b.ColorType {
			b.ColorType = ""
		}
		if v.kind == booking.Event {
			b.Price.Amount += r.Price * int64(v.party)
		} else {
			b.Price.Amount += r.Price * int64(v.length/time.Minute) / 60
		}
	}
	if v.pkg > 0 {
		pkg := p.packages[v.pkg-1]
		b.PackageID = pkg.ID
		b.Price.Amount += pkg.PricePerPerson * int64(v.party)
	}
	if v.channel != "" {
		b.Channel = v.channel
	}
	b.CreatedAt = b.StartsAt.Add(-v.lead)
	if b.CreatedAt.After(p.now) {
		b.CreatedAt = p.now.Add(-p.upTo(3 * day)).Truncate(time.Second)
	}
	slices.Sort(b.Resources)
	b.ID = p.id(b.CreatedAt)
	p.live(&b, v)
	return b
}

// live brings the booking to where its fate has led by now.
func (p *planner) live(b *booking.Booking, v visit) {
	b.Status, b.Revision, b.UpdatedAt = v.status, 1, b.CreatedAt
	if b.Status == "" {
		b.Status = p.status(v)
	}
	arrives := b.StartsAt.Add(-p.upTo(20 * time.Minute))
	switch b.Status {
	case booking.CheckedIn, booking.Completed:
		b.CheckedInAt = arrives
		if b.CreatedAt.After(arrives) {
			b.CheckedInAt = b.CreatedAt
		}
		b.Revision, b.UpdatedAt = 2, b.CheckedInAt
		if b.Status == booking.Completed {
			b.Revision, b.UpdatedAt = 3, b.EndsAt
		}
		b.Paid = b.Price
	case booking.NoShow:
		b.Revision, b.UpdatedAt = 2, b.EndsAt
	case booking.Cancelled:
		b.Revision, b.Reason = 2, "customer"
		known := b.StartsAt
		if known.After(p.now) {
			known = p.now
		}
		b.UpdatedAt = b.CreatedAt.Add(p.upTo(known.Sub(b.CreatedAt)))
	}
	if b.Status == booking.Confirmed && b.Channel == booking.ChannelWeb {
		b.Paid = b.Price
	}
}

func (p *planner) status(v visit) booking.Status {
	over := !v.start.Add(v.length).After(p.now)
	switch {
	case v.fate == cancels:
		return booking.Cancelled
	case over && v.fate == staysAway:
		return booking.NoShow
	case over:
		return booking.Completed
	case v.start.After(p.now) || v.fate == staysAway:
		return booking.Confirmed
	}
	return booking.CheckedIn
}

// upTo returns a time in seconds, less than d.
func (p *planner) upTo(d time.Duration) time.Duration {
	return time.Duration(p.rng.Int64N(max(1, int64(d/time.Second)))) * time.Second
}

// id returns a UUIDv7 of the time.
func (p *planner) id(at time.Time) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16|0x7000|p.rng.Uint64N(1<<12))
	binary.BigEndian.PutUint64(id[8:], 1<<63|p.rng.Uint64N(1<<62))
	return ids.FormatUUID(id)
}

// at is when the venue's clocks show the hour of a date.
func (p *planner) at(d booking.Date, hour float64) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, int(hour*60), 0, 0, p.Location()).UTC()
}

// guest picks somebody for a visit at that time.
func (p *planner) guest(at time.Time) string { return p.company.pick(p.rng, at, p.ServiceDay(at)) }

// today is the service day of the moment of making.
func (p *planner) today() booking.Date { return p.ServiceDay(p.now) }

// series returns the venue's events, one a month in the past and one a week to
// come, on Thursdays, with the bookings of their seats.
func (p *planner) series(share float64) []booking.Resource {
	var events []booking.Resource
	today := p.today()
	last := today.AddDays(horizon)
	for d := booking.DateOf(p.now.AddDate(0, -p.months, 0)); d.Before(last); d = d.AddDays(1) {
		if d.Weekday() != time.Thursday || d.Before(today) && d.Day > 7 {
			continue
		}
		e := p.event
		e.ID, e.ColorType = fmt.Sprintf("league-%v", d), pistes[int(d.Month)%len(pistes)]
		e.StartsAt, e.EndsAt = p.at(d, 19), p.at(d, 22)
		events = append(events, e)
		full := int(float64(e.Capacity) * (0.3 + 0.6*p.rng.Float64()) * share)
		for seats := 0; seats < full; {
			v := visit{event: &e, party: 1 + p.rng.IntN(4), lead: p.upTo(30 * day), fate: p.fate()}
			v.guest = p.guest(e.StartsAt)
			p.add(v)
			if v.fate != cancels {
				seats += v.party
			}
		}
	}
	return events
}
