package checkintest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/petanque-life/venuekit/checkin"
)

var keyMistakes = map[string]map[string]breakage{
	"a key of the same id is ErrExists and keeps the first": {
		"says nothing of a key that it has": createsAgain,
	},
	"of active keys made at once one is kept": {
		"lets a tenant have two active keys": createsAgain,
	},
	"a state moves only from the state that is named": {
		"moves a key from whatever state": inKeys(func(right checkin.Keys) keys {
			return keys{setState: func(ctx context.Context, tenant, kid string, _, to checkin.KeyState, at time.Time) error {
				all, err := right.List(ctx, tenant)
				for _, k := range all {
					if k.ID == kid {
						return right.SetState(ctx, tenant, kid, k.State, to, at)
					}
				}
				return err
			}}
		}),
	},
	"a second key can't become active": {
		"lets a second key become active": inKeys(func(right checkin.Keys) keys {
			return keys{setState: func(ctx context.Context, tenant, kid string, from, to checkin.KeyState, at time.Time) error {
				err := right.SetState(ctx, tenant, kid, from, to, at)
				if to == checkin.KeyActive && errors.Is(err, checkin.ErrConflict) {
					err = nil
				}
				return err
			}}
		}),
	},
	"keys are listed by creation and then by id": {
		"lists keys by id": inKeys(func(right checkin.Keys) keys {
			return keys{list: func(ctx context.Context, tenant string) ([]checkin.KeyRecord, error) {
				all, err := right.List(ctx, tenant)
				slices.SortFunc(all, func(a, b checkin.KeyRecord) int { return strings.Compare(a.ID, b.ID) })
				return all, err
			}}
		}),
	},
	"a key makes the moves that it may, and any other is ErrInvalid and changes nothing": {
		"takes every move of a key": moving(func(from, to checkin.KeyState) (bool, error) { return !from.MayBecome(to), nil }),
		"revives a revoked key": moving(func(from, to checkin.KeyState) (bool, error) {
			return from == checkin.KeyRevoked && to == checkin.KeyActive, nil
		}),
		"answers a forbidden move with a conflict": moving(func(from, to checkin.KeyState) (bool, error) {
			return !from.MayBecome(to), checkin.ErrConflict
		}),
		"never retires a key": moving(func(_, to checkin.KeyState) (bool, error) { return to == checkin.KeyRetired, checkin.ErrInvalid }),
	},
}

var createsAgain = inKeys(func(right checkin.Keys) keys {
	return keys{create: func(ctx context.Context, r checkin.KeyRecord) error {
		if err := right.Create(ctx, r); err != nil && !strings.Contains(err.Error(), "exists") {
			return err
		}
		return nil
	}}
})

// moving answers the moves that it is told to itself.
func moving(answer func(from, to checkin.KeyState) (bool, error)) breakage {
	return inKeys(func(right checkin.Keys) keys {
		return keys{setState: func(ctx context.Context, tenant, kid string, from, to checkin.KeyState, at time.Time) error {
			if own, err := answer(from, to); own {
				return err
			}
			return right.SetState(ctx, tenant, kid, from, to, at)
		}}
	})
}

