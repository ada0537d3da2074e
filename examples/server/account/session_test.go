package account_test

import (
	"context"
	"database/sql"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

func TestSessionsThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		other := newWorld(t, w.db, w.dialect, secrets(t, "s1"))
		_, cookie := w.signIn(t, "anna@example.org", account.KindCustomer)
		token := w.link(t, "anna@example.org", account.KindCustomer)
		_, key, err := w.CreateKey(t.Context(), w.tenant, "till", account.RoleHost, nil)
		require.NoError(t, err)
		require.True(t, w.signedIn(t, cookie))
		random := strings.TrimPrefix(cookie, w.tenant+".")
		for name, tc := range map[string]struct{ tenant, cookie string }{
			"another tenant's session":   {other.tenant, cookie},
			"another tenant in front":    {other.tenant, other.tenant + "." + random},
			"another random part":        {w.tenant, w.tenant + "." + strings.Repeat("A", 26)},
			"no cookie":                  {w.tenant, ""},
			"no tenant":                  {"", "." + random},
			"a part of a cookie":         {w.tenant, cookie[:len(cookie)-1]},
			"a cookie with more behind":  {w.tenant, cookie + "; x"},
			"a sign-in link":             {w.tenant, token},
			"an API key":                 {w.tenant, key},
			"an API key without its tag": {w.tenant, strings.TrimPrefix(key, "vk_")},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := w.Lookup(t.Context(), tc.tenant, tc.cookie)
				require.ErrorIs(t, err, account.ErrNoSession)
				require.NoError(t, w.SignOut(t.Context(), tc.tenant, tc.cookie))
				require.True(t, w.signedIn(t, cookie), "signing that out ends no session")
			})
		}
		require.NoError(t, w.SignOut(t.Context(), w.tenant, cookie))
		require.False(t, w.signedIn(t, cookie))
		require.NoError(t, w.SignOut(t.Context(), w.tenant, cookie))
	})
}

func TestHowLongSessionsLast(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.operator(t, "olle@example.org", account.RoleHost)
		for name, tc := range map[string]struct {
			kind    account.Kind
			unused  time.Duration // the last use after signing in
			every   time.Duration // how often it is used until then
			asked   time.Duration // after signing in
			present bool
		}{
			"an unused customer's session lasts 14 days": {account.KindCustomer, 0, 1, 14*24*time.Hour - time.Microsecond, true},
			"and not longer":                                {account.KindCustomer, 0, 1, 14 * 24 * time.Hour, false},
			"a used one lasts 30 days":                      {account.KindCustomer, 29 * 24 * time.Hour, 24 * time.Hour, 30*24*time.Hour - time.Microsecond, true},
			"and not any longer":                            {account.KindCustomer, 29 * 24 * time.Hour, 24 * time.Hour, 30 * 24 * time.Hour, false},
			"an unused operator's session lasts four hours": {account.KindOperator, 0, 1, 4*time.Hour - time.Microsecond, true},
			"and no longer":                                 {account.KindOperator, 0, 1, 4 * time.Hour, false},
			"a used one lasts twelve":                       {account.KindOperator, 11 * time.Hour, time.Hour, 12*time.Hour - time.Microsecond, true},
			"and no more":                                   {account.KindOperator, 11 * time.Hour, time.Hour, 12 * time.Hour, false},
		} {
			t.Run(name, func(t *testing.T) {
				*w.now = start
				_, cookie := w.signIn(t, "olle@example.org", tc.kind)
				for after := tc.every; after <= tc.unused; after += tc.every {
					*w.now = start.Add(after)
					require.True(t, w.signedIn(t, cookie))
				}
				*w.now = start.Add(tc.asked)
				require.Equal(t, tc.present, w.signedIn(t, cookie))
			})
		}
	})
}

// counted counts the statements that run in a transaction.
type counted struct {
	*sql.Tx
	queries, execs *atomic.Int64
}

func (c counted) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	c.queries.Add(1)
	return c.Tx.QueryContext(ctx, query, args...)
}

func (c counted) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	c.execs.Add(1)
	return c.Tx.ExecContext(ctx, query, args...)
}

func TestLookupIsPreparedUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	db := dbtest.Open(t, bunx.Postgres) // whose connections nobody else has used
	require.NoError(t, account.Migrate(t.Context(), db, bunx.Postgres))
	w := newWorld(t, db, bunx.Postgres, secrets(t, "s1"))
	prepares := w.Service
	plain, err := account.New(db, bunx.Postgres, account.Config{Secrets: secrets(t, "s1"), NoPrepare: true, Now: func() time.Time { return start }})
	require.NoError(t, err)
	w.Service = plain
	_, cookie := w.signIn(t, "anna@example.org", account.KindCustomer)
	tx, err := db.BeginTx(t.Context(), nil) // one connection
	require.NoError(t, err)
	defer func() { _ = tx.Rollback() }()
	for _, c := range []struct {
		service  *account.Service
		prepared int
	}{{plain, 0}, {prepares, 1}, {prepares, 1}, {plain, 1}} {
		session, err := c.service.WithTx(tx).Lookup(t.Context(), w.tenant, cookie)
		require.NoError(t, err)
		require.Equal(t, "anna@example.org", session.Email)
		var n int
		require.NoError(t, tx.QueryRowContext(t.Context(),
			"SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM account_sessions AS s%'").Scan(&n))
		require.Equal(t, c.prepared, n)
	}
}

func TestLookupIsOneQuery(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.operator(t, "olle@example.org", account.RoleManager, "north")
		_, customers := w.signIn(t, "anna@example.org", account.KindCustomer)
		_, operators := w.signIn(t, "olle@example.org", account.KindOperator)
		tx, err := w.db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer func() { _ = tx.Rollback() }()
		var queries, execs atomic.Int64
		service := w.WithTx(counted{tx, &queries, &execs})
		for name, tc := range map[string]struct {
			cookie         string
			after          time.Duration
			queries, execs int64
			seen           time.Duration
		}{
			"a customer within five minutes of the last use": {customers, 5*time.Minute - time.Microsecond, 1, 0, 0},
			"an operator within five minutes":                {operators, 5*time.Minute - time.Microsecond, 1, 0, 0},
			"what can't be a session":                        {customers[1:], 0, 0, 0, 0},
		} {
			t.Run(name, func(t *testing.T) {
				queries.Store(0)
				execs.Store(0)
				*w.now = start.Add(tc.after)
				session, err := service.Lookup(t.Context(), w.tenant, tc.cookie)
				require.Equal(t, tc.queries, queries.Load())
				require.Equal(t, tc.execs, execs.Load())
				if err == nil {
					require.Equal(t, start.Add(tc.seen), session.LastSeenAt)
				}
			})
		}
		*w.now = start.Add(5 * time.Minute)
		for i, execsWanted := range []int64{1, 0} {
			execs.Store(0)
			session, err := service.Lookup(t.Context(), w.tenant, customers)
			require.NoError(t, err)
			require.Equal(t, execsWanted, execs.Load(), "lookup %d at five minutes", i+1)
			require.Equal(t, *w.now, session.LastSeenAt)
		}
	})
}

func TestEndSessions(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.operator(t, "anna@example.org", account.RoleOwner)
		first, one := w.signIn(t, "anna@example.org", account.KindCustomer)
		_, two := w.signIn(t, "anna@example.org", account.KindCustomer)
		_, evas := w.signIn(t, "eva@example.org", account.KindCustomer)
		staff, operators := w.signIn(t, "anna@example.org", account.KindOperator)
		other := first.Subject()
		other.TenantID = "other"
		require.NoError(t, w.EndSessions(t.Context(), other))
		require.True(t, w.signedIn(t, one))
		require.NoError(t, w.EndSessions(t.Context(), first.Subject()))
		require.False(t, w.signedIn(t, one))
		require.False(t, w.signedIn(t, two))
		require.True(t, w.signedIn(t, evas))
		require.True(t, w.signedIn(t, operators))
		require.NoError(t, w.EndSessions(t.Context(), staff.Subject()))
		require.False(t, w.signedIn(t, operators))
	})
}

func TestACustomerHasNoPermissions(t *testing.T) {
	t.Parallel()
	require.False(t, account.Session{Kind: account.KindCustomer, Role: account.RoleOwner}.Can(account.CheckinScan))
	require.True(t, account.Session{Kind: account.KindOperator, Role: account.RoleOwner}.Can(account.CheckinScan))
}
