package booking

import (
	"fmt"
	"slices"
	"time"
)

// Status is where a booking stands in its life.
type Status string

// The states of a booking. Pending lapses to Cancelled when its hold ends.
const (
	Pending   Status = "PENDING"
	Confirmed Status = "CONFIRMED"
	CheckedIn Status = "CHECKED_IN"
	Completed Status = "COMPLETED"
	Cancelled Status = "CANCELLED"
	NoShow    Status = "NO_SHOW"
)

// Live reports whether a booking in this state holds its resources.
func (s Status) Live() bool { return s == Pending || s == Confirmed || s == CheckedIn }

// The channels a booking comes by.
const (
	ChannelWeb    = "web"
	ChannelPhone  = "phone"
	ChannelWalkIn = "walk_in" // checked in at once, customer optional
)

// beyond reports whether at is too far ahead to be booked.
func beyond(at, now time.Time) bool { return at.After(now.Add(Horizon)) }

// ReasonUnpaid is the reason of a booking whose hold ended without payment.
const ReasonUnpaid = "unpaid"

// Limits of a booking.
const (
	HoldFor       = 15 * time.Minute    // how long a Pending booking holds its resources
	CorrectionFor = 14 * 24 * time.Hour // how long after its end staff may correct a booking
	MaxDuration   = 24 * time.Hour
	Unit          = 30 * time.Minute // what resources are booked by

	// Horizon is how far ahead of now, a little over two years, a booking may
	// start when it is made or moved: what lies further on is a slip, and
	// neither hours nor prices are known for then. Imports aren't held to it.
	Horizon = 2 * 366 * 24 * time.Hour

	maxParty = 1000
	maxPrice = 1_000_000_000 // minor units, of one hour, seat or person
)

// Money is an amount in minor units of an ISO 4217 currency.
type Money struct {
	Amount   int64
	Currency string
}

// Key names a booking.
type Key struct{ TenantID, ID string }

// Booking is what the engine knows of a booking. It holds ids only: who the
// customer is stands elsewhere. Times are in UTC, to the microsecond.
type Booking struct {
	TenantID   string
	ID         string // UUIDv7
	VenueID    string
	ServiceDay Date   // of StartsAt
	Reference  string // 6 Crockford characters, unique per venue and service day
	CustomerID string // "" for a walk-in that gave none

	Kind      Kind
	Resources []string // ids, never empty
	ColorType string   // what all its resources share, else ""
	PartySize int
	PackageID string // "" for none
	StartsAt  time.Time
	EndsAt    time.Time // at most 24 hours later

	Status  Status
	Reason  string // why it was cancelled
	Price   Money
	Paid    Money
	Channel string

	Revision       int64     // grows by one with each change
	SlotRevision   int64     // Revision at which start, venue or holder last changed
	SlotRevisedAt  time.Time // its time
	HolderRevision int64     // Revision at which the customer last changed

	HoldUntil   time.Time // of a Pending booking
	CreatedAt   time.Time
	UpdatedAt   time.Time
	CheckedInAt time.Time // zero without a check-in that stands
}

// Key returns the booking's key.
func (b Booking) Key() Key { return Key{b.TenantID, b.ID} }

// Bucket is one of the three lists that a customer's bookings fall into.
type Bucket string

// The buckets. A booking is in exactly one of them at any time.
const (
	BucketUpcoming  Bucket = "upcoming"  // not yet ended, soonest first
	BucketHistory   Bucket = "history"   // ended, newest first, no-shows too
	BucketCancelled Bucket = "cancelled" // newest first
)

// Bucket returns the list that the booking is in at the time asOf.
func (b Booking) Bucket(asOf time.Time) Bucket {
	switch {
	case b.Status == Cancelled:
		return BucketCancelled
	case b.EndsAt.After(asOf):
		return BucketUpcoming
	}
	return BucketHistory
}

// become moves the booking to another state if it is in one of from.
func (b *Booking) become(to Status, from ...Status) error {
	if !slices.Contains(from, b.Status) {
		return fmt.Errorf("%w: %s can't become %s", ErrConflict, b.Status, to)
	}
	b.Status = to
	return nil
}

// revise stamps b as the successor of old.
func (b *Booking) revise(old Booking, now time.Time) {
	b.Revision = old.Revision + 1
	b.UpdatedAt = now
	holder := b.CustomerID != old.CustomerID
	if holder {
		b.HolderRevision = b.Revision
	}
	if holder || b.VenueID != old.VenueID || !b.StartsAt.Equal(old.StartsAt) {
		b.SlotRevision, b.SlotRevisedAt = b.Revision, now
	}
}

// dueAt is when time alone next concerns the booking; zero for never.
func (b Booking) dueAt() time.Time {
	switch b.Status {
	case Pending:
		return b.HoldUntil
	case Confirmed, CheckedIn:
		return b.EndsAt
	}
	return time.Time{}
}

// validSpan reports whether a booking may last from start to end.
func validSpan(start, end time.Time) bool {
	return !start.IsZero() && end.After(start) && end.Sub(start) <= MaxDuration
}
