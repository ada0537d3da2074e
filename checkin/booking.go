package checkin

import (
	"fmt"
	"time"

	"github.com/petanque-life/venuekit/internal/ids"
)

// Key names a booking.
type Key struct {
	TenantID  string
	BookingID string
}

// check answers what can be no key, and would only trouble a database, as what
// isn't there.
func (k Key) check() error { return found(k.TenantID, k.BookingID) }

func found(all ...string) error {
	for _, id := range all {
		if !ids.Valid(id) {
			return ErrNotFound
		}
	}
	return nil
}

// CustomerKey names a customer.
type CustomerKey struct {
	TenantID   string
	CustomerID string
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

// MaxSlot is the longest slot that a booking may have.
const MaxSlot = 366 * 24 * time.Hour

// Booking is what check-in has to know of a booking. The host's engine is the
// truth of bookings; it tells by [Service.Observe]. Fields are required unless
// they say otherwise.
type Booking struct {
	TenantID string
	ID       string
	VenueID  string
	// CustomerID is the holder's; empty for a walk-in without an account.
	CustomerID string
	// Revision grows with every change of the booking.
	Revision int64
	// SlotRevision is the Revision at which start, venue or holder last
	// changed, and SlotRevisedAt the time of it. Tokens carry them, so that a
	// change of anything else leaves the guest's QR code as it is. A host that
	// doesn't tell the two revisions apart leaves SlotRevision 0, which stands
	// for Revision, and gives the time of the last change.
	SlotRevision  int64
	SlotRevisedAt time.Time
	// HolderRevision is the SlotRevision since which the present holder has the
	// booking, 0 for always: an older token is somebody else's.
	HolderRevision int64
	// Reference is what a guest without a phone says at the door: 1 to 16
	// letters and digits, unique at the venue for the day. It is kept as people
	// read it, in upper case with 0 for O and 1 for I and L. Empty for none.
	Reference string
	// The slot is [StartsAt, EndsAt), at most [MaxSlot] long, in the years 1900
	// to 2199. Tokens can be issued for slots in the years 2020 to 2149.
	StartsAt  time.Time
	EndsAt    time.Time
	Status    Status
	PartySize int // people; 0 when it isn't known
}

// Key returns the booking's key.
func (b Booking) Key() Key { return Key{b.TenantID, b.ID} }

func (b Booking) validate() error {
	for _, f := range []struct{ name, id string }{
		{"TenantID", b.TenantID}, {"ID", b.ID}, {"VenueID", b.VenueID},
	} {
		if err := ids.Check(f.id); err != nil {
			return fmt.Errorf("%w: booking %s: %w", ErrInvalid, f.name, err)
		}
	}
	if b.CustomerID != "" {
		if err := ids.Check(b.CustomerID); err != nil {
			return fmt.Errorf("%w: booking CustomerID: %w", ErrInvalid, err)
		}
	}
	switch {
	case b.Revision < 1:
		return fmt.Errorf("%w: booking Revision is %d, want at least 1", ErrInvalid, b.Revision)
	case b.SlotRevision < 1 || b.SlotRevision > b.Revision:
		return fmt.Errorf("%w: booking SlotRevision is %d, want 1 to Revision", ErrInvalid, b.SlotRevision)
	case b.HolderRevision < 0 || b.HolderRevision > b.SlotRevision:
		return fmt.Errorf("%w: booking HolderRevision is %d, want 0 to SlotRevision", ErrInvalid, b.HolderRevision)
	case !usual(b.SlotRevisedAt):
		return fmt.Errorf("%w: booking SlotRevisedAt is missing, or not in the years 1900 to 2199", ErrInvalid)
	case !usual(b.StartsAt) || !usual(b.EndsAt):
		return fmt.Errorf("%w: booking StartsAt or EndsAt is missing, or not in the years 1900 to 2199", ErrInvalid)
	case !b.StartsAt.Before(b.EndsAt):
		return fmt.Errorf("%w: booking EndsAt isn't after StartsAt", ErrInvalid)
	case b.EndsAt.Sub(b.StartsAt) > MaxSlot:
		return fmt.Errorf("%w: booking is longer than %v", ErrInvalid, MaxSlot)
	case !b.Status.valid():
		return fmt.Errorf("%w: booking Status is %q", ErrInvalid, b.Status)
	case b.PartySize < 0:
		return fmt.Errorf("%w: booking PartySize is %d", ErrInvalid, b.PartySize)
	case b.Reference != "" && normalReference(b.Reference) == "":
		return fmt.Errorf("%w: booking Reference is not 1 to 16 letters and digits", ErrInvalid)
	}
	return nil
}

// usual reports whether a time can be a booking's: both databases keep it.
func usual(t time.Time) bool { return t.UTC().Year() >= 1900 && t.UTC().Year() < 2200 }

// Admission is who of a booking's party has come in.
type Admission struct {
	// ScanID is the scan that checked the booking in; empty when none has, or
	// it was undone.
	ScanID string
	At     time.Time
	Device string
	// Guests counts the people let in, over all scans since.
	Guests int
}

// In reports whether the booking is checked in.
func (a Admission) In() bool { return a.ScanID != "" }

// State is a booking with its admission.
type State struct {
	Booking   Booking
	Admission Admission
}
