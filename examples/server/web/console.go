package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/httpx"
)

func (s *Site) consoleRoutes(mux *http.ServeMux) {
	s.page(mux, "GET /console", s.operator(account.TonightRead, s.tonight))
	s.page(mux, "POST /console", s.operator(account.CheckinScan, s.scanTonight))
	s.page(mux, "POST /console/undo", s.operator(account.CheckinUndo, s.undoTonight))
	s.page(mux, "GET /console/checkin", s.operator(account.CheckinScan, s.scanner))
	s.page(mux, "POST /console/checkin", s.operator(account.CheckinScan, s.scan))
	s.page(mux, "POST /console/checkin/undo", s.operator(account.CheckinUndo, s.undo))
}

// desk is a member of staff at one of their venues.
type desk struct {
	Who    account.Session
	Venues []booking.Venue // all that they may act for
	Venue  booking.Venue   // zero when they have none
	Cursor string          // of the page of the list that they are on
}

// Zone is where the venue's times are shown.
func (d desk) Zone() *time.Location { return d.Venue.Location() }

// Here is a page of the console at this venue.
func (d desk) Here(path string) string { return query(path, "venue", d.Venue.ID) }

// desk reads the request's venue; without one it is the first. Another's venue
// is as little there as one that doesn't exist.
func (s *Site) desk(w http.ResponseWriter, r *http.Request, who account.Session) (desk, error) {
	if err := form(w, r); err != nil {
		return desk{}, err
	}
	d := desk{Who: who, Cursor: r.Form.Get("cursor")}
	var err error
	if d.Venues, err = s.cfg.Engine.Venues(r.Context(), who.TenantID); err != nil {
		return d, err
	}
	if who.Role != account.RoleOwner {
		d.Venues = slices.DeleteFunc(d.Venues, func(v booking.Venue) bool { return !slices.Contains(who.Venues, v.ID) })
	}
	id := r.Form.Get("venue")
	i := slices.IndexFunc(d.Venues, func(v booking.Venue) bool { return v.ID == id || id == "" })
	switch {
	case i >= 0:
		d.Venue = d.Venues[i]
	case id != "" || r.Method == http.MethodPost:
		return d, httpx.NotFound
	}
	return d, nil
}

// tonightPage is the bookings of the service day at a venue.
type tonightPage struct {
	desk
	Verdict *verdict // on a check-in from the list
	Undone  bool     // one was taken back
	Rows    []arrival
	More    string // the address of the next
	// Of the whole day:
	Bookings int
	Guests   int // expected, those who are in included
	Arrived  int
	Now      time.Time
}

// Path is where the page is.
func (tonightPage) Path() string { return "/console" }

// arrival is a booking in the list.
type arrival struct {
	booking.Booking
	In        checkin.Admission
	Resources []string // names
	Nonce     string   // of its buttons, new with each rendering
}

// State is the booking's status as the door knows it. The booking itself
// follows the door a moment later.
func (a arrival) State() booking.Status {
	switch {
	case a.In.In() && a.Status == booking.Confirmed:
		return booking.CheckedIn
	case !a.In.In() && a.Status == booking.CheckedIn && a.Channel != booking.ChannelWalkIn:
		return booking.Confirmed
	}
	return a.Status
}

// StatusKey names the text of its state.
func (a arrival) StatusKey() string { return "status." + strings.ToLower(string(a.State())) }

// Tone is the class of its badge: what is still to come has none.
func (a arrival) Tone() string {
	switch a.State() {
	case booking.CheckedIn, booking.Completed:
		return "good"
	case booking.Pending:
		return "warn"
	case booking.NoShow:
		return "bad"
	}
	return ""
}

// Arrived counts the people who are in. Guests who booked at the bar are.
func (a arrival) Arrived() int {
	if state := a.State(); !a.In.In() && (state == booking.CheckedIn || state == booking.Completed) {
		return a.PartySize
	}
	if !a.In.In() {
		return 0
	}
	return a.In.Guests
}

// Expected counts the people who are in or to come.
func (a arrival) Expected() int {
	switch a.State() {
	case booking.Confirmed, booking.CheckedIn, booking.Completed:
		return a.PartySize
	}
	return 0
}

// CanEnter reports whether nobody of the party is in and all may be.
func (a arrival) CanEnter() bool { return a.State() == booking.Confirmed }

// Open reports whether the door is, for the booking.
func (a arrival) Open(now time.Time) bool { return !now.Before(a.StartsAt.Add(-checkin.OpensBefore)) }

