package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/examples/server/edge"
)

// What a plan has when nothing was chosen, and what may be chosen.
const (
	usualParty = 2
	usualHours = 2
	maxHours   = 4
)

// plan is a booking in the making. It travels in the query from page to page,
// so that every page but the last can be shared and gone back to.
type plan struct {
	Kind    booking.Kind
	Houses  []house // venues that have what is planned
	House   house   // the chosen one; zero until then
	Party   int
	Hours   int              // not of events
	Day     booking.Date     // the service day whose times are shown
	At      time.Time        // zero until a time is chosen
	Event   booking.Resource // zero until one is chosen
	Package booking.Package  // zero for none
	Faults  map[string]fault // by field
	Name    string           // as typed, as is the next
	Email   string
	Carried bool // Name and Email are kept through a change of time
}

// fault is what is wrong with a field.
type fault struct {
	Key string // of a text
	N   int    // its {n}
}

// house is a venue with what it has of one kind.
type house struct {
	booking.Venue
	Resources []booking.Resource // in use
	Packages  []booking.Package  // on sale
}

// Zone is where the venue's times are shown.
func (h house) Zone() *time.Location { return h.Location() }

// room is the largest party that fits.
func (h house) room(kind booking.Kind) int {
	sum, most := 0, 0
	for _, r := range h.Resources {
		sum += r.Capacity
		most = max(most, r.Capacity)
	}
	if kind == booking.Event {
		return most
	}
	return sum
}

// readPlan reads a plan from the request's query and form, with a fault for
// each field that can't be as it is. What wasn't asked yet is no fault.
func (s *Site) readPlan(w http.ResponseWriter, r *http.Request, kind booking.Kind) (*plan, error) {
	if err := form(w, r); err != nil {
		return nil, err
	}
	q := r.Form
	p := &plan{Kind: kind, Faults: map[string]fault{}, Name: q.Get("name"), Email: q.Get("email")}
	p.Carried = r.Method == http.MethodPost && (p.Name != "" || p.Email != "")
	var err error
	if p.Houses, err = s.houses(r.Context(), edge.Tenant(r).ID, kind); err != nil {
		return nil, err
	}
	p.readVenue(q.Get("venue"), q.Has("venue"))
	p.readParty(q.Get("party"))
	if kind == booking.Event {
		p.readEvent(q.Get("event"))
	} else {
		p.readHours(q.Get("hours"))
		p.readTime(q.Get("date"), q.Get("at"), s.cfg.Now())
	}
	p.readPackage(q.Get("package"))
	return p, nil
}

