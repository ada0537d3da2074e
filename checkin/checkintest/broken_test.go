package checkintest_test

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkintest"
	"github.com/petanque-life/venuekit/internal/tbtest"
)

// Each broken store is a right one with one mistake that people make.

type scans struct {
	checkin.Scans
	observe func(context.Context, checkin.Booking) (bool, error)
	state   func(context.Context, checkin.Key) (checkin.State, error)
	day     func(context.Context, checkin.DayQuery) ([]checkin.State, error)
	record  func(context.Context, checkin.Attempt, func(checkin.State) (checkin.Outcome, error)) (checkin.Scan, checkin.State, error)
}

func (s scans) Observe(ctx context.Context, b checkin.Booking) (bool, error) {
	if s.observe != nil {
		return s.observe(ctx, b)
	}
	return s.Scans.Observe(ctx, b)
}

func (s scans) State(ctx context.Context, key checkin.Key) (checkin.State, error) {
	if s.state != nil {
		return s.state(ctx, key)
	}
	return s.Scans.State(ctx, key)
}

func (s scans) Day(ctx context.Context, q checkin.DayQuery) ([]checkin.State, error) {
	if s.day != nil {
		return s.day(ctx, q)
	}
	return s.Scans.Day(ctx, q)
}

func (s scans) Record(
	ctx context.Context, a checkin.Attempt, decide func(checkin.State) (checkin.Outcome, error),
) (checkin.Scan, checkin.State, error) {
	if s.record != nil {
		return s.record(ctx, a, decide)
	}
	return s.Scans.Record(ctx, a, decide)
}

type keys struct {
	checkin.Keys
	create   func(context.Context, checkin.KeyRecord) error
	setState func(ctx context.Context, tenant, kid string, from, to checkin.KeyState, at time.Time) error
}

func (k keys) Create(ctx context.Context, r checkin.KeyRecord) error {
	if k.create != nil {
		return k.create(ctx, r)
	}
	return k.Keys.Create(ctx, r)
}

func (k keys) SetState(ctx context.Context, tenant, kid string, from, to checkin.KeyState, at time.Time) error {
	if k.setState != nil {
		return k.setState(ctx, tenant, kid, from, to, at)
	}
	return k.Keys.SetState(ctx, tenant, kid, from, to, at)
}

type customers struct {
	checkin.Customers
	merge func(ctx context.Context, from checkin.CustomerKey, into string, at time.Time) error
	erase func(context.Context, checkin.CustomerKey, time.Time) error
}

func (c customers) Merge(ctx context.Context, from checkin.CustomerKey, into string, at time.Time) error {
	if c.merge != nil {
		return c.merge(ctx, from, into, at)
	}
	return c.Customers.Merge(ctx, from, into, at)
}

func (c customers) Erase(ctx context.Context, key checkin.CustomerKey, at time.Time) error {
	if c.erase != nil {
		return c.erase(ctx, key, at)
	}
	return c.Customers.Erase(ctx, key, at)
}

type outbox struct {
	checkin.Outbox
	claim   func(ctx context.Context, tenant, owner string, now, until time.Time, limit int) ([]checkin.Lease, error)
	release func(context.Context, checkin.Lease, time.Time, bool) error
}

func (o outbox) Claim(ctx context.Context, tenant, owner string, now, until time.Time, limit int) ([]checkin.Lease, error) {
	if o.claim != nil {
		return o.claim(ctx, tenant, owner, now, until, limit)
	}
	return o.Outbox.Claim(ctx, tenant, owner, now, until, limit)
}

func (o outbox) Release(ctx context.Context, l checkin.Lease, next time.Time, failed bool) error {
	if o.release != nil {
		return o.release(ctx, l, next, failed)
	}
	return o.Outbox.Release(ctx, l, next, failed)
}

type (
	decision = func(checkin.State) (checkin.Outcome, error)
	breakage func(right checkin.Stores) checkin.Stores
)

