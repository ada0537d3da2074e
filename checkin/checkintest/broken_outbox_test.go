package checkintest_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/petanque-life/venuekit/checkin"
)

var outboxMistakes = map[string]map[string]breakage{
	"events are claimed once, in order, until they are delivered": {
		"claims what another holds": claimsWhatIsHeld,
		"keeps the scan and loses its events": inScans(func(right checkin.Scans) scans {
			return scans{record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
				return right.Record(ctx, a, func(st checkin.State) (checkin.Outcome, error) {
					out, err := decide(st)
					out.Events = nil
					return out, err
				})
			}}
		}),
	},
	"a subject without pending events is due no more": {
		"forgets to mark": inOutbox(func(checkin.Outbox) outbox {
			return outbox{delivered: func(context.Context, checkin.Lease, string) error { return nil }}
		}),
	},
	"a failure is counted and waits for its time": {
		"counts no failures": inOutbox(func(right checkin.Outbox) outbox {
			return outbox{release: func(ctx context.Context, l checkin.Lease, next time.Time, _ bool) error {
				return right.Release(ctx, l, next, false)
			}}
		}),
	},
	"the tenants with events due are told once each, up to the limit": {
		"tells of tenants before their events are due": inOutbox(func(right checkin.Outbox) outbox {
			return outbox{due: func(ctx context.Context, now time.Time, limit int) ([]string, error) {
				return right.Due(ctx, now.Add(24*time.Hour), limit)
			}}
		}),
		"tells of all tenants that are due": inOutbox(func(right checkin.Outbox) outbox {
			return outbox{due: func(ctx context.Context, now time.Time, _ int) ([]string, error) {
				return right.Due(ctx, now, math.MaxInt32)
			}}
		}),
		"tells of a tenant for each subject": inOutbox(func(right checkin.Outbox) outbox {
			return outbox{due: func(ctx context.Context, now time.Time, limit int) ([]string, error) {
				due, err := right.Due(ctx, now, limit)
				return append(due, due...)[:min(limit, 2*len(due))], err
			}}
		}),
	},
	"no more subjects are claimed than the limit, and the others are left": {
		"claims more subjects than it may": inOutbox(func(right checkin.Outbox) outbox {
			return outbox{claim: func(ctx context.Context, tenant, owner string, now, until time.Time, _ int) ([]checkin.Lease, error) {
				return right.Claim(ctx, tenant, owner, now, until, 1000)
			}}
		}),
		"leases more subjects than it returns": inOutbox(func(right checkin.Outbox) outbox {
			return outbox{claim: func(ctx context.Context, tenant, owner string, now, until time.Time, limit int) ([]checkin.Lease, error) {
				leases, err := right.Claim(ctx, tenant, owner, now, until, limit+1)
				return leases[:min(limit, len(leases))], err
			}}
		}),
		"claims what another holds": claimsWhatIsHeld,
	},
	"a subject that isn't due is left alone": {
		"claims a subject before it is due": inOutbox(func(right checkin.Outbox) outbox {
			return outbox{claim: func(ctx context.Context, tenant, owner string, now, until time.Time, limit int) ([]checkin.Lease, error) {
				return right.Claim(ctx, tenant, owner, now.Add(time.Microsecond), until, limit)
			}}
		}),
	},
	"an event that is delivered ends the failures in a row": {
		"counts all failures that ever were": inOutbox(func(right checkin.Outbox) outbox {
			var failures sync.Map // by subject, tenant first
			return outbox{
				claim: func(ctx context.Context, tenant, owner string, now, until time.Time, limit int) ([]checkin.Lease, error) {
					leases, err := right.Claim(ctx, tenant, owner, now, until, limit)
					for i, l := range leases {
						n, _ := failures.LoadOrStore(tenant+"/"+l.Subject, 0)
						leases[i].Failures = n.(int)
					}
					return leases, err
				},
				release: func(ctx context.Context, l checkin.Lease, next time.Time, failed bool) error {
					if failed {
						failures.Store(l.TenantID+"/"+l.Subject, l.Failures+1)
					}
					return right.Release(ctx, l, next, failed)
				},
			}
		}),
	},
	"a lease that is lost is ErrLost and changes nothing, by its owner and by its attempt": {
		"marks for whoever had the lease":           late(func(l *checkin.Lease, now checkin.Lease) { l.Owner, l.Attempt = now.Owner, now.Attempt }, nil),
		"marks for the owner of a former lease":     late(func(l *checkin.Lease, now checkin.Lease) { l.Attempt = now.Attempt }, nil),
		"marks for another owner of the attempt":    late(func(l *checkin.Lease, now checkin.Lease) { l.Owner = now.Owner }, nil),
		"releases for whoever had the lease":        late(nil, func(l *checkin.Lease, now checkin.Lease) { l.Owner, l.Attempt = now.Owner, now.Attempt }),
		"releases for the owner of a former lease":  late(nil, func(l *checkin.Lease, now checkin.Lease) { l.Attempt = now.Attempt }),
		"releases for another owner of the attempt": late(nil, func(l *checkin.Lease, now checkin.Lease) { l.Owner = now.Owner }),
		"says nothing of a lost lease":              losing(nil),
		"has an error of its own for a lost lease":  losing(errors.New("lease lost")),
		"takes the release of a lost lease for an error": inOutbox(func(right checkin.Outbox) outbox {
			return outbox{release: func(ctx context.Context, l checkin.Lease, next time.Time, failed bool) error {
				if err := right.Delivered(ctx, l, "none"); err != nil {
					return err
				}
				return right.Release(ctx, l, next, failed)
			}}
		}),
	},
	"of many who claim at once each gets subjects of its own": {
		"claims what another holds": claimsWhatIsHeld,
	},
}