var customerMistakes = map[string]map[string]breakage{
	"merges resolve through all of their steps, in either order": {
		"forgets to merge": forgetsToMerge,
	},
	"an erased customer has no bookings any more, under no name, nor later ones": {
		"forgets to erase": forgetsToErase,
	},
	"a customer that was never merged resolves to itself": {
		"knows only customers that were merged": inCustomers(func(right checkin.Customers) customers {
			return customers{resolve: func(ctx context.Context, key checkin.CustomerKey) (string, error) {
				id, err := right.Resolve(ctx, key)
				if err == nil && id == key.CustomerID {
					return "", checkin.ErrNotFound
				}
				return id, err
			}}
		}),
	},
	"what is observed of an erased customer has no holder, under any of its names": {
		"keeps the erased holder of a new booking":            keepingHolder(func(b checkin.Booking, known bool) bool { return !known }),
		"keeps the erased holder of a newer revision":         keepingHolder(func(b checkin.Booking, known bool) bool { return known }),
		"keeps an erased holder under a merged name":          keepingHolder(func(b checkin.Booking, _ bool) bool { return b.CustomerID == "before" }),
		"keeps an erased holder under a name merged later on": keepingHolder(func(b checkin.Booking, _ bool) bool { return b.CustomerID == "after" }),
		"drops what it observes of an erased holder": func(s checkin.Stores) checkin.Stores {
			right := s
			return inScans(func(checkin.Scans) scans {
				return scans{observe: func(ctx context.Context, b checkin.Booking) (bool, error) {
					if erased(ctx, right, b) {
						return false, nil
					}
					return right.Scans.Observe(ctx, b)
				}}
			})(s)
		},
		"lists the bookings of an erased customer": func(s checkin.Stores) checkin.Stores {
			right := s
			var last sync.Map // booking by tenant
			s.Scans = scans{Scans: right.Scans, observe: func(ctx context.Context, b checkin.Booking) (bool, error) {
				if erased(ctx, right, b) {
					last.Store(b.TenantID, checkin.State{Booking: b})
				}
				return right.Scans.Observe(ctx, b)
			}}
			return inCustomers(func(right checkin.Customers) customers {
				return customers{bookings: func(ctx context.Context, key checkin.CustomerKey, after string, limit int) ([]checkin.State, error) {
					page, err := right.Bookings(ctx, key, after, limit)
					if b, ok := last.Load(key.TenantID); ok {
						page = append(page, b.(checkin.State))
					}
					return page, err
				}}
			})(s)
		},
	},
	"a merge that is repeated or turned round changes nothing": {
		"forgets to merge": forgetsToMerge,
	},
	"customers merged crosswise at once end as one": {
		"forgets to merge": forgetsToMerge,
	},
	"a customer's bookings include those of its other names, also later ones": {
		"forgets to merge": forgetsToMerge,
	},
	"a customer merged with an erased one is erased, whichever way round": {
		"forgets to erase": forgetsToErase,
		"forgets to merge": forgetsToMerge,
	},
}

var forgetsToMerge = inCustomers(func(_ checkin.Customers) customers {
	return customers{merge: func(context.Context, checkin.CustomerKey, string, time.Time) error { return nil }}
})

var forgetsToErase = inCustomers(func(_ checkin.Customers) customers {
	return customers{erase: func(context.Context, checkin.CustomerKey, time.Time) error { return nil }}
})

// keepingHolder returns the CustomerID of some bookings that were observed when
// their customer was erased already.
func keepingHolder(of func(b checkin.Booking, known bool) bool) breakage {
	return func(s checkin.Stores) checkin.Stores {
		right := s
		var kept sync.Map // customer by booking
		s.Scans = scans{
			Scans: right.Scans,
			observe: func(ctx context.Context, b checkin.Booking) (bool, error) {
				_, err := right.Scans.State(ctx, b.Key())
				if known := err == nil; erased(ctx, right, b) && of(b, known) {
					kept.Store(b.Key(), b.CustomerID)
				}
				return right.Scans.Observe(ctx, b)
			},
			state: func(ctx context.Context, key checkin.Key) (checkin.State, error) {
				st, err := right.Scans.State(ctx, key)
				if id, ok := kept.Load(key); ok {
					st.Booking.CustomerID = id.(string)
				}
				return st, err
			},
		}
		return s
	}
}

func erased(ctx context.Context, s checkin.Stores, b checkin.Booking) bool {
	_, err := s.Customers.Resolve(ctx, checkin.CustomerKey{TenantID: b.TenantID, CustomerID: b.CustomerID})
	return errors.Is(err, checkin.ErrNotFound)
}
