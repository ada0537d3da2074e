package checkintest_test

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/petanque-life/venuekit/checkin"
)

var storeMistakes = map[string]map[string]breakage{
	"a context that has ended changes nothing of the scans": {
		"observes when the context has ended": inScans(func(right checkin.Scans) scans {
			return scans{observe: func(ctx context.Context, b checkin.Booking) (bool, error) {
				return right.Observe(context.WithoutCancel(ctx), b)
			}}
		}),
		"records when the context has ended": inScans(func(right checkin.Scans) scans {
			return scans{record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
				return right.Record(context.WithoutCancel(ctx), a, decide)
			}}
		}),
	},
	"a context that has ended changes nothing of the keys": {
		"creates a key when the context has ended": inKeys(func(right checkin.Keys) keys {
			return keys{create: func(ctx context.Context, k checkin.KeyRecord) error {
				return right.Create(context.WithoutCancel(ctx), k)
			}}
		}),
		"moves a key when the context has ended": inKeys(func(right checkin.Keys) keys {
			return keys{setState: func(ctx context.Context, tenant, kid string, from, to checkin.KeyState, at time.Time) error {
				return right.SetState(context.WithoutCancel(ctx), tenant, kid, from, to, at)
			}}
		}),
	},
	"a context that has ended changes nothing of the customers": {
		"merges when the context has ended": inCustomers(func(right checkin.Customers) customers {
			return customers{merge: func(ctx context.Context, from checkin.CustomerKey, into string, at time.Time) error {
				return right.Merge(context.WithoutCancel(ctx), from, into, at)
			}}
		}),
		"erases when the context has ended": inCustomers(func(right checkin.Customers) customers {
			return customers{erase: func(ctx context.Context, key checkin.CustomerKey, at time.Time) error {
				return right.Erase(context.WithoutCancel(ctx), key, at)
			}}
		}),
	},
	"a context that has ended changes nothing of the outbox": {
		"claims when the context has ended": inOutbox(func(right checkin.Outbox) outbox {
			return outbox{claim: func(ctx context.Context, tenant, owner string, now, until time.Time, limit int) ([]checkin.Lease, error) {
				return right.Claim(context.WithoutCancel(ctx), tenant, owner, now, until, limit)
			}}
		}),
		"marks when the context has ended": inOutbox(func(right checkin.Outbox) outbox {
			return outbox{delivered: func(ctx context.Context, l checkin.Lease, event string) error {
				return right.Delivered(context.WithoutCancel(ctx), l, event)
			}}
		}),
		"releases when the context has ended": inOutbox(func(right checkin.Outbox) outbox {
			return outbox{release: func(ctx context.Context, l checkin.Lease, next time.Time, failed bool) error {
				return right.Release(context.WithoutCancel(ctx), l, next, failed)
			}}
		}),
	},
	"nothing of another tenant is read or changed": {
		"finds the scans of any tenant": inScans(func(right checkin.Scans) scans {
			var tenants sync.Map // by scan
			return scans{
				record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
					scan, st, err := right.Record(ctx, a, decide)
					tenants.Store(scan.ID, scan.TenantID)
					return scan, st, err
				},
				scan: func(ctx context.Context, _, id string) (checkin.Scan, error) {
					tenant, _ := tenants.LoadOrStore(id, "")
					return right.Scan(ctx, tenant.(string), id)
				},
			}
		}),
	},
	"what is returned is the caller's own": {
		"keeps the caller's bytes": func(s checkin.Stores) checkin.Stores {
			var data sync.Map // by event
			s = inScans(func(right checkin.Scans) scans {
				return scans{record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
					return right.Record(ctx, a, func(st checkin.State) (checkin.Outcome, error) {
						out, err := decide(st)
						for _, e := range out.Events {
							data.Store(e.ID, e.Data)
						}
						return out, err
					})
				}}
			})(s)
			return inOutbox(func(right checkin.Outbox) outbox {
				return outbox{claim: func(ctx context.Context, tenant, owner string, now, until time.Time, limit int) ([]checkin.Lease, error) {
					leases, err := right.Claim(ctx, tenant, owner, now, until, limit)
					for _, l := range leases {
						for i, e := range l.Events {
							kept, _ := data.Load(e.ID)
							l.Events[i].Data = kept.(json.RawMessage)
						}
					}
					return leases, err
				}}
			})(s)
		},
	},
}
