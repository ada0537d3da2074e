package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
)

func TestPutOperator(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		o, err := w.PutOperator(ctx, account.Operator{
			TenantID: w.tenant, ID: "op-1", Email: "Olle@Example.org", Name: " Olle ", Role: account.RoleManager, Venues: []string{"b", "a", "b"},
		})
		require.NoError(t, err)
		require.Equal(t, account.Operator{
			TenantID: w.tenant, ID: "op-1", Email: "Olle@example.org", Name: "Olle", Role: account.RoleManager, Venues: []string{"a", "b"},
			CreatedAt: start,
		}, o)

		w.pass(time.Hour)
		again, err := w.PutOperator(ctx, account.Operator{
			TenantID: w.tenant, ID: "op-2", Email: "olle@example.org", Name: "Olof", Role: account.RoleOwner, Venues: []string{"a"},
		})
		require.NoError(t, err)
		require.Equal(t, account.Operator{
			TenantID: w.tenant, ID: "op-1", Email: "olle@example.org", Name: "Olof", Role: account.RoleOwner, CreatedAt: start,
		}, again, "the address tells who it is; an owner has no list of venues")

		_, err = w.PutOperator(ctx, account.Operator{TenantID: w.tenant, ID: "op-1", Email: "eva@example.org", Role: account.RoleHost})
		require.ErrorIs(t, err, account.ErrExists)

		eva := w.operator(t, "eva@example.org", account.RoleHost)
		list, err := w.Operators(ctx, w.tenant)
		require.NoError(t, err)
		require.Equal(t, []account.Operator{eva, again}, list)
		got, err := w.Operator(ctx, eva.Key())
		require.NoError(t, err)
		require.Equal(t, eva, got)
		_, err = w.Operator(ctx, account.Key{TenantID: "other", ID: eva.ID})
		require.ErrorIs(t, err, account.ErrNotFound)
		list, err = w.Operators(ctx, "other")
		require.NoError(t, err)
		require.Empty(t, list)
	})
}

func TestTwentyAtOnceAddOneOperator(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ids := parallel(20, func(int) string {
			o, err := w.PutOperator(t.Context(), account.Operator{TenantID: w.tenant, Email: "olle@example.org", Role: account.RoleHost})
			if err != nil {
				return err.Error()
			}
			return o.ID
		})
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
	})
}

func TestAChangeOfRoleEndsSessions(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		for name, tc := range map[string]struct {
			change func(o account.Operator) error
			lasts  bool
		}{
			"another role": {func(o account.Operator) error {
				return w.SetRole(ctx, o.Key(), account.RoleManager, []string{"a", "b"})
			}, false},
			"another venue": {func(o account.Operator) error {
				return w.SetRole(ctx, o.Key(), account.RoleHost, []string{"a"})
			}, false},
			"the same, in another order": {func(o account.Operator) error {
				return w.SetRole(ctx, o.Key(), account.RoleHost, []string{"b", "a"})
			}, true},
			"another role, put": {func(o account.Operator) error {
				o.Role = account.RoleSupport
				_, err := w.PutOperator(ctx, o)
				return err
			}, false},
			"another name, put": {func(o account.Operator) error {
				o.Name = "Olof"
				_, err := w.PutOperator(ctx, o)
				return err
			}, true},
			"removal": {func(o account.Operator) error { return w.RemoveOperator(ctx, o.Key()) }, false},
			"a role that isn't one": {func(o account.Operator) error {
				requireInvalid(t, w.SetRole(ctx, o.Key(), "root", nil), "role", "malformed")
				return nil
			}, true},
		} {
			t.Run(name, func(t *testing.T) {
				o := w.operator(t, "olle@example.org", account.RoleHost, "a", "b")
				_, mine := w.signIn(t, "olle@example.org", account.KindOperator)
				w.operator(t, "eva@example.org", account.RoleHost, "a", "b")
				_, evas := w.signIn(t, "eva@example.org", account.KindOperator)
				require.NoError(t, tc.change(o))
				require.Equal(t, tc.lasts, w.signedIn(t, mine))
				require.True(t, w.signedIn(t, evas))
			})
		}
		require.ErrorIs(t, w.SetRole(ctx, account.Key{TenantID: w.tenant, ID: "nobody"}, account.RoleHost, nil), account.ErrNotFound)
		o := w.operator(t, "olle@example.org", account.RoleHost)
		require.ErrorIs(t, w.SetRole(ctx, account.Key{TenantID: "other", ID: o.ID}, account.RoleOwner, nil), account.ErrNotFound)
		require.NoError(t, w.RemoveOperator(ctx, account.Key{TenantID: "other", ID: o.ID}))
		_, err := w.Operator(ctx, o.Key())
		require.NoError(t, err)
	})
}

func TestARoleAndItsSessionsChangeTogether(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		o := w.operator(t, "olle@example.org", account.RoleOwner)
		_, cookie := w.signIn(t, "olle@example.org", account.KindOperator)
		tx, err := w.db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		require.NoError(t, w.WithTx(tx).SetRole(t.Context(), o.Key(), account.RoleHost, nil))
		require.NoError(t, tx.Rollback())
		session, err := w.Lookup(t.Context(), w.tenant, cookie)
		require.NoError(t, err)
		require.Equal(t, account.RoleOwner, session.Role)
	})
}
