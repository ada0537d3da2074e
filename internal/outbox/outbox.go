// Package outbox carries a fact out of a package to its host: the verb that
// made the fact writes an event in its own transaction, and Relay hands it
// over, at least once and in order for each subject.
package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/petanque-life/venuekit/internal/ids"
)

// Event is a fact of interest outside the package that recorded it.
type Event struct {
	TenantID string
	// ID is the event's own: a receiver that has seen it must do nothing.
	ID string
	// Subject is what the event is about, a booking's id for one. The events of
	// one subject arrive in the order in which they were committed.
	Subject string
	// Kind names the fact, package first: "checkin.admitted".
	Kind string
	// At is when the fact was recorded.
	At time.Time
	// Data is JSON; its shape is the Kind's.
	Data json.RawMessage
}

// ErrLost reports that a lease has ended and the subject may be another's.
var ErrLost = errors.New("outbox: lease lost")

// Lease is a subject claimed for a while, with its oldest pending events.
type Lease struct {
	TenantID string
	Subject  string
	Owner    string
	// Attempt grows with each claim, as long as the subject has events: with
	// Owner, which no two relays share, it is the fence that keeps a slow one
	// from marking what another has taken over.
	Attempt  int64
	Failures int // in a row before this claim
	Events   []Event
}

// Store keeps the events. Appending one is the business of the package's own
// stores, which do it in the transaction of the fact. Every method is atomic.
type Store interface {
	// Due returns up to limit tenants with events to hand over at now, each once.
	// Whether one is among them whose subjects are all leased is left open.
	Due(ctx context.Context, now time.Time, limit int) ([]string, error)
	// Claim leases up to limit subjects of a tenant with events due at now and
	// no live lease, until the given time. No subject is leased twice at once.
	Claim(ctx context.Context, tenantID, owner string, now, until time.Time, limit int) ([]Lease, error)
	// Delivered removes the lease's event from the pending ones, or returns
	// ErrLost and changes nothing.
	Delivered(ctx context.Context, l Lease, eventID string) error
	// Release ends the lease; what is pending is due again at next. A failure
	// is counted, so that the next claim knows how many there were in a row.
	// A lost lease is no error.
	Release(ctx context.Context, l Lease, next time.Time, failed bool) error
}

// How long a claimed subject stays one relay's, how many are claimed at once,
// how often for one tenant in one call, so that a busy one doesn't keep the
// others waiting, and the longest pause after failures.
const (
	leaseFor   = time.Minute
	claimLimit = 16
	rounds     = 32
	maxPause   = time.Hour
)

// Relay hands over the events that are due at now by calling hand, up to some
// hundred subjects of each tenant, and returns how many events hand took. An
// event that hand refuses stays first among its subject's and is tried again
// after a growing pause of up to an hour; the other subjects go on. The error
// joins what hand and the store returned. elapsed tells how long the call has
// lasted.
//
// Any number of replicas may run it at once. An event is handed over again
// when a process ends between hand and the mark. The order of a subject's
// events holds as long as no call of hand takes a minute: another relay takes
// the subject over then.
func Relay(
	ctx context.Context, store Store, now time.Time, elapsed func() time.Duration, hand func(context.Context, Event) error,
) (int, error) {
	tenants, err := store.Due(ctx, now, 1000)
	if err != nil {
		return 0, err
	}
	r := relay{store: store, owner: ids.New(), now: func() time.Time { return now.Add(elapsed()) }, hand: hand}
	var errs []error
	for _, tenant := range tenants {
		if err := r.tenant(ctx, tenant); err != nil {
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return r.handed, errors.Join(errs...)
}

type relay struct {
	store  Store
	owner  string
	now    func() time.Time
	hand   func(context.Context, Event) error
	handed int
}

func (r *relay) tenant(ctx context.Context, tenantID string) error {
	var errs []error
	for range rounds {
		if ctx.Err() != nil {
			break
		}
		now := r.now()
		until := now.Add(leaseFor)
		leases, err := r.store.Claim(ctx, tenantID, r.owner, now, until, claimLimit)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		if len(leases) == 0 {
			break
		}
		for _, l := range leases {
			if err := r.subject(ctx, l, until); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

func (r *relay) subject(ctx context.Context, l Lease, until time.Time) error {
	// A caller that is stopping refuses nothing, and what was handed over is
	// marked and the subject left to others all the same.
	mark := context.WithoutCancel(ctx)
	next, failed := r.now(), false
	var handErr error
	for _, e := range l.Events {
		if ctx.Err() != nil {
			break
		}
		if !r.now().Before(until) {
			return nil // the subject may be another's by now
		}
		if handErr = r.hand(ctx, e); handErr != nil {
			handErr = fmt.Errorf("outbox: hand over %s %s: %w", e.Kind, e.ID, handErr)
			if ctx.Err() == nil {
				next, failed = r.now().Add(pause(l.Failures)), true
			}
			break
		}
		r.handed++
		if err := r.store.Delivered(mark, l, e.ID); err != nil {
			if errors.Is(err, ErrLost) {
				return nil // whoever has it now hands it over again
			}
			handErr, failed = err, true
			next = r.now().Add(pause(l.Failures))
			break
		}
		l.Failures = 0
	}
	return errors.Join(handErr, r.store.Release(mark, l, next, failed))
}

// pause grows from a second to an hour with the failures in a row.
func pause(failures int) time.Duration {
	if failures > 11 {
		return maxPause
	}
	return min(time.Second<<failures, maxPause)
}
