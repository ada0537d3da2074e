package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/httpx"
)

func (s *Site) wizardRoutes(mux *http.ServeMux) {
	for _, kind := range []booking.Kind{booking.Lane, booking.Table, booking.Event} {
		path := "/book/" + string(kind)
		// By POST the first and the last page show what a GET does, and keep what
		// was typed; only one of the forms books.
		s.page(mux, "GET "+path, s.planned(kind, s.chooseTime))
		s.page(mux, "POST "+path, s.planned(kind, s.chooseTime))
		s.page(mux, "GET "+path+"/package", s.planned(kind, s.choosePackage))
		s.page(mux, "GET "+path+"/confirm", s.planned(kind, s.confirm))
		s.page(mux, "POST "+path+"/confirm", s.planned(kind, s.confirm))
		s.page(mux, "POST "+path+"/done", s.planned(kind, s.book))
	}
	s.page(mux, "GET /book/done/{token}", s.booked)
}

// planned is a step of the wizard: a handler of a plan.
func (s *Site) planned(kind booking.Kind, h func(http.ResponseWriter, *http.Request, *plan) error) httpx.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := s.readPlan(w, r, kind)
		if err != nil {
			return err
		}
		return h(w, r, p)
	}
}

// timesData is the page on which a time is chosen.
type timesData struct {
	*plan
	Parts   []dayPart
	Closed  bool // all of the day
	Free    bool // something is
	Today   booking.Date
	Earlier string // the day before, where it can be booked
	Later   string
	Near    []slot // other times, when the chosen one was taken meanwhile
	Taken   bool
	Events  []event
}

// dayPart is the times of a morning, an afternoon and so on.
type dayPart struct {
	Key   string // of a text
	Slots []slot
}

// slot is a time that can be chosen, or that is full.
type slot struct {
	At    time.Time
	Price booking.Money
	Full  bool
}

// Value is the time as forms send it.
func (s slot) Value() string { return s.At.UTC().Format(time.RFC3339) }

// event is one in the list of them.
type event struct {
	booking.Resource
	House house
	Left  int
	Fits  bool // the party does
}