var mistakes = map[string]breakage{
	"takes an older revision for a newer": func(s checkin.Stores) checkin.Stores {
		right := s.Scans
		s.Scans = scans{Scans: right, observe: func(ctx context.Context, b checkin.Booking) (bool, error) {
			if old, err := right.State(ctx, b.Key()); err == nil {
				b.Revision = max(b.Revision, old.Booking.Revision+1)
			}
			return right.Observe(ctx, b)
		}}
		return s
	},
	"returns local times": func(s checkin.Stores) checkin.Stores {
		right := s.Scans
		s.Scans = scans{Scans: right, state: func(ctx context.Context, key checkin.Key) (checkin.State, error) {
			st, err := right.State(ctx, key)
			st.Booking.StartsAt = st.Booking.StartsAt.In(time.FixedZone("CET", 3600))
			return st, err
		}}
		return s
	},
	"answers an empty booking for an unknown one": func(s checkin.Stores) checkin.Stores {
		right := s.Scans
		s.Scans = scans{Scans: right, state: func(ctx context.Context, key checkin.Key) (checkin.State, error) {
			st, _ := right.State(ctx, key)
			return st, nil
		}}
		return s
	},
	"forgets a nonce": func(s checkin.Stores) checkin.Stores {
		right := s.Scans
		s.Scans = scans{Scans: right, record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
			a.Nonce += rand.Text()
			return right.Record(ctx, a, decide)
		}}
		return s
	},
	"takes another text under the same nonce": func(s checkin.Stores) checkin.Stores {
		right := s.Scans
		s.Scans = scans{Scans: right, record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
			a.Digest = [32]byte{}
			return right.Record(ctx, a, decide)
		}}
		return s
	},
	"decides on what it read before it locked": func(s checkin.Stores) checkin.Stores {
		right := s.Scans
		s.Scans = scans{Scans: right, record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
			stale, err := right.State(ctx, a.Key)
			if err != nil {
				return checkin.Scan{}, checkin.State{}, err
			}
			return right.Record(ctx, a, func(checkin.State) (checkin.Outcome, error) { return decide(stale) })
		}}
		return s
	},
	"keeps the scan and loses its events": func(s checkin.Stores) checkin.Stores {
		right := s.Scans
		s.Scans = scans{Scans: right, record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
			return right.Record(ctx, a, func(st checkin.State) (checkin.Outcome, error) {
				out, err := decide(st)
				out.Events = nil
				return out, err
			})
		}}
		return s
	},
	"orders ids without regard to case": func(s checkin.Stores) checkin.Stores {
		right := s.Scans
		s.Scans = scans{Scans: right, day: func(ctx context.Context, q checkin.DayQuery) ([]checkin.State, error) {
			page, err := right.Day(ctx, q)
			slices.SortStableFunc(page, func(a, b checkin.State) int {
				if c := a.Booking.StartsAt.Compare(b.Booking.StartsAt); c != 0 {
					return c
				}
				return strings.Compare(strings.ToLower(a.Booking.ID), strings.ToLower(b.Booking.ID))
			})
			return page, err
		}}
		return s
	},
	"ignores the limit of a page": func(s checkin.Stores) checkin.Stores {
		right := s.Scans
		s.Scans = scans{Scans: right, day: func(ctx context.Context, q checkin.DayQuery) ([]checkin.State, error) {
			q.Limit = 1000
			return right.Day(ctx, q)
		}}
		return s
	},
	"lists every venue": func(s checkin.Stores) checkin.Stores {
		right := s.Scans
		s.Scans = scans{Scans: right, day: func(ctx context.Context, q checkin.DayQuery) ([]checkin.State, error) {
			page, err := right.Day(ctx, q)
			q.VenueID = "elsewhere"
			more, _ := right.Day(ctx, q)
			return append(page, more...), err
		}}
		return s
	},
	"goes on when the context has ended": func(s checkin.Stores) checkin.Stores {
		right := s.Scans
		s.Scans = scans{Scans: right, observe: func(ctx context.Context, b checkin.Booking) (bool, error) {
			return right.Observe(context.WithoutCancel(ctx), b)
		}}
		return s
	},
	"lets a tenant have two active keys": func(s checkin.Stores) checkin.Stores {
		right := s.Keys
		s.Keys = keys{Keys: right, create: func(ctx context.Context, r checkin.KeyRecord) error {
			if err := right.Create(ctx, r); err != nil && !strings.Contains(err.Error(), "exists") {
				return err
			}
			return nil
		}}
		return s
	},
	"moves a key from whatever state": func(s checkin.Stores) checkin.Stores {
		right := s.Keys
		s.Keys = keys{Keys: right, setState: func(ctx context.Context, tenant, kid string, _, to checkin.KeyState, at time.Time) error {
			all, err := right.List(ctx, tenant)
			for _, k := range all {
				if k.ID == kid {
					return right.SetState(ctx, tenant, kid, k.State, to, at)
				}
			}
			return err
		}}
		return s
	},
	"forgets to merge": func(s checkin.Stores) checkin.Stores {
		s.Customers = customers{
			Customers: s.Customers,
			merge:     func(context.Context, checkin.CustomerKey, string, time.Time) error { return nil },
		}
		return s
	},
	"forgets to erase": func(s checkin.Stores) checkin.Stores {
		s.Customers = customers{
			Customers: s.Customers,
			erase:     func(context.Context, checkin.CustomerKey, time.Time) error { return nil },
		}
		return s
	},
	"claims what another holds": func(s checkin.Stores) checkin.Stores {
		right := s.Outbox
		s.Outbox = outbox{Outbox: right, claim: func(ctx context.Context, tenant, owner string, now, until time.Time, limit int) ([]checkin.Lease, error) {
			leases, err := right.Claim(ctx, tenant, owner, now, until, limit)
			if err == nil && leases == nil {
				return right.Claim(ctx, tenant, owner, until, until.Add(time.Minute), limit)
			}
			return leases, err
		}}
		return s
	},
	"counts no failures": func(s checkin.Stores) checkin.Stores {
		right := s.Outbox
		s.Outbox = outbox{Outbox: right, release: func(ctx context.Context, l checkin.Lease, next time.Time, _ bool) error {
			return right.Release(ctx, l, next, false)
		}}
		return s
	},
}

func TestChecks_findEachMistakeThatAStoreMakes(t *testing.T) {
	right, _ := checkintest.NewStores(t)
	for name, mistake := range mistakes {
		t.Run("a store that "+name, func(t *testing.T) {
			broken := mistake(right.Stores)
			found := 0
			for _, check := range checkintest.Checks() {
				if failed, _ := tbtest.Run(t, func(t testing.TB) { check.Run(t, broken) }); failed {
					found++
				}
			}
			require.NotZero(t, found, "no check fails")
			require.Less(t, found, len(checkintest.Checks())/2, "the store is broken in more than one way")
		})
	}
}
