package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
)

func TestAPIKeys(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		key, text, err := w.CreateKey(ctx, w.tenant, "till", account.RoleHost, []string{"b", "a"})
		require.NoError(t, err)
		require.Regexp(t, `^vk_`+w.tenant+`\.[A-Z2-7]{26}$`, text)
		require.Equal(t, account.APIKey{
			TenantID: w.tenant, ID: key.ID, Name: "till", Role: account.RoleHost, Venues: []string{"a", "b"}, CreatedAt: start,
		}, key)
		require.True(t, key.Can(account.CheckinScan))
		require.False(t, key.Can(account.RulesWrite))
		got, err := w.LookupKey(ctx, w.tenant, text)
		require.NoError(t, err)
		require.Equal(t, key, got)

		_, cookie := w.signIn(t, "anna@example.org", account.KindCustomer)
		other := newWorld(t, w.db, w.dialect, secrets(t, "s1"))
		random := text[strings.LastIndexByte(text, '.'):]
		for name, tc := range map[string]struct{ tenant, text string }{
			"another tenant's key":    {other.tenant, text},
			"another tenant in front": {other.tenant, "vk_" + other.tenant + random},
			"no tenant":               {"", "vk_" + random},
			"no prefix":               {w.tenant, strings.TrimPrefix(text, "vk_")},
			"another random part":     {w.tenant, "vk_" + w.tenant + "." + strings.Repeat("A", 26)},
			"nothing":                 {w.tenant, ""},
			"a session":               {w.tenant, cookie},
			"a session with a prefix": {w.tenant, "vk_" + cookie},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := w.LookupKey(t.Context(), tc.tenant, tc.text)
				require.ErrorIs(t, err, account.ErrNoKey)
			})
		}

		require.ErrorIs(t, w.RevokeKey(ctx, account.Key{TenantID: other.tenant, ID: key.ID}), account.ErrNotFound)
		w.pass(time.Hour)
		require.NoError(t, w.RevokeKey(ctx, key.Key()))
		w.pass(time.Hour)
		require.NoError(t, w.RevokeKey(ctx, key.Key()))
		_, err = w.LookupKey(ctx, w.tenant, text)
		require.ErrorIs(t, err, account.ErrNoKey)

		second, _, err := w.CreateKey(ctx, w.tenant, "office", account.RoleOwner, []string{"a"})
		require.NoError(t, err)
		require.Empty(t, second.Venues)
		key.RevokedAt = start.Add(time.Hour)
		keys, err := w.Keys(ctx, w.tenant)
		require.NoError(t, err)
		require.Equal(t, []account.APIKey{key, second}, keys)
		require.False(t, keys[0].Can(account.CheckinScan))

		_, _, err = w.CreateKey(ctx, w.tenant, " ", account.RoleHost, nil)
		requireInvalid(t, err, "name", "required")
		_, _, err = w.CreateKey(ctx, w.tenant, "till", "root", nil)
		requireInvalid(t, err, "role", "malformed")
		_, _, err = w.CreateKey(ctx, "A.B", "till", account.RoleHost, nil)
		requireInvalid(t, err, "tenant", "malformed")
	})
}
