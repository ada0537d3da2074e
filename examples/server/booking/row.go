package booking

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// The rows as the tables have them. Lists and maps are JSON in a text column,
// the same on both databases; a NULL time is the zero time.

type venueRow struct {
	bun.BaseModel `bun:"table:booking_venues"`

	TenantID        string `bun:"tenant_id,pk"`
	ID              string `bun:"id,pk"`
	Name            string `bun:"name"`
	Zone            string `bun:"zone"`
	Hours           string `bun:"hours"`
	Cutoff          int    `bun:"cutoff"`
	Seasons         string `bun:"seasons"`
	Currency        string `bun:"currency"`
	CheckinOptional bool   `bun:"checkin_optional"`
	Address         string `bun:"address"`
}

func newVenueRow(v Venue) venueRow {
	return venueRow{
		TenantID: v.TenantID, ID: v.ID, Name: v.Name, Zone: v.Zone, Hours: toJSON(v.Hours), Cutoff: v.cutoff(),
		Seasons: toJSON(v.Seasons), Currency: v.Currency, CheckinOptional: v.CheckinOptional, Address: v.Address,
	}
}

func (r venueRow) venue() (Venue, error) {
	v := Venue{
		TenantID: r.TenantID, ID: r.ID, Name: r.Name, Zone: r.Zone, Cutoff: r.Cutoff,
		Currency: r.Currency, CheckinOptional: r.CheckinOptional, Address: r.Address,
	}
	if err := json.Unmarshal([]byte(r.Hours), &v.Hours); err != nil {
		return Venue{}, fmt.Errorf("booking: hours of venue %q: %w", r.ID, err)
	}
	if err := json.Unmarshal([]byte(r.Seasons), &v.Seasons); err != nil {
		return Venue{}, fmt.Errorf("booking: seasons of venue %q: %w", r.ID, err)
	}
	return v, nil
}

type resourceRow struct {
	bun.BaseModel `bun:"table:booking_resources,alias:r"`

	TenantID   string    `bun:"tenant_id,pk"`
	VenueID    string    `bun:"venue_id,pk"`
	ID         string    `bun:"id,pk"`
	Name       string    `bun:"name"`
	Kind       Kind      `bun:"kind"`
	ColorType  string    `bun:"color_type"`
	Price      int64     `bun:"price"`
	Capacity   int       `bun:"capacity"`
	StartsAt   time.Time `bun:"starts_at,nullzero"`
	EndsAt     time.Time `bun:"ends_at,nullzero"`
	SeatsTaken int       `bun:"seats_taken"`
	RetiredAt  time.Time `bun:"retired_at,nullzero"`
}

func newResourceRow(r Resource) resourceRow {
	return resourceRow{
		TenantID: r.TenantID, VenueID: r.VenueID, ID: r.ID, Name: r.Name, Kind: r.Kind, ColorType: r.ColorType,
		Price: r.Price, Capacity: r.Capacity, StartsAt: bunx.Time(r.StartsAt), EndsAt: bunx.Time(r.EndsAt),
		RetiredAt: bunx.Time(r.RetiredAt),
	}
}

func (r resourceRow) resource() Resource {
	return Resource{
		TenantID: r.TenantID, VenueID: r.VenueID, ID: r.ID, Name: r.Name, Kind: r.Kind, ColorType: r.ColorType,
		Price: r.Price, Capacity: r.Capacity, StartsAt: r.StartsAt.UTC(), EndsAt: r.EndsAt.UTC(),
		SeatsTaken: r.SeatsTaken, RetiredAt: r.RetiredAt.UTC(),
	}
}

type packageRow struct {
	bun.BaseModel `bun:"table:booking_packages"`

	TenantID       string            `bun:"tenant_id,pk"`
	VenueID        string            `bun:"venue_id,pk"`
	ID             string            `bun:"id,pk"`
	Name           map[string]string `bun:"name"`
	PricePerPerson int64             `bun:"price_per_person"`
	RetiredAt      time.Time         `bun:"retired_at,nullzero"`
}

func (r packageRow) pkg() Package {
	return Package{
		TenantID: r.TenantID, VenueID: r.VenueID, ID: r.ID, Name: r.Name,
		PricePerPerson: r.PricePerPerson, RetiredAt: r.RetiredAt.UTC(),
	}
}

