package portaltest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/petanque-life/venuekit/portal"
)

// Bookings is a source in memory, for tests and examples: it keeps the whole
// contract of [portal.Bookings], by reading through all of a customer's
// bookings for each page.
type Bookings struct {
	mu    sync.RWMutex
	owned map[portal.CustomerKey]map[string]portal.Booking
}

var _ portal.Bookings = (*Bookings)(nil)

// NewBookings returns a source without bookings.
func NewBookings() *Bookings {
	return &Bookings{owned: map[portal.CustomerKey]map[string]portal.Booking{}}
}

// Put keeps a booking of the customer, in place of the one with its ID if there
// is one. It returns the booking as it is kept: of the customer's tenant, its
// times in UTC and to the microsecond.
func (m *Bookings) Put(owner portal.CustomerKey, b portal.Booking) portal.Booking {
	m.mu.Lock()
	defer m.mu.Unlock()
	b = clone(b)
	b.TenantID = owner.TenantID
	for _, at := range []*time.Time{&b.StartsAt, &b.EndsAt, &b.ChangesUntil} {
		*at = at.UTC().Truncate(time.Microsecond)
	}
	if m.owned[owner] == nil {
		m.owned[owner] = map[string]portal.Booking{}
	}
	m.owned[owner][b.ID] = b
	return clone(b)
}

// Page returns a page of a bucket.
func (m *Bookings) Page(ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	var rows []portal.Booking
	for _, b := range m.owned[q.Customer] {
		after := q.After == portal.Position{} || compare(q.Bucket, b.Position(), q.After) > 0
		if after && portal.BucketOf(b, q.AsOf) == q.Bucket {
			rows = append(rows, b)
		}
	}
	sortBucket(rows, q.Bucket)
	rows = rows[:min(q.Limit, len(rows))]
	for i, b := range rows {
		rows[i] = clone(b)
	}
	return rows, nil
}

// Booking returns one booking.
func (m *Bookings) Booking(ctx context.Context, key portal.CustomerKey, id string) (portal.Booking, error) {
	if err := ctx.Err(); err != nil {
		return portal.Booking{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	b, ok := m.owned[key][id]
	if !ok {
		return portal.Booking{}, portal.ErrNotFound
	}
	return clone(b), nil
}

func clone(b portal.Booking) portal.Booking {
	b.Resources = slices.Clone(b.Resources)
	if b.Package != nil {
		p := *b.Package
		b.Package = &p
	}
	return b
}