func (s *Site) chooseTime(w http.ResponseWriter, r *http.Request, p *plan) error {
	status := http.StatusOK
	if len(p.Faults) > 0 {
		// A package that is gone isn't this page's matter; it is asked for again.
		delete(p.Faults, "package")
	}
	if len(p.Faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.renderTimes(w, r, status, timesData{plan: p})
}

// retime shows the times again because the chosen one isn't to be had.
func (s *Site) retime(w http.ResponseWriter, r *http.Request, p *plan, near []booking.Slot) error {
	d := timesData{plan: p, Taken: true}
	if p.Kind != booking.Event {
		for _, n := range near {
			d.Near = append(d.Near, slot{At: n.StartsAt, Price: n.Price})
		}
		slices.SortFunc(d.Near, func(a, b slot) int { return a.At.Compare(b.At) })
	}
	return s.renderTimes(w, r, http.StatusConflict, d)
}

func (s *Site) renderTimes(w http.ResponseWriter, r *http.Request, status int, d timesData) error {
	if d.Kind == booking.Event {
		d.Events = d.events()
		return s.render(w, r, status, "book-event", d)
	}
	if d.House.ID != "" {
		if err := s.fillTimes(r.Context(), &d); err != nil {
			return err
		}
	}
	if isFragment(r) && status == http.StatusOK {
		return s.fragment(w, r, "book-time", "times", d)
	}
	return s.render(w, r, status, "book-time", d)
}

// fillTimes adds the times of the day, the full ones too.
func (s *Site) fillTimes(ctx context.Context, d *timesData) error {
	now := s.cfg.Now()
	d.Today = d.House.ServiceDay(now)
	if d.Today.Before(d.Day) {
		d.Earlier = d.Day.AddDays(-1).String()
	}
	d.Later = d.Day.AddDays(1).String()
	from, to, open := d.House.OpenInterval(d.Day)
	d.Closed = !open
	if _, bad := d.Faults["party"]; bad || !open {
		return nil
	}
	free, err := s.cfg.Engine.Availability(ctx, d.query())
	if err != nil {
		return err
	}
	d.Free = len(free) > 0
	for at := from; !at.Add(d.length()).After(to); at = at.Add(booking.Unit) {
		if at.Before(now) {
			continue
		}
		one := slot{At: at, Full: true}
		if i := slices.IndexFunc(free, func(f booking.Slot) bool { return f.StartsAt.Equal(at) }); i >= 0 {
			one = slot{At: at, Price: free[i].Price}
		}
		key := d.partOf(at)
		if len(d.Parts) == 0 || d.Parts[len(d.Parts)-1].Key != key {
			d.Parts = append(d.Parts, dayPart{Key: key})
		}
		last := &d.Parts[len(d.Parts)-1]
		last.Slots = append(last.Slots, one)
	}
	return nil
}

// query asks what is free on the plan's day.
func (p *plan) query() booking.AvailabilityQuery {
	q := booking.AvailabilityQuery{TenantID: p.House.TenantID, VenueID: p.House.ID, Kind: p.Kind, Day: p.Day, PartySize: p.Party}
	if p.Kind != booking.Event {
		q.Duration = p.length()
	}
	return q
}

// partOf names the part of the service day that a time lies in.
func (p *plan) partOf(at time.Time) string {
	local := at.In(p.House.Zone())
	switch {
	case booking.DateOf(local) != p.Day:
		return "wizard.part.night"
	case local.Hour() < 12:
		return "wizard.part.morning"
	case local.Hour() < 17:
		return "wizard.part.afternoon"
	}
	return "wizard.part.evening"
}

// maxEvents is how many events are listed, soonest first.
const maxEvents = 50

// events are those to come, of the chosen venue or of all.
func (p *plan) events() []event {
	var all []event
	for _, h := range p.Houses {
		if p.House.ID != "" && h.ID != p.House.ID {
			continue
		}
		for _, r := range h.Resources {
			left := r.Capacity - r.SeatsTaken
			all = append(all, event{r, h, left, left >= p.Party})
		}
	}
	slices.SortStableFunc(all, func(a, b event) int { return a.StartsAt.Compare(b.StartsAt) })
	return all[:min(len(all), maxEvents)]
}

// offer returns the chosen time with its price; ok is false when it isn't free.
func (s *Site) offer(ctx context.Context, p *plan) (o booking.Slot, ok bool, err error) {
	free, err := s.cfg.Engine.Availability(ctx, p.query())
	for _, f := range free {
		if f.StartsAt.Equal(p.At) && f.ResourceID == p.Event.ID {
			return f, true, err
		}
	}
	return booking.Slot{}, false, err
}

// packageData is the page on which food is chosen, or none.
type packageData struct {
	*plan
	Offer booking.Slot
}

func (s *Site) choosePackage(w http.ResponseWriter, r *http.Request, p *plan) error {
	return s.offered(w, r, p, func(o booking.Slot) error {
		if len(p.House.Packages) == 0 {
			http.Redirect(w, r, address(p.step("confirm"), p.Chosen()), http.StatusSeeOther) //nolint:gosec // a step is a path of the wizard's
			return nil
		}
		status := http.StatusOK
		if len(p.Faults) > 0 {
			status = http.StatusUnprocessableEntity
		}
		return s.render(w, r, status, "book-package", packageData{p, o})
	})
}

// offered goes on with a plan whose time is free, and back to the times with
// any other.
func (s *Site) offered(w http.ResponseWriter, r *http.Request, p *plan, next func(booking.Slot) error) error {
	if !p.timely() {
		if len(p.Faults) == 0 {
			p.fault("at", "time", 0)
		}
		return s.renderTimes(w, r, http.StatusUnprocessableEntity, timesData{plan: p})
	}
	o, ok, err := s.offer(r.Context(), p)
	if err != nil {
		return err
	}
	if !ok {
		return s.retime(w, r, p, nil)
	}
	return next(o)
}