type bookingRow struct {
	bun.BaseModel `bun:"table:booking_bookings"`

	TenantID       string    `bun:"tenant_id,pk"`
	ID             string    `bun:"id,pk"`
	VenueID        string    `bun:"venue_id"`
	ServiceDay     string    `bun:"service_day"`
	Reference      string    `bun:"reference"`
	CustomerID     string    `bun:"customer_id"`
	Kind           Kind      `bun:"kind"`
	Resources      []string  `bun:"resources"`
	ColorType      string    `bun:"color_type"`
	PartySize      int       `bun:"party_size"`
	PackageID      string    `bun:"package_id"`
	StartsAt       time.Time `bun:"starts_at"`
	EndsAt         time.Time `bun:"ends_at"`
	Status         Status    `bun:"status"`
	Reason         string    `bun:"reason"`
	Price          int64     `bun:"price"`
	Paid           int64     `bun:"paid"`
	Currency       string    `bun:"currency"`
	Channel        string    `bun:"channel"`
	Revision       int64     `bun:"revision"`
	SlotRevision   int64     `bun:"slot_revision"`
	SlotRevisedAt  time.Time `bun:"slot_revised_at"`
	HolderRevision int64     `bun:"holder_revision"`
	HoldUntil      time.Time `bun:"hold_until,nullzero"`
	DueAt          time.Time `bun:"due_at,nullzero"`
	CreatedAt      time.Time `bun:"created_at"`
	UpdatedAt      time.Time `bun:"updated_at"`
	CheckedInAt    time.Time `bun:"checked_in_at,nullzero"`

	IdempotencyKey string `bun:"idempotency_key,nullzero"`
	Fingerprint    string `bun:"fingerprint,nullzero"`
}

func newBookingRow(b Booking) bookingRow {
	return bookingRow{
		TenantID: b.TenantID, ID: b.ID, VenueID: b.VenueID, ServiceDay: b.ServiceDay.String(), Reference: b.Reference,
		CustomerID: b.CustomerID, Kind: b.Kind, Resources: b.Resources, ColorType: b.ColorType, PartySize: b.PartySize,
		PackageID: b.PackageID, StartsAt: bunx.Time(b.StartsAt), EndsAt: bunx.Time(b.EndsAt), Status: b.Status,
		Reason: b.Reason, Price: b.Price.Amount, Paid: b.Paid.Amount, Currency: b.Price.Currency, Channel: b.Channel,
		Revision: b.Revision, SlotRevision: b.SlotRevision, SlotRevisedAt: bunx.Time(b.SlotRevisedAt),
		HolderRevision: b.HolderRevision, HoldUntil: bunx.Time(b.HoldUntil), DueAt: bunx.Time(b.dueAt()),
		CreatedAt: bunx.Time(b.CreatedAt), UpdatedAt: bunx.Time(b.UpdatedAt), CheckedInAt: bunx.Time(b.CheckedInAt),
	}
}

func (r bookingRow) booking() (Booking, error) {
	day, err := ParseDate(r.ServiceDay)
	if err != nil {
		return Booking{}, err
	}
	return Booking{
		TenantID: r.TenantID, ID: r.ID, VenueID: r.VenueID, ServiceDay: day, Reference: r.Reference,
		CustomerID: r.CustomerID, Kind: r.Kind, Resources: r.Resources, ColorType: r.ColorType, PartySize: r.PartySize,
		PackageID: r.PackageID, StartsAt: r.StartsAt.UTC(), EndsAt: r.EndsAt.UTC(), Status: r.Status,
		Reason: r.Reason, Price: Money{r.Price, r.Currency}, Paid: Money{r.Paid, r.Currency}, Channel: r.Channel,
		Revision: r.Revision, SlotRevision: r.SlotRevision, SlotRevisedAt: r.SlotRevisedAt.UTC(),
		HolderRevision: r.HolderRevision, HoldUntil: r.HoldUntil.UTC(),
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), CheckedInAt: r.CheckedInAt.UTC(),
	}, nil
}

type slotRow struct {
	bun.BaseModel `bun:"table:booking_slots"`

	TenantID   string    `bun:"tenant_id,pk"`
	VenueID    string    `bun:"venue_id,pk"`
	ResourceID string    `bun:"resource_id,pk"`
	SlotAt     time.Time `bun:"slot_at,pk"`
	BookingID  string    `bun:"booking_id"`
}

type paymentRow struct {
	bun.BaseModel `bun:"table:booking_payments"`

	TenantID  string    `bun:"tenant_id,pk"`
	ID        string    `bun:"id,pk"`
	BookingID string    `bun:"booking_id"`
	Amount    int64     `bun:"amount"`
	Currency  string    `bun:"currency"`
	CreatedAt time.Time `bun:"created_at"`
}

// toJSON writes a value that can always be written.
func toJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}
