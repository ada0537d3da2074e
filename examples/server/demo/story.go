package demo

import (
	"time"

	"github.com/petanque-life/venuekit/examples/server/booking"
)

// manyBookings is how many past bookings NoteManyBookings has, no-shows
// included and cancelled ones not.
const manyBookings = 236

// tellStories books what the notes of the chain's customers promise. It comes
// first, so that there is always room.
func tellStories(c chain, venues []*planner) {
	for _, a := range Accounts() {
		if a.TenantID != c.tenantID {
			continue
		}
		switch a.Note {
		case NoteManyBookings:
			regular(a.Email, venues)
		case NoteTwoVisitsFromGold:
			nearlyGold(a.Email, c.tenantID, venues[0])
		case NoteBookingTonight:
			v := venues[0]
			for ago := range 4 {
				v.on(a.Email, v.today().AddDays(-24-31*ago), visit{party: 2 + ago})
			}
			v.lane(a.Email, v.soon(), 3*time.Hour, 4, booking.Confirmed)
		}
	}
}

// regular comes twice a week, now and then to the other venue, sometimes not
// at all, and has more planned.
func regular(guest string, venues []*planner) {
	home := venues[0]
	for n, ago := 0, 2; n < manyBookings; ago += 3 + n%2 {
		p, v := home, visit{party: 2 + n%5, start: home.at(home.today().AddDays(-ago), 17+float64(n%4)/2)}
		if n%9 == 4 && ago < 300 {
			p = venues[1]
		}
		if n%4 == 0 {
			v.pkg = 1 + n%2
		}
		if n%24 == 23 {
			v.fate = staysAway
		}
		if p.on(guest, p.today().AddDays(-ago), v) {
			n++
		}
		if n%17 == 0 {
			home.on(guest, home.today().AddDays(-ago-1), visit{party: 4, fate: cancels})
		}
	}
	for _, ahead := range []int{3, 8, 15, 22} {
		home.on(guest, home.today().AddDays(ahead), visit{party: 4})
	}
}

// nearlyGold has 3 visits however the chain counts them, see
// NoteTwoVisitsFromGold: never two on one service day, and all within a year.
func nearlyGold(guest, tenantID string, p *planner) {
	today := p.today()
	month := func(ago int, weekday time.Weekday) booking.Date {
		// The second such weekday of that month.
		d := booking.DateOf(time.Date(today.Year, today.Month-time.Month(ago), 8, 0, 0, 0, 0, time.UTC))
		for d.Weekday() != weekday {
			d = d.AddDays(1)
		}
		return d
	}
	p.on(guest, month(1, time.Friday), visit{party: 4, count: 2, pkg: 1, length: 2 * time.Hour, lead: 9 * day})
	p.on(guest, month(3, time.Saturday), visit{party: 2})
	if tenantID == tumblepin {
		p.on(guest, month(5, time.Wednesday), visit{party: 3})
	}
	p.on(guest, month(2, time.Sunday), visit{party: 5, fate: cancels})
	p.on(guest, today.AddDays(2), visit{party: 2, lead: 6 * day})
}

// on books a lane on a service day, at six unless the visit says when. It
// reports false when the venue is closed or full.
func (p *planner) on(guest string, d booking.Date, v visit) bool {
	if _, _, open := p.OpenInterval(d); !open {
		return false
	}
	v.guest, v.kind = guest, booking.Lane
	if v.start.IsZero() {
		v.start = p.at(d, 18)
	}
	if v.length == 0 {
		v.length = 90 * time.Minute
	}
	if v.lead == 0 {
		v.lead = time.Hour + p.upTo(10*day)
	}
	return p.add(v)
}

// soon is the half hour that comes next, or the one that runs where the service
// day ends before: a booking that starts then is one of tonight, and its door
// is open from half an hour before. The hours of opening don't matter.
func (p *planner) soon() time.Time {
	_, end := p.ServiceDayBounds(p.today())
	return earlier(p.now.Add(booking.Unit-1).Truncate(booking.Unit), end.Add(-booking.Unit))
}

// tonight has something of everything for those at the door, whenever the demo
// is made: in, expected, late, cancelled and still far off.
func (p *planner) tonight() {
	begin, end := p.ServiceDayBounds(p.today())
	soon := p.soon()
	in := p.now.Truncate(booking.Unit).Add(-time.Hour)
	late := soon.Add(-booking.Unit)
	guest := func() string { return p.guest(p.now) }
	p.lane(guest(), later(in, begin), 150*time.Minute, 5, booking.CheckedIn)
	p.lane(guest(), later(late, begin), 90*time.Minute, 2, booking.Confirmed)
	p.lane(guest(), soon, 2*time.Hour, 6, booking.Confirmed)
	p.lane(guest(), earlier(soon.Add(time.Hour), end.Add(-booking.Unit)), 90*time.Minute, 3, booking.Cancelled)
	for n := range 3 {
		p.lane(guest(), soon.Add(time.Duration(2+n)*time.Hour), 90*time.Minute, 3+n, booking.Confirmed)
	}
}

func (p *planner) lane(guest string, start time.Time, length time.Duration, party int, s booking.Status) {
	v := visit{guest: guest, kind: booking.Lane, start: start, length: length, party: party, lead: 5 * day, status: s}
	if s == booking.Cancelled {
		v.fate = cancels
	}
	p.add(v)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
