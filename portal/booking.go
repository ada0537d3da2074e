package portal

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/petanque-life/venuekit/internal/ids"
)

// CustomerKey names a customer.
type CustomerKey struct {
	TenantID   string
	CustomerID string
}

func (k CustomerKey) validate() error {
	if err := ids.Check(k.TenantID); err != nil {
		return fmt.Errorf("%w: TenantID: %w", ErrInvalid, err)
	}
	if err := ids.Check(k.CustomerID); err != nil {
		return fmt.Errorf("%w: CustomerID: %w", ErrInvalid, err)
	}
	return nil
}

// Status is where a booking stands in its life, as its host's engine says. The
// texts are the same in every package of venuekit.
type Status string

// The states of a booking.
const (
	StatusPending   Status = "PENDING"
	StatusConfirmed Status = "CONFIRMED"
	StatusCheckedIn Status = "CHECKED_IN"
	StatusCompleted Status = "COMPLETED"
	StatusCancelled Status = "CANCELLED"
	StatusNoShow    Status = "NO_SHOW"
)

func (s Status) valid() bool {
	switch s {
	case StatusPending, StatusConfirmed, StatusCheckedIn, StatusCompleted, StatusCancelled, StatusNoShow:
		return true
	}
	return false
}

// ResourceType is what kind of thing is booked.
type ResourceType string

// The types of resources.
const (
	ResourceLane  ResourceType = "lane"
	ResourceTable ResourceType = "table"
	ResourceEvent ResourceType = "event"
)

// Money is an amount in minor units of an ISO 4217 currency.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Venue is where a booking is.
type Venue struct {
	ID   string
	Name string
	// Zone is the venue's IANA zone, in which its times are shown. It is
	// required, and time.Local is refused: a server's own zone is nobody's.
	Zone *time.Location
}

// Package is the food package of a booking.
type Package struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Booking is what a customer sees of a booking. Names are in whatever language
// the host chooses.
type Booking struct {
	TenantID string
	ID       string
	// Reference is what the customer says at the door when a phone is dead.
	Reference    string
	Venue        Venue
	ResourceType ResourceType
	// Resources are the names of the lanes, tables or events.
	Resources []string
	// ColorType is a key of the tenant's own list; empty when it isn't known.
	ColorType string
	PartySize int      // people
	Package   *Package // nil for none
	// The slot is [StartsAt, EndsAt).
	StartsAt time.Time
	EndsAt   time.Time
	Status   Status
	Price    Money
	// ChangesUntil is when the venue's rules stop the customer from moving,
	// reducing or cancelling a confirmed booking. Zero, or later than StartsAt,
	// for until StartsAt.
	ChangesUntil time.Time
}

// Position is a place in a bucket. The zero Position is before its beginning.
type Position struct {
	At        time.Time // StartsAt of the booking that stands there
	BookingID string
}

// Position returns where the booking stands in its bucket.
func (b Booking) Position() Position { return Position{b.StartsAt, b.ID} }

// validate finds what would be shown wrongly, or to the wrong customer.
func (b Booking) validate(key CustomerKey) error {
	switch {
	case b.TenantID != key.TenantID:
		return fmt.Errorf("%w: a booking is of another tenant", ErrSource)
	case !ids.Valid(b.ID):
		return fmt.Errorf("%w: a booking has no valid ID", ErrSource)
	case b.Venue.Zone == nil || b.Venue.Zone == time.Local:
		return fmt.Errorf("%w: booking %q has no Venue.Zone", ErrSource, b.ID)
	case !b.StartsAt.Before(b.EndsAt):
		return fmt.Errorf("%w: booking %q ends before it starts", ErrSource, b.ID)
	case !b.Status.valid():
		return fmt.Errorf("%w: booking %q has Status %q", ErrSource, b.ID, b.Status)
	}
	return nil
}

// View is a booking as its customer sees it: with what can be done about it
// now. Its JSON form is the HTTP API's, with times in the venue's zone.
type View struct {
	Booking
	Actions []Action // as [Actions] returns them
}

// MarshalJSON returns the form of the HTTP API.
func (v View) MarshalJSON() ([]byte, error) { return json.Marshal(v.wire()) }

type bookingJSON struct {
	ID           string       `json:"id"`
	Reference    string       `json:"reference"`
	Venue        venueJSON    `json:"venue"`
	ResourceType ResourceType `json:"resource_type"`
	Resources    []string     `json:"resources"`
	ColorType    *string      `json:"color_type"` // null when not known
	PartySize    int          `json:"party_size"`
	Package      *Package     `json:"package"`
	StartsAt     time.Time    `json:"starts_at"`
	EndsAt       time.Time    `json:"ends_at"`
	Status       Status       `json:"status"`
	Price        Money        `json:"price"`
	Actions      []actionJSON `json:"actions"`
}

type venueJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type actionJSON struct {
	Name    ActionName `json:"name"`
	Allowed bool       `json:"allowed"`
	Until   *time.Time `json:"until"`
	Reason  *Reason    `json:"reason"`
}

func (v View) wire() bookingJSON {
	zone := v.Venue.Zone
	if zone == nil {
		zone = time.UTC
	}
	out := bookingJSON{
		ID: v.ID, Reference: v.Reference, Venue: venueJSON{v.Venue.ID, v.Venue.Name},
		ResourceType: v.ResourceType, Resources: v.Resources, PartySize: v.PartySize, Package: v.Package,
		StartsAt: v.StartsAt.In(zone), EndsAt: v.EndsAt.In(zone), Status: v.Status, Price: v.Price,
		Actions: make([]actionJSON, len(v.Actions)),
	}
	if out.Resources == nil {
		out.Resources = []string{}
	}
	if v.ColorType != "" {
		out.ColorType = &v.ColorType
	}
	for i, a := range v.Actions {
		out.Actions[i] = actionJSON{Name: a.Name, Allowed: a.Allowed}
		if !a.Until.IsZero() {
			until := a.Until.In(zone)
			out.Actions[i].Until = &until
		}
		if a.Reason != "" {
			out.Actions[i].Reason = &v.Actions[i].Reason
		}
	}
	return out
}
