package portaltest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/tbtest"
	"github.com/petanque-life/venuekit/portal"
	"github.com/petanque-life/venuekit/portal/portaltest"
)

func TestBookings(t *testing.T) {
	t.Parallel()
	portaltest.TestBookings(t, func(testing.TB) portaltest.Harness { return over(portaltest.NewBookings(), nil) })
}

// over is a harness over a source, which may stand before the one in memory.
func over(memory *portaltest.Bookings, source portal.Bookings) portaltest.Harness {
	if source == nil {
		source = memory
	}
	return portaltest.Harness{
		Bookings: source,
		Put: func(_ testing.TB, owner portal.CustomerKey, b portal.Booking) portal.Booking {
			return memory.Put(owner, b)
		},
		PutUnverified: func(_ testing.TB, owner portal.CustomerKey, b portal.Booking) portal.Booking {
			memory.Put(hidden(owner), b)
			return b
		},
	}
}

func TestEachCheckFindsTheSourcesThatBreakIt(t *testing.T) {
	t.Parallel()
	caught := map[string]bool{}
	for _, broken := range brokenSources {
		t.Run(broken.name, func(t *testing.T) {
			var failed []string
			for _, c := range portaltest.Checks() {
				memory := portaltest.NewBookings()
				if !passes(t, c, over(memory, broken.over(memory))) {
					failed = append(failed, c.Name)
					caught[c.Name] = true
				}
			}
			require.NotEmpty(t, failed, "no check found that a source %s", broken.name)
		})
	}
	for _, c := range portaltest.Checks() {
		require.True(t, caught[c.Name], "no broken source fails the check %q", c.Name)
	}
}

func TestAHarnessMustBeWhole(t *testing.T) {
	t.Parallel()
	for _, c := range portaltest.Checks() {
		require.False(t, passes(t, c, portaltest.Harness{}), c.Name)
		require.False(t, passes(t, c, portaltest.Harness{Bookings: portaltest.NewBookings()}), c.Name)
	}
}

func TestAHarnessMayMakeItsOwnIDsAndCustomers(t *testing.T) {
	t.Parallel()
	portaltest.TestBookings(t, func(testing.TB) portaltest.Harness {
		memory := portaltest.NewBookings()
		var bookings, customers int
		return portaltest.Harness{
			Bookings: memory,
			Put: func(_ testing.TB, owner portal.CustomerKey, b portal.Booking) portal.Booking {
				bookings++
				b.ID, b.Venue.Name, b.Package, b.PartySize = fmt.Sprint(1000+bookings), "The only venue", nil, 2
				return memory.Put(owner, b)
			},
			NewCustomer: func(_ testing.TB, tenant int) portal.CustomerKey {
				customers++
				return portal.CustomerKey{TenantID: fmt.Sprint(tenant), CustomerID: fmt.Sprint(customers)}
			},
		}
	})
}

func passes(t *testing.T, c portaltest.Check, h portaltest.Harness) bool {
	t.Helper()
	failed, _ := tbtest.Run(t, func(t testing.TB) { c.Run(t, h) })
	return !failed
}
