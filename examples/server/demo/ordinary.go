package demo

import (
	"math"
	"time"

	"github.com/petanque-life/venuekit/examples/server/booking"
)

// How busy the days of the week and the months are, of 1.
var (
	weekdays = [7]float64{0.85, 0.45, 0.55, 0.7, 1.0, 1.9, 1.75} // from Sunday
	yearly   = [13]float64{0, 0.8, 0.85, 0.95, 1, 1.05, 0.8, 0.6, 0.85, 1.05, 1.1, 1.2, 1.3}
)

// ordinary fills the days from the venue's opening to the horizon.
func (p *planner) ordinary(share float64) {
	first := booking.DateOf(p.now.AddDate(0, -p.months, 0))
	today := p.today()
	last := today.AddDays(horizon)
	age := 0.0
	for d := first; d.Before(last); d = d.AddDays(1) {
		open, shut, ok := p.OpenInterval(d)
		age += 1 / (float64(p.months) * 30.4)
		if !ok {
			continue
		}
		want := p.load * weekdays[d.Weekday()] * yearly[d.Month] * (0.75 + 0.4*age) * (0.6 + 0.8*p.rng.Float64()) * share
		if today.Before(d) {
			want *= math.Exp(-open.Sub(p.now).Hours() / 24 / 14)
		}
		if d.Month == time.December && d.Day < 23 && d.Weekday() >= time.Thursday {
			p.parties(open, shut, want/4)
		}
		for range p.round(want) {
			p.visitor(open, shut)
		}
	}
}

// parties are those of companies before Christmas: many people, several lanes.
func (p *planner) parties(open, shut time.Time, want float64) {
	for range p.round(want) {
		party := 8 + p.rng.IntN(13)
		v := visit{
			kind: booking.Lane, party: party, length: 3 * time.Hour, pkg: len(p.packages),
			lead: 20*day + p.upTo(50*day), fate: p.fate(), channel: booking.ChannelPhone,
		}
		v.start = p.start(open, shut, v.length)
		v.guest = p.guest(v.start)
		p.add(v)
	}
}

// visitor books an ordinary visit, if there is room.
func (p *planner) visitor(open, shut time.Time) {
	v := visit{kind: booking.Lane, party: 2 + p.rng.IntN(5), length: time.Duration(2+p.rng.IntN(3)) * booking.Unit, fate: p.fate()}
	switch roll := p.rng.IntN(100); {
	case roll < 18:
		v.kind, v.length = booking.Table, v.length+booking.Unit
	case roll < 28:
		v.party = 7 + p.rng.IntN(6)
	}
	if p.rng.IntN(3) == 0 {
		v.pkg = 1 + p.rng.IntN(len(p.packages)-1)
	}
	// Most decide in the last days, some weeks before.
	v.lead = time.Hour + p.upTo(time.Duration(float64(30*day)*math.Pow(p.rng.Float64(), 3)))
	v.start = p.start(open, shut, v.length)
	v.guest = p.guest(v.start)
	switch roll := p.rng.IntN(100); {
	case roll < 12 && !v.start.After(p.now):
		v.channel, v.lead, v.fate = booking.ChannelWalkIn, 0, comes
		if p.rng.IntN(3) > 0 {
			v.guest = ""
		}
	case roll < 30:
		v.channel = booking.ChannelPhone
	}
	p.add(v)
}

// start is a half hour at which the venue is open for length, mostly in the
// middle of the opening hours.
func (p *planner) start(open, shut time.Time, length time.Duration) time.Time {
	units := int(shut.Sub(open)-length) / int(booking.Unit)
	return open.Add(time.Duration(p.rng.IntN(units+1)+p.rng.IntN(units+1)) / 2 * booking.Unit)
}

func (p *planner) fate() fate {
	switch roll := p.rng.IntN(100); {
	case roll < 8:
		return cancels
	case roll < 12:
		return staysAway
	}
	return comes
}

// round rounds up or down at random, so that the sum over many days is right.
func (p *planner) round(x float64) int { return int(x + p.rng.Float64()) }
