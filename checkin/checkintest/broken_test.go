package checkintest_test

import (
	"context"
	"maps"
	"reflect"
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
	observe     func(context.Context, checkin.Booking) (bool, error)
	state       func(context.Context, checkin.Key) (checkin.State, error)
	byReference func(context.Context, checkin.ReferenceQuery) ([]checkin.State, error)
	day         func(context.Context, checkin.DayQuery) ([]checkin.State, error)
	record      func(context.Context, checkin.Attempt, decision) (checkin.Scan, checkin.State, error)
	byNonce     func(ctx context.Context, tenant, device, nonce string) (checkin.Scan, error)
	scan        func(ctx context.Context, tenant, id string) (checkin.Scan, error)
	history     func(context.Context, checkin.Key) ([]checkin.Scan, error)
}

type decision = func(checkin.State) (checkin.Outcome, error)

func (s scans) Observe(ctx context.Context, b checkin.Booking) (bool, error) {
	return or(s.observe, s.Scans.Observe)(ctx, b)
}

func (s scans) State(ctx context.Context, key checkin.Key) (checkin.State, error) {
	return or(s.state, s.Scans.State)(ctx, key)
}

func (s scans) ByReference(ctx context.Context, q checkin.ReferenceQuery) ([]checkin.State, error) {
	return or(s.byReference, s.Scans.ByReference)(ctx, q)
}

func (s scans) Day(ctx context.Context, q checkin.DayQuery) ([]checkin.State, error) {
	return or(s.day, s.Scans.Day)(ctx, q)
}

func (s scans) Record(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
	return or(s.record, s.Scans.Record)(ctx, a, decide)
}

func (s scans) ByNonce(ctx context.Context, tenant, device, nonce string) (checkin.Scan, error) {
	return or(s.byNonce, s.Scans.ByNonce)(ctx, tenant, device, nonce)
}

func (s scans) Scan(ctx context.Context, tenant, id string) (checkin.Scan, error) {
	return or(s.scan, s.Scans.Scan)(ctx, tenant, id)
}

func (s scans) History(ctx context.Context, key checkin.Key) ([]checkin.Scan, error) {
	return or(s.history, s.Scans.History)(ctx, key)
}

type keys struct {
	checkin.Keys
	list     func(ctx context.Context, tenant string) ([]checkin.KeyRecord, error)
	create   func(context.Context, checkin.KeyRecord) error
	setState func(ctx context.Context, tenant, kid string, from, to checkin.KeyState, at time.Time) error
}

func (k keys) List(ctx context.Context, tenant string) ([]checkin.KeyRecord, error) {
	return or(k.list, k.Keys.List)(ctx, tenant)
}

func (k keys) Create(ctx context.Context, r checkin.KeyRecord) error {
	return or(k.create, k.Keys.Create)(ctx, r)
}

func (k keys) SetState(ctx context.Context, tenant, kid string, from, to checkin.KeyState, at time.Time) error {
	return or(k.setState, k.Keys.SetState)(ctx, tenant, kid, from, to, at)
}

type customers struct {
	checkin.Customers
	resolve  func(context.Context, checkin.CustomerKey) (string, error)
	merge    func(ctx context.Context, from checkin.CustomerKey, into string, at time.Time) error
	bookings func(ctx context.Context, key checkin.CustomerKey, after string, limit int) ([]checkin.State, error)
	erase    func(context.Context, checkin.CustomerKey, time.Time) error
}

func (c customers) Resolve(ctx context.Context, key checkin.CustomerKey) (string, error) {
	return or(c.resolve, c.Customers.Resolve)(ctx, key)
}

func (c customers) Merge(ctx context.Context, from checkin.CustomerKey, into string, at time.Time) error {
	return or(c.merge, c.Customers.Merge)(ctx, from, into, at)
}

func (c customers) Bookings(ctx context.Context, key checkin.CustomerKey, after string, limit int) ([]checkin.State, error) {
	return or(c.bookings, c.Customers.Bookings)(ctx, key, after, limit)
}

func (c customers) Erase(ctx context.Context, key checkin.CustomerKey, at time.Time) error {
	return or(c.erase, c.Customers.Erase)(ctx, key, at)
}

type outbox struct {
	checkin.Outbox
	due       func(ctx context.Context, now time.Time, limit int) ([]string, error)
	claim     func(ctx context.Context, tenant, owner string, now, until time.Time, limit int) ([]checkin.Lease, error)
	delivered func(ctx context.Context, l checkin.Lease, event string) error
	release   func(context.Context, checkin.Lease, time.Time, bool) error
}

func (o outbox) Due(ctx context.Context, now time.Time, limit int) ([]string, error) {
	return or(o.due, o.Outbox.Due)(ctx, now, limit)
}

func (o outbox) Claim(ctx context.Context, tenant, owner string, now, until time.Time, limit int) ([]checkin.Lease, error) {
	return or(o.claim, o.Outbox.Claim)(ctx, tenant, owner, now, until, limit)
}

func (o outbox) Delivered(ctx context.Context, l checkin.Lease, event string) error {
	return or(o.delivered, o.Outbox.Delivered)(ctx, l, event)
}

func (o outbox) Release(ctx context.Context, l checkin.Lease, next time.Time, failed bool) error {
	return or(o.release, o.Outbox.Release)(ctx, l, next, failed)
}

// or returns the broken method if there is one.
func or[F any](broken, right F) F {
	if reflect.ValueOf(broken).IsNil() {
		return right
	}
	return broken
}

type breakage func(right checkin.Stores) checkin.Stores

func inScans(mistake func(right checkin.Scans) scans) breakage {
	return func(s checkin.Stores) checkin.Stores {
		broken := mistake(s.Scans)
		broken.Scans = s.Scans
		s.Scans = broken
		return s
	}
}

func inKeys(mistake func(right checkin.Keys) keys) breakage {
	return func(s checkin.Stores) checkin.Stores {
		broken := mistake(s.Keys)
		broken.Keys = s.Keys
		s.Keys = broken
		return s
	}
}

func inCustomers(mistake func(right checkin.Customers) customers) breakage {
	return func(s checkin.Stores) checkin.Stores {
		broken := mistake(s.Customers)
		broken.Customers = s.Customers
		s.Customers = broken
		return s
	}
}

func inOutbox(mistake func(right checkin.Outbox) outbox) breakage {
	return func(s checkin.Stores) checkin.Stores {
		broken := mistake(s.Outbox)
		broken.Outbox = s.Outbox
		s.Outbox = broken
		return s
	}
}

// mistakes are, for each clause, stores that break it.
func mistakes() map[string]map[string]breakage {
	all := map[string]map[string]breakage{}
	for _, part := range []map[string]map[string]breakage{scanMistakes, listMistakes, keyMistakes, customerMistakes, outboxMistakes, storeMistakes} {
		maps.Copy(all, part)
	}
	return all
}

func TestChecks_findEachMistakeThatAStoreMakes(t *testing.T) {
	t.Parallel()
	right, _ := checkintest.NewStores(t)
	for _, check := range checkintest.Checks() {
		broken := mistakes()[check.Name]
		require.NotEmpty(t, broken, "no store breaks the clause: %s", check.Name)
		for name, mistake := range broken {
			t.Run(check.Name+" unlike in a store that "+name, func(t *testing.T) {
				failed, _ := tbtest.Run(t, func(t testing.TB) { check.Run(t, mistake(right.Stores)) })
				require.True(t, failed)
			})
		}
	}
	require.Len(t, mistakes(), len(checkintest.Checks()), "a mistake breaks a clause that isn't there")
}