// Missing counts those still to come of a party that is in.
func (a arrival) Missing() int {
	if !a.In.In() || a.State() != booking.CheckedIn {
		return 0
	}
	return max(a.PartySize-a.In.Guests, 0)
}

func (s *Site) tonight(w http.ResponseWriter, r *http.Request, who account.Session) error {
	d, err := s.desk(w, r, who)
	if err != nil {
		return err
	}
	return s.renderTonight(w, r, tonightPage{desk: d})
}

const (
	tonightCursor = "web.tonight"
	tonightLimit  = 50
)

func (s *Site) renderTonight(w http.ResponseWriter, r *http.Request, p tonightPage) error {
	p.Now = s.cfg.Now()
	if p.Venue.ID == "" {
		return s.render(w, r, http.StatusOK, "console", p)
	}
	var after httpx.Position
	if p.Cursor != "" {
		var err error
		if after, err = httpx.DecodeCursor(tonightCursor, p.Cursor); err != nil {
			return err
		}
	}
	day, err := s.day(r.Context(), p.Venue, p.Now)
	if err != nil {
		return err
	}
	for _, a := range day {
		if n := a.Expected(); n > 0 {
			p.Bookings++
			p.Guests += max(n, a.Arrived())
			p.Arrived += a.Arrived()
		}
	}
	rows := slices.DeleteFunc(day, func(a arrival) bool {
		return cmp.Or(a.StartsAt.Compare(after.At), strings.Compare(a.ID, after.ID)) <= 0 && p.Cursor != ""
	})
	page := httpx.NewPage(rows, tonightLimit, func(a arrival) arrival { return a }, tonightCursor, func(a arrival) httpx.Position {
		return httpx.Position{At: a.StartsAt, ID: a.ID}
	})
	p.Rows = page.Items
	if page.Next != nil {
		p.More = query("/console", "venue", p.Venue.ID, "cursor", *page.Next)
	}
	return s.render(w, r, http.StatusOK, "console", p)
}

// day reads the whole service day, for its sums: what a venue can hold in a
// day is little.
func (s *Site) day(ctx context.Context, v booking.Venue, now time.Time) ([]arrival, error) {
	names, err := s.resourceNames(ctx, v.Key())
	if err != nil {
		return nil, err
	}
	day := v.ServiceDay(now)
	in, err := s.admissions(ctx, v, day)
	if err != nil {
		return nil, err
	}
	const batch = 200
	var all []arrival
	for after := (booking.Position{}); ; {
		rows, err := s.cfg.Engine.VenueDay(ctx, v.Key(), day, after, batch)
		if err != nil {
			return nil, err
		}
		for _, b := range rows {
			all = append(all, arrival{Booking: b, In: in[b.ID], Resources: named(names, b.Resources), Nonce: rand.Text()})
		}
		if len(rows) < batch {
			return all, nil
		}
		after = rows[batch-1].Position()
	}
}

// admissions returns who has come in on a service day, by booking.
func (s *Site) admissions(ctx context.Context, v booking.Venue, day booking.Date) (map[string]checkin.Admission, error) {
	const batch = 200
	q := checkin.DayQuery{TenantID: v.TenantID, VenueID: v.ID, Limit: batch}
	q.From, q.Until = v.ServiceDayBounds(day)
	in := map[string]checkin.Admission{}
	for {
		states, err := s.cfg.Checkin.Day(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, state := range states {
			in[state.Booking.ID] = state.Admission
		}
		if len(states) < batch {
			return in, nil
		}
		last := states[batch-1].Booking
		q.After = checkin.Position{StartsAt: last.StartsAt, BookingID: last.ID}
	}
}

// scanTonight checks a booking of the list in.
func (s *Site) scanTonight(w http.ResponseWriter, r *http.Request, who account.Session) error {
	d, err := s.desk(w, r, who)
	if err != nil {
		return err
	}
	v, err := s.judge(r, d)
	if err != nil {
		return err
	}
	return s.renderTonight(w, r, tonightPage{desk: d, Verdict: v})
}

func (s *Site) undoTonight(w http.ResponseWriter, r *http.Request, who account.Session) error {
	d, err := s.desk(w, r, who)
	if err != nil {
		return err
	}
	if err := s.takeBack(r, d); err != nil {
		return err
	}
	return s.renderTonight(w, r, tonightPage{desk: d, Undone: true})
}