// houses are the tenant's venues that have resources of the kind.
func (s *Site) houses(ctx context.Context, tenantID string, kind booking.Kind) ([]house, error) {
	venues, err := s.cfg.Engine.Venues(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	now := s.cfg.Now()
	var all []house
	for _, v := range venues {
		h := house{Venue: v}
		if h.Resources, err = s.cfg.Engine.Resources(ctx, v.Key(), kind); err != nil {
			return nil, err
		}
		h.Resources = slices.DeleteFunc(h.Resources, func(r booking.Resource) bool {
			return retired(r.RetiredAt, now) || kind == booking.Event && !r.StartsAt.After(now)
		})
		if len(h.Resources) == 0 {
			continue
		}
		if h.Packages, err = s.cfg.Engine.Packages(ctx, v.Key()); err != nil {
			return nil, err
		}
		h.Packages = slices.DeleteFunc(h.Packages, func(p booking.Package) bool { return retired(p.RetiredAt, now) })
		all = append(all, h)
	}
	return all, nil
}

func retired(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

func (p *plan) fault(field, key string, n int) { p.Faults[field] = fault{"wizard.error." + key, n} }

func (p *plan) readVenue(id string, asked bool) {
	i := slices.IndexFunc(p.Houses, func(h house) bool { return h.ID == id })
	switch {
	case i >= 0:
		p.House = p.Houses[i]
	case id == "" && len(p.Houses) == 1:
		p.House = p.Houses[0]
	case id != "" || asked && p.Kind != booking.Event:
		p.fault("venue", "venue", 0)
	}
}

func (p *plan) readParty(text string) {
	if text == "" {
		p.Party = usualParty
		return
	}
	room := p.House.room(p.Kind)
	if p.House.ID == "" {
		for _, h := range p.Houses {
			room = max(room, h.room(p.Kind))
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > room {
		p.fault("party", "party", room)
	}
	p.Party = n
}

func (p *plan) readHours(text string) {
	if text == "" {
		p.Hours = usualHours
		return
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxHours {
		p.fault("hours", "hours", maxHours)
		n = usualHours
	}
	p.Hours = n
}

// readTime reads the day and the time on it. Without a day it is that of the
// time, or else the next on which something can still begin.
func (p *plan) readTime(date, at string, now time.Time) {
	if p.House.ID == "" {
		return
	}
	today := p.House.ServiceDay(now)
	if at != "" {
		t, err := time.Parse(time.RFC3339, at)
		switch {
		case err != nil:
			p.fault("at", "time", 0)
		case t.Before(now):
			p.fault("at", "past", 0)
		default:
			p.At, p.Day = t.UTC(), p.House.ServiceDay(t)
			if from, _, open := p.House.OpenInterval(p.Day); open && t.Sub(from)%booking.Unit != 0 {
				p.fault("at", "half", 0)
			}
		}
	}
	if date != "" && p.At.IsZero() {
		day, err := booking.ParseDate(date)
		switch {
		case err != nil:
			p.fault("date", "date", 0)
		case day.Before(today):
			p.fault("date", "past", 0)
		default:
			p.Day = day
		}
	}
	if p.Day.IsZero() {
		p.Day = p.nextDay(today, now)
	}
}

// nextDay is the first day from today on with time left before the venue closes.
func (p *plan) nextDay(today booking.Date, now time.Time) booking.Date {
	for n := range 14 {
		day := today.AddDays(n)
		if _, to, open := p.House.OpenInterval(day); open && !now.Add(p.length()).After(to) {
			return day
		}
	}
	return today
}

func (p *plan) readEvent(id string) {
	if id == "" {
		return
	}
	i := slices.IndexFunc(p.House.Resources, func(r booking.Resource) bool { return r.ID == id })
	if i < 0 {
		p.fault("at", "event", 0)
		return
	}
	p.Event = p.House.Resources[i]
	p.At, p.Day = p.Event.StartsAt, p.House.ServiceDay(p.Event.StartsAt)
}

func (p *plan) readPackage(id string) {
	if id == "" || p.House.ID == "" {
		return
	}
	i := slices.IndexFunc(p.House.Packages, func(f booking.Package) bool { return f.ID == id })
	if i < 0 {
		p.fault("package", "package", 0)
		return
	}
	p.Package = p.House.Packages[i]
}

func (p *plan) length() time.Duration { return time.Duration(p.Hours) * time.Hour }

// timely reports whether a venue, a party and a time are chosen, so that the
// plan can go on from there.
func (p *plan) timely() bool {
	for _, field := range []string{"venue", "party", "hours", "date", "at"} {
		if _, bad := p.Faults[field]; bad {
			return false
		}
	}
	return p.House.ID != "" && !p.At.IsZero()
}

// step is the address of a step: "" for the time, "package" or "confirm".
func (p *plan) step(name string) string {
	path := "/book/" + string(p.Kind)
	if name != "" {
		path += "/" + name
	}
	return path
}

// Fields are the plan as names and values, for hidden fields and links. The
// time is left out until it is chosen.
func (p *plan) Fields() []field {
	fields := []field{{"party", strconv.Itoa(p.Party)}}
	if p.House.ID != "" {
		fields = append(fields, field{"venue", p.House.ID})
	}
	if p.Kind != booking.Event {
		fields = append(fields, field{"hours", strconv.Itoa(p.Hours)})
	}
	if p.Package.ID != "" {
		fields = append(fields, field{"package", p.Package.ID})
	}
	return fields
}

// Chosen are Fields with the time or event.
func (p *plan) Chosen() []field {
	if p.Kind == booking.Event {
		return append(p.Fields(), field{"event", p.Event.ID})
	}
	return append(p.Fields(), field{"at", p.At.Format(time.RFC3339)})
}

// field is one value of a plan.
type field struct{ Name, Value string }

// TimePath leads back to the choice of a time.
func (p *plan) TimePath() string {
	fields := p.Fields()
	if p.Kind != booking.Event {
		fields = append(fields, field{"date", p.Day.String()})
	}
	return address(p.step(""), fields)
}

// PackagePath leads back to the choice of a package.
func (p *plan) PackagePath() string { return address(p.step("package"), p.Chosen()) }

// SignInPath leads by way of signing in to the last page.
func (p *plan) SignInPath() string {
	return query("/login", "back", address(p.step("confirm"), p.Chosen()))
}

func address(path string, fields []field) string {
	pairs := make([]any, 0, 2*len(fields))
	for _, f := range fields {
		pairs = append(pairs, f.Name, f.Value)
	}
	return query(path, pairs...)
}

// Lengths are the hours to choose among.
func (p *plan) Lengths() (hours []int) {
	for n := range maxHours {
		hours = append(hours, n+1)
	}
	return hours
}

// Noon is a time on the plan's day, to write the day by.
func (p *plan) Noon() time.Time {
	return time.Date(p.Day.Year, p.Day.Month, p.Day.Day, 12, 0, 0, 0, p.House.Zone())
}

// Typed is how much of what was typed has to be put right.
func (p *plan) Typed() (n int) {
	for _, field := range []string{"name", "email"} {
		if _, bad := p.Faults[field]; bad {
			n++
		}
	}
	return n
}

// Steps is how many pages there are, less the one that says it's done.
func (p *plan) Steps() int {
	if p.House.ID != "" && len(p.House.Packages) == 0 {
		return 2
	}
	return 3
}

// Action is where a chosen time leads: past what was answered before.
func (p *plan) Action() string { return p.EventAction(p.House) }

// EventAction is Action for an event at a venue.
func (p *plan) EventAction(h house) string {
	if p.Carried || len(h.Packages) == 0 {
		return p.step("confirm")
	}
	return p.step("package")
}

// Method is how forms are sent: what names somebody isn't put into an address.
func (p *plan) Method() string {
	if p.Carried {
		return "post"
	}
	return "get"
}
