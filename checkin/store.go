package checkin

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/petanque-life/venuekit/internal/outbox"
)

// Stores is everything that check-in keeps. checkinbun has all of it on
// PostgreSQL and SQLite; a host may write its own, or wrap any of it. They
// belong together: Scans.Record adds to what Outbox hands out, and
// Customers.Erase changes what Scans keeps.
//
// The same contract holds for every store, and checkintest holds it against them:
//
//   - One tenant a call; nothing of another tenant is read, told or changed.
//   - Each method is atomic and safe for concurrent use. Who loses a race gets
//     the named error, and a transaction of the host that the store was joined
//     to stays usable after [ErrExists], [ErrConflict] and [ErrNotFound], and after
//     an error of Record's decide.
//   - What goes in and what comes out is never shared: the caller may change it.
//   - Times, the bounds of queries too, are taken to the microsecond, and come
//     back in UTC. No store reads a clock.
//   - Text is ordered by its bytes.
//   - A context that has ended changes nothing.
type Stores struct {
	Scans     Scans
	Keys      Keys
	Customers Customers
	Outbox    Outbox
}

// Scans keeps the bookings that check-in has heard of, who of them has come
// in, and the scans that led there.
type Scans interface {
	// Observe keeps b in place of what is known of the booking, if b's Revision
	// is greater or the booking is new. It reports whether it did. Its admission
	// isn't touched. Of a holder who was erased, under any name, it keeps the
	// CustomerID empty.
	Observe(ctx context.Context, b Booking) (bool, error)
	// State returns a booking with its admission, or ErrNotFound.
	State(ctx context.Context, key Key) (State, error)
	// ByReference returns the venue's bookings with the reference whose slots
	// reach into [From, Until): that start before Until and end after From, by
	// StartsAt, then ID. None is no error.
	ByReference(ctx context.Context, q ReferenceQuery) ([]State, error)
	// Day returns up to q.Limit of the venue's bookings that start at or after
	// q.From and before q.Until and stand after q.After, by StartsAt, then ID.
	Day(ctx context.Context, q DayQuery) ([]State, error)
	// Record adds a scan to a booking. It locks the booking against other
	// Records, calls decide with its state, and keeps the scan, the admission
	// and the events that decide returns, all or nothing; it returns the scan
	// and the state after it. decide may run more than once and must not use
	// the store; an error of decide's changes nothing and is returned as it is.
	//
	// If the attempt's device has recorded its nonce before, decide isn't called:
	// with the same Digest on the same booking that scan and the booking's
	// state come back, otherwise ErrConflict. An unknown booking is ErrNotFound.
	Record(ctx context.Context, a Attempt, decide func(State) (Outcome, error)) (Scan, State, error)
	// ByNonce returns the scan of a device and nonce, or ErrNotFound.
	ByNonce(ctx context.Context, tenantID, device, nonce string) (Scan, error)
	// Scan returns a scan by its id, or ErrNotFound.
	Scan(ctx context.Context, tenantID, scanID string) (Scan, error)
	// History returns the booking's scans by ReceivedAt, then ID. None is no error.
	History(ctx context.Context, key Key) ([]Scan, error)
}

// Attempt identifies a scan before it is decided.
type Attempt struct {
	Key    Key
	Device string
	Nonce  string
	Digest [sha256.Size]byte
}

// Outcome is what a scan leads to.
type Outcome struct {
	Scan      Scan
	Admission Admission
	Events    []Event
}

// ReferenceQuery asks for bookings by what a guest says at the door.
type ReferenceQuery struct {
	TenantID  string
	VenueID   string
	Reference string
	From      time.Time
	Until     time.Time
}

// DayQuery asks for a page of a venue's bookings.
type DayQuery struct {
	TenantID string
	VenueID  string
	From     time.Time
	Until    time.Time
	After    Position
	// Limit is how many come back at most. [Service.Day] takes 1 to 1000, and 50
	// for 0.
	Limit int
}

// Position is a place in a list of bookings. The zero Position is its beginning.
type Position struct {
	StartsAt  time.Time
	BookingID string
}

// Keys keeps the records of the tenants' keys.
type Keys interface {
	// List returns the tenant's keys by CreatedAt, then ID. None is no error.
	List(ctx context.Context, tenantID string) ([]KeyRecord, error)
	// Create adds a key. It is ErrExists when the tenant has a key of the same
	// id, or an active one while the new one is active too.
	Create(ctx context.Context, k KeyRecord) error
	// SetState moves a key from one state to another, at the given time. It is
	// ErrInvalid for a move that [KeyState.MayBecome] forbids, ErrNotFound
	// without such a key, and ErrConflict when its state isn't from, or when
	// another key is active that would be so twice.
	SetState(ctx context.Context, tenantID, kid string, from, to KeyState, at time.Time) error
}

// Customers keeps which customers are one, and which were erased.
type Customers interface {
	// Resolve returns the id under which the customer goes now: the one it was
	// merged into, or its own. It is ErrNotFound when that one was erased.
	Resolve(ctx context.Context, key CustomerKey) (string, error)
	// Merge makes from another name of into's customer. Repeating it changes
	// nothing; it may not be undone. Merging the two the other way round later
	// changes nothing either. Where either was erased, both are from now on.
	Merge(ctx context.Context, from CustomerKey, into string, at time.Time) error
	// Bookings returns up to limit bookings of the customer, under all of its
	// names, by ID, after the given one. None is no error.
	Bookings(ctx context.Context, key CustomerKey, after string, limit int) ([]State, error)
	// Erase cuts the customer, under all of its names, off from its bookings,
	// now and in whatever is observed later. Repeating it changes nothing.
	Erase(ctx context.Context, key CustomerKey, at time.Time) error
}

// Event is a fact that the host is told by [Service.Relay]: its TenantID, its
// own ID, the Subject, which is the booking's id, its Kind, the time At which it
// was recorded, and Data, see [ParseAdmitted].
type Event = outbox.Event

// Outbox keeps the events until they are handed over; [Scans].Record adds to
// it. Its methods are Due, Claim, Delivered and Release; checkintest has their
// contract.
type Outbox = outbox.Store

// Lease is a subject (TenantID, Subject) that an [Outbox] has given to one relay
// (Owner, Attempt), with its oldest Events and the Failures in a row before.
type Lease = outbox.Lease