var claimsWhatIsHeld = inOutbox(func(right checkin.Outbox) outbox {
	return outbox{claim: func(ctx context.Context, tenant, owner string, now, until time.Time, limit int) ([]checkin.Lease, error) {
		leases, err := right.Claim(ctx, tenant, owner, now, until, limit)
		if err == nil && leases == nil {
			return right.Claim(ctx, tenant, owner, until, until.Add(time.Minute), limit)
		}
		return leases, err
	}}
})

// late takes a lease for the present one of its subject, in part or in whole,
// when an event was delivered or the lease is released.
func late(delivered, released func(l *checkin.Lease, now checkin.Lease)) breakage {
	return inOutbox(func(right checkin.Outbox) outbox {
		var leases sync.Map // by subject, tenant first
		present := func(l checkin.Lease, take func(l *checkin.Lease, now checkin.Lease)) checkin.Lease {
			if now, ok := leases.Load(l.TenantID + "/" + l.Subject); ok && take != nil {
				take(&l, now.(checkin.Lease))
			}
			return l
		}
		return outbox{
			claim: func(ctx context.Context, tenant, owner string, now, until time.Time, limit int) ([]checkin.Lease, error) {
				all, err := right.Claim(ctx, tenant, owner, now, until, limit)
				for _, l := range all {
					leases.Store(tenant+"/"+l.Subject, l)
				}
				return all, err
			},
			delivered: func(ctx context.Context, l checkin.Lease, event string) error {
				return right.Delivered(ctx, present(l, delivered), event)
			},
			release: func(ctx context.Context, l checkin.Lease, next time.Time, failed bool) error {
				return right.Release(ctx, present(l, released), next, failed)
			},
		}
	})
}

// losing answers err when a lease is lost.
func losing(err error) breakage {
	return inOutbox(func(right checkin.Outbox) outbox {
		return outbox{delivered: func(ctx context.Context, l checkin.Lease, event string) error {
			if e := right.Delivered(ctx, l, event); !errors.Is(e, checkin.ErrLost) {
				return e
			}
			return err
		}}
	})
}
