package checkintest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
)

func keyRecord(tenant, id string, state checkin.KeyState) checkin.KeyRecord {
	return checkin.KeyRecord{
		TenantID: tenant, ID: id, Algorithm: checkin.HS256, SecretID: "s1", State: state, CreatedAt: noon, ChangedAt: noon,
	}
}

var keyChecks = []Check{
	{"keys are listed by creation and then by id", func(t testing.TB, s checkin.Stores) {
		tenant := newTenant()
		empty, err := s.Keys.List(t.Context(), tenant)
		require.NoError(t, err)
		require.Empty(t, empty)
		first := keyRecord(tenant, "zzzzzzzz", checkin.KeyRetired)
		first.CreatedAt = noon.Add(-time.Hour)
		for _, k := range []checkin.KeyRecord{keyRecord(tenant, "bbbbbbbb", checkin.KeyNext), keyRecord(tenant, "aaaaaaaa", checkin.KeyActive), first} {
			require.NoError(t, s.Keys.Create(t.Context(), k))
		}
		got, err := s.Keys.List(t.Context(), tenant)
		require.NoError(t, err)
		require.Len(t, got, 3)
		require.Equal(t, []string{"zzzzzzzz", "aaaaaaaa", "bbbbbbbb"}, []string{got[0].ID, got[1].ID, got[2].ID})
		want := keyRecord(tenant, "aaaaaaaa", checkin.KeyActive)
		want.CreatedAt, want.ChangedAt = micro(noon), micro(noon)
		require.Equal(t, want, got[1])
	}},
	{"a key of the same id is ErrExists and keeps the first", func(t testing.TB, s checkin.Stores) {
		tenant := newTenant()
		require.NoError(t, s.Keys.Create(t.Context(), keyRecord(tenant, "aaaaaaaa", checkin.KeyNext)))
		require.ErrorIs(t, s.Keys.Create(t.Context(), keyRecord(tenant, "aaaaaaaa", checkin.KeyVerifyOnly)), checkin.ErrExists)
		got, err := s.Keys.List(t.Context(), tenant)
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.Equal(t, checkin.KeyNext, got[0].State)
	}},
	{"of active keys made at once one is kept", func(t testing.TB, s checkin.Stores) {
		tenant := newTenant()
		names := []string{"aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd"}
		won := 0
		for _, err := range together(len(names), func(i int) error {
			return s.Keys.Create(t.Context(), keyRecord(tenant, names[i], checkin.KeyActive))
		}) {
			if err == nil {
				won++
				continue
			}
			require.ErrorIs(t, err, checkin.ErrExists)
		}
		require.Equal(t, 1, won)
		got, err := s.Keys.List(t.Context(), tenant)
		require.NoError(t, err)
		require.Len(t, got, 1)
	}},
	{"a state moves only from the state that is named", func(t testing.TB, s checkin.Stores) {
		tenant, later := newTenant(), noon.Add(time.Hour)
		require.NoError(t, s.Keys.Create(t.Context(), keyRecord(tenant, "aaaaaaaa", checkin.KeyActive)))
		err := s.Keys.SetState(t.Context(), tenant, "aaaaaaaa", checkin.KeyNext, checkin.KeyRevoked, later)
		require.ErrorIs(t, err, checkin.ErrConflict)
		err = s.Keys.SetState(t.Context(), tenant, "bbbbbbbb", checkin.KeyActive, checkin.KeyRevoked, later)
		require.ErrorIs(t, err, checkin.ErrNotFound)
		require.NoError(t, s.Keys.SetState(t.Context(), tenant, "aaaaaaaa", checkin.KeyActive, checkin.KeyVerifyOnly, later))
		got, err := s.Keys.List(t.Context(), tenant)
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.Equal(t, checkin.KeyVerifyOnly, got[0].State)
		require.Equal(t, micro(later), got[0].ChangedAt)
	}},
	{"a second key can't become active", func(t testing.TB, s checkin.Stores) {
		tenant := newTenant()
		require.NoError(t, s.Keys.Create(t.Context(), keyRecord(tenant, "aaaaaaaa", checkin.KeyActive)))
		require.NoError(t, s.Keys.Create(t.Context(), keyRecord(tenant, "bbbbbbbb", checkin.KeyNext)))
		err := s.Keys.SetState(t.Context(), tenant, "bbbbbbbb", checkin.KeyNext, checkin.KeyActive, noon)
		require.ErrorIs(t, err, checkin.ErrConflict)
	}},
}

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
