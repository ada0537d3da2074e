package booking

import (
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // venues' zones, also on machines without zone files

	"golang.org/x/text/currency"
)

// DefaultCutoff is the minute of the day at which a day of business ends: 05:00.
const DefaultCutoff = 5 * 60

// Venue is a place with resources. Names and zones are the tenant's own.
type Venue struct {
	TenantID string
	ID       string
	Name     string
	Zone     string   // IANA name; "" and "Local" are refused
	Hours    [7]Hours // by time.Weekday of the service day: Sunday is 0
	Cutoff   int      // minute of the day at which the service day ends; 0 means DefaultCutoff, at most noon
	Seasons  []Season
	Currency string // ISO 4217, of every price of the venue
	Address  string

	// CheckinOptional makes a booking that nobody checked in count as a visit.
	CheckinOptional bool
}

// VenueKey names a venue.
type VenueKey struct{ TenantID, VenueID string }

// Key returns the venue's key.
func (v Venue) Key() VenueKey { return VenueKey{v.TenantID, v.ID} }

// Hours are the opening hours of one service day, in minutes of the day by the
// venue's clocks. A Close at or before Open is on the next calendar day. The
// zero value is a closed day.
type Hours struct {
	Open  int `json:"open"`
	Close int `json:"close"`
}

// Closed reports whether the day has no opening hours.
func (h Hours) Closed() bool { return h == Hours{} }

func (h Hours) valid(cutoff int) bool {
	if h.Closed() {
		return true
	}
	if h.Open < cutoff || h.Open >= 24*60 || h.Close < 0 || h.Close > 24*60 {
		return false
	}
	return h.Close > h.Open || h.Close <= cutoff
}

// Season is a named range of the calendar, both days included. It wraps the
// year when To is before From; seasons may overlap.
type Season struct {
	Name string `json:"name"`
	From string `json:"from"` // MM-DD
	To   string `json:"to"`   // MM-DD
}

func (s Season) contains(d Date) bool {
	day := d.String()[len("2006-"):]
	if s.From <= s.To {
		return s.From <= day && day <= s.To
	}
	return day >= s.From || day <= s.To
}

var zones sync.Map // name -> *time.Location; loading one parses a file

func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("booking: zone %q isn't an IANA name", name)
	}
	if known, ok := zones.Load(name); ok {
		if zone, ok := known.(*time.Location); ok {
			return zone, nil
		}
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("booking: zone %q: %w", name, err)
	}
	zones.Store(name, zone)
	return zone, nil
}

// Location returns the venue's zone. It panics on a venue with an unknown
// zone, which PutVenue refuses.
func (v Venue) Location() *time.Location {
	zone, err := loadZone(v.Zone)
	if err != nil {
		panic(err)
	}
	return zone
}

func (v Venue) cutoff() int {
	if v.Cutoff == 0 {
		return DefaultCutoff
	}
	return v.Cutoff
}

// ServiceDay returns the day of business that t falls in.
func (v Venue) ServiceDay(t time.Time) Date {
	day := DateOf(t.In(v.Location()))
	if from, _ := v.ServiceDayBounds(day); t.Before(from) {
		return day.AddDays(-1)
	}
	return day
}

// ServiceDayBounds returns the instants at which the day of business begins and
// ends, 23 to 25 hours apart.
func (v Venue) ServiceDayBounds(day Date) (from, to time.Time) {
	zone := v.Location()
	return day.at(v.cutoff(), zone), day.AddDays(1).at(v.cutoff(), zone)
}

// OpenInterval returns the instants at which the venue opens and closes on a
// service day; ok is false when it stays closed.
func (v Venue) OpenInterval(day Date) (from, to time.Time, ok bool) {
	h := v.Hours[day.Weekday()]
	if h.Closed() {
		return from, to, false
	}
	end := day
	if h.Close <= h.Open {
		end = day.AddDays(1)
	}
	zone := v.Location()
	return day.at(h.Open, zone), end.at(h.Close, zone), true
}

// SeasonsOn returns the names of the seasons that the day lies in, in the
// venue's order.
func (v Venue) SeasonsOn(day Date) []string {
	var names []string
	for _, s := range v.Seasons {
		if s.contains(day) && !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// closesAt is the end of the service day that a booking belongs to, and never
// before the booking's own end.
func (v Venue) closesAt(b Booking) time.Time {
	_, to := v.ServiceDayBounds(b.ServiceDay)
	if to.Before(b.EndsAt) {
		return b.EndsAt
	}
	return to
}

// opensFor reports whether the venue is open from start to end.
func (v Venue) opensFor(start, end time.Time) bool {
	from, to, ok := v.OpenInterval(v.ServiceDay(start))
	return ok && !start.Before(from) && !end.After(to)
}

var monthDay = regexp.MustCompile(`^\d\d-\d\d$`)

func validMonthDay(s string) bool {
	// 2000 is a leap year, so that 02-29 is a day.
	_, err := time.Parse(time.DateOnly, "2000-"+s)
	return err == nil && monthDay.MatchString(s)
}

// Validate returns an *InvalidError with every fault of the venue, or nil.
func (v Venue) Validate() error {
	var f faults
	f.id("tenant_id", v.TenantID)
	f.id("id", v.ID)
	f.when(v.Name == "", "name", "required")
	f.text("name", v.Name, 200)
	f.text("address", v.Address, 500)
	if _, err := loadZone(v.Zone); err != nil {
		f.add("zone", "unknown")
	}
	if _, err := currency.ParseISO(v.Currency); err != nil || len(v.Currency) != 3 {
		f.add("currency", "unknown")
	}
	f.when(v.Cutoff < 0 || v.Cutoff > 12*60, "cutoff", "range")
	for _, h := range v.Hours {
		f.when(!h.valid(v.cutoff()), "hours", "range")
	}
	for _, s := range v.Seasons {
		f.when(s.Name == "", "seasons", "required")
		f.text("seasons", s.Name, 64)
		f.when(!validMonthDay(s.From) || !validMonthDay(s.To), "seasons", "malformed")
	}
	return f.err()
}
