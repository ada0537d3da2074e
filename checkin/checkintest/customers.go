package checkintest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
)

var customerChecks = []Check{
	{"a customer that was never merged resolves to itself", func(t testing.TB, s checkin.Stores) {
		id, err := s.Customers.Resolve(t.Context(), checkin.CustomerKey{TenantID: newTenant(), CustomerID: "c"})
		require.NoError(t, err)
		require.Equal(t, "c", id)
	}},
	{"merges resolve through all of their steps, in either order", func(t testing.TB, s checkin.Stores) {
		for _, order := range [][][2]string{{{"a", "b"}, {"b", "c"}}, {{"b", "c"}, {"a", "b"}}} {
			tenant := newTenant()
			for _, m := range order {
				require.NoError(t, s.Customers.Merge(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: m[0]}, m[1], noon))
			}
			for _, id := range []string{"a", "b", "c"} {
				got, err := s.Customers.Resolve(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: id})
				require.NoError(t, err)
				require.Equal(t, "c", got)
			}
		}
	}},
	{"a merge that is repeated or turned round changes nothing", func(t testing.TB, s checkin.Stores) {
		tenant := newTenant()
		for _, m := range [][2]string{{"a", "b"}, {"a", "b"}, {"b", "a"}, {"a", "a"}} {
			require.NoError(t, s.Customers.Merge(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: m[0]}, m[1], noon))
		}
		got, err := s.Customers.Resolve(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: "a"})
		require.NoError(t, err)
		require.Equal(t, "b", got)
	}},
	{"customers merged crosswise at once end as one", func(t testing.TB, s checkin.Stores) {
		tenant := newTenant()
		names := []string{"a", "b", "c", "d"}
		for _, err := range together(12, func(i int) error {
			from, into := names[i%4], names[(i+1+i/4)%4]
			return s.Customers.Merge(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: from}, into, noon)
		}) {
			require.NoError(t, err)
		}
		roots := map[string]bool{}
		for _, id := range names {
			got, err := s.Customers.Resolve(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: id})
			require.NoError(t, err)
			roots[got] = true
		}
		require.Len(t, roots, 1)
	}},
	{"a customer's bookings include those of its other names, also later ones", func(t testing.TB, s checkin.Stores) {
		tenant := newTenant()
		old := booking(tenant, "old")
		old.CustomerID = "before"
		observe(t, s, old)
		require.NoError(t, s.Customers.Merge(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: "before"}, "customer", noon))
		late := booking(tenant, "late")
		late.CustomerID = "before"
		stranger := booking(tenant, "stranger")
		stranger.CustomerID = "stranger"
		observe(t, s, late, booking(tenant, "mine"), stranger)
		for _, name := range []string{"customer", "before"} {
			key := checkin.CustomerKey{TenantID: tenant, CustomerID: name}
			page, err := s.Customers.Bookings(t.Context(), key, "", 2)
			require.NoError(t, err)
			require.Len(t, page, 2)
			rest, err := s.Customers.Bookings(t.Context(), key, page[1].Booking.ID, 2)
			require.NoError(t, err)
			require.Len(t, rest, 1)
			require.Equal(t, []string{"late", "mine", "old"}, []string{page[0].Booking.ID, page[1].Booking.ID, rest[0].Booking.ID})
		}
	}},
	{"an erased customer has no bookings any more, under no name, nor later ones", func(t testing.TB, s checkin.Stores) {
		tenant := newTenant()
		key := checkin.CustomerKey{TenantID: tenant, CustomerID: "customer"}
		b := booking(tenant, "b")
		observe(t, s, b)
		require.NoError(t, s.Customers.Merge(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: "before"}, "customer", noon))
		for range 2 {
			require.NoError(t, s.Customers.Erase(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: "before"}, noon))
		}
		state, err := s.Scans.State(t.Context(), b.Key())
		require.NoError(t, err)
		require.Empty(t, state.Booking.CustomerID)
		observe(t, s, booking(tenant, "later"))
		for _, name := range []string{"customer", "before"} {
			key.CustomerID = name
			page, err := s.Customers.Bookings(t.Context(), key, "", 10)
			require.NoError(t, err)
			require.Empty(t, page)
			_, err = s.Customers.Resolve(t.Context(), key)
			require.ErrorIs(t, err, checkin.ErrNotFound)
		}
	}},
	{"what is observed of an erased customer has no holder, under any of its names", func(t testing.TB, s checkin.Stores) {
		tenant := newTenant()
		old := booking(tenant, "old")
		observe(t, s, old)
		merge := func(from string) {
			require.NoError(t, s.Customers.Merge(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: from}, "customer", noon))
		}
		merge("before")
		require.NoError(t, s.Customers.Erase(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: "customer"}, noon))
		merge("after")
		names := []string{"customer", "before", "after"}
		for _, name := range names {
			old.Revision++
			fresh := booking(tenant, "new of "+name)
			for _, b := range []checkin.Booking{old, fresh} {
				b.CustomerID = name
				changed, err := s.Scans.Observe(t.Context(), b)
				require.NoError(t, err)
				require.True(t, changed)
				got, err := s.Scans.State(t.Context(), b.Key())
				require.NoError(t, err)
				want := stored(b)
				want.CustomerID = ""
				require.Equal(t, want, got.Booking)
			}
		}
		for _, name := range names {
			page, err := s.Customers.Bookings(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: name}, "", 10)
			require.NoError(t, err)
			require.Empty(t, page)
		}
	}},
	{"a customer merged with an erased one is erased, whichever way round", func(t testing.TB, s checkin.Stores) {
		for _, m := range [][2]string{{"customer", "gone"}, {"gone", "customer"}} {
			tenant := newTenant()
			b := booking(tenant, "b")
			observe(t, s, b)
			require.NoError(t, s.Customers.Erase(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: "gone"}, noon))
			require.NoError(t, s.Customers.Merge(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: m[0]}, m[1], noon))
			state, err := s.Scans.State(t.Context(), b.Key())
			require.NoError(t, err)
			require.Empty(t, state.Booking.CustomerID)
			_, err = s.Customers.Resolve(t.Context(), checkin.CustomerKey{TenantID: tenant, CustomerID: "customer"})
			require.ErrorIs(t, err, checkin.ErrNotFound)
		}
	}},
}
