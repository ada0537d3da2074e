package checkintest

import (
	"fmt"
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
	{"a key makes the moves that it may, and any other is ErrInvalid and changes nothing", func(t testing.TB, s checkin.Stores) {
		states := []checkin.KeyState{checkin.KeyNext, checkin.KeyActive, checkin.KeyVerifyOnly, checkin.KeyRetired, checkin.KeyRevoked}
		for _, from := range states {
			for _, to := range states {
				tenant, move := newTenant(), fmt.Sprintf("from %s to %s", from, to)
				require.NoError(t, s.Keys.Create(t.Context(), keyRecord(tenant, "aaaaaaaa", from)))
				want := keyRecord(tenant, "aaaaaaaa", from)
				want.CreatedAt, want.ChangedAt = micro(noon), micro(noon)
				err := s.Keys.SetState(t.Context(), tenant, "aaaaaaaa", from, to, noon.Add(time.Hour))
				if from.MayBecome(to) {
					require.NoError(t, err, move)
					want.State, want.ChangedAt = to, micro(noon.Add(time.Hour))
				} else {
					require.ErrorIs(t, err, checkin.ErrInvalid, move)
				}
				got, err := s.Keys.List(t.Context(), tenant)
				require.NoError(t, err)
				require.Equal(t, []checkin.KeyRecord{want}, got, move)
			}
		}
	}},
}
