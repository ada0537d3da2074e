package portal

import (
	"context"
	"time"
)

// Sources is everything that the portal asks its host for.
type Sources struct {
	Bookings Bookings
}

// Bookings is the host's source of a customer's bookings. The host's engine is
// their truth; the portal keeps no copy. portaltest holds this contract against
// a source:
//
//   - A call sees the bookings of one customer in one tenant, and nothing of
//     another's. Bookings belong to a customer through a verified address:
//     those under an address that isn't verified (yet) are not there. Customers
//     that the host has merged are one, under any of their ids.
//   - At any AsOf each booking is in exactly one bucket, the one that
//     [BucketOf] says: AsOf decides and never a clock.
//   - Both methods are safe for concurrent use and change nothing.
//   - What comes out is never shared: the caller may change it.
//   - Times come back in UTC and no finer than a microsecond; Venue.Zone is set.
//   - Text, ids above all, is ordered and compared by its bytes.
//   - When the context has ended, its error is returned, never a short page.
type Bookings interface {
	// Page returns the first q.Limit bookings of a bucket that stand after
	// q.After, and fewer only when there are no more. None is no error, nor is a
	// customer that the host doesn't know. The order is
	//
	//   - Upcoming: by StartsAt, then ID, both ascending;
	//   - History and Cancelled: by StartsAt, then ID, both descending.
	//
	// The booking at q.After may have gone or changed meanwhile; its place counts.
	// A place whose id the host's bookings can't have, as a made-up cursor may
	// hold, may be answered with ErrBadCursor.
	//
	// A host that bounds the length of its slots finds Upcoming as one range of
	// an index, by StartsAt > AsOf less that length as well. A host whose ids are
	// numbers writes them with leading zeros, for their bytes to be in order.
	Page(ctx context.Context, q PageQuery) ([]Booking, error)
	// Booking returns one booking in any state. It is ErrNotFound when there is
	// none of that id, or it is another customer's or another tenant's; an id
	// that no booking of the host's could have is ErrNotFound too.
	Booking(ctx context.Context, key CustomerKey, id string) (Booking, error)
}

// PageQuery asks for a part of a bucket.
type PageQuery struct {
	Customer CustomerKey
	Bucket   Bucket
	// AsOf is the moment at which the buckets are told apart, in UTC. All pages
	// of one list are asked with the same.
	AsOf  time.Time
	After Position
	Limit int // at least 1
}
