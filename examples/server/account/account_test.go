package account_test

import (
	"context"
	"database/sql"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
	"github.com/petanque-life/venuekit/internal/secret"
)

var start = time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)

// world is a service on a database, with a tenant of its own and a clock.
type world struct {
	*account.Service
	db      *sql.DB
	dialect bunx.Dialect
	tenant  string
	now     *time.Time // not to be moved while goroutines run
}

func (w world) pass(d time.Duration) { *w.now = w.now.Add(d) }

func secrets(t *testing.T, ids ...string) *secret.Secrets {
	t.Helper()
	var list []secret.Secret
	for _, id := range ids {
		list = append(list, secret.Secret{ID: id, Key: []byte("a key for tests of 32 bytes, " + id + "----")})
	}
	s, err := secret.New(list...)
	require.NoError(t, err)
	return s
}

// newWorld makes a service over db with the given secrets.
func newWorld(t *testing.T, db *sql.DB, d bunx.Dialect, s *secret.Secrets) world {
	t.Helper()
	now := start
	service, err := account.New(db, d, account.Config{
		Secrets: s, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	return world{service, db, d, dbtest.Tenant(t), &now}
}

// each runs f on both databases, shared with the other tests.
func each(t *testing.T, f func(t *testing.T, w world)) {
	t.Helper()
	t.Parallel()
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			db := dbtest.Shared(t, d, "account", func(ctx context.Context, db *sql.DB) error { return account.Migrate(ctx, db, d) })
			f(t, newWorld(t, db, d, secrets(t, "s1")))
		})
	}
}

// alone is each with a database that no other test sees.
func alone(t *testing.T, f func(t *testing.T, w world)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		require.NoError(t, account.Migrate(t.Context(), db, d))
		f(t, newWorld(t, db, d, secrets(t, "s1")))
	})
}

// parallel runs f n times at once and returns what each returned.
func parallel[T any](n int, f func(i int) T) []T {
	results := make([]T, n)
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-begin
			results[i] = f(i)
		})
	}
	close(begin)
	wg.Wait()
	return results
}

// count returns the number of the tenant's rows in a table.
func (w world) count(t *testing.T, table string) int {
	t.Helper()
	var n int
	require.NoError(t, w.db.QueryRow("SELECT count(*) FROM "+table+" WHERE tenant_id = '"+w.tenant+"'").Scan(&n))
	return n
}

func (w world) customer(t *testing.T, email string) account.Customer {
	t.Helper()
	c, err := w.EnsureCustomer(t.Context(), w.tenant, email, "Anna Ek", "sv")
	require.NoError(t, err)
	return c
}

func (w world) operator(t *testing.T, email string, role account.Role, venues ...string) account.Operator {
	t.Helper()
	o, err := w.PutOperator(t.Context(), account.Operator{TenantID: w.tenant, Email: email, Name: "Olle", Role: role, Venues: venues})
	require.NoError(t, err)
	return o
}

func (w world) link(t *testing.T, email string, kind account.Kind) string {
	t.Helper()
	token, err := w.IssueLink(t.Context(), w.tenant, email, kind)
	require.NoError(t, err)
	return token
}

func (w world) signIn(t *testing.T, email string, kind account.Kind) (account.Session, string) {
	t.Helper()
	session, cookie, err := w.Redeem(t.Context(), w.tenant, w.link(t, email, kind), *w.now, "192.0.2.7:4711", "Browser/1.0")
	require.NoError(t, err)
	return session, cookie
}

func (w world) signedIn(t *testing.T, cookie string) bool {
	t.Helper()
	_, err := w.Lookup(t.Context(), w.tenant, cookie)
	if err != nil {
		require.ErrorIs(t, err, account.ErrNoSession)
	}
	return err == nil
}

func TestMigrations(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		require.ErrorIs(t, account.CheckSchema(t.Context(), db, d), bunx.ErrSchema)
		for _, err := range parallel(4, func(int) error { return account.Migrate(context.Background(), db, d) }) {
			require.NoError(t, err)
		}
		require.NoError(t, account.CheckSchema(t.Context(), db, d))
	})
}

func TestNewWantsSecrets(t *testing.T) {
	t.Parallel()
	_, err := account.New(dbtest.Open(t, bunx.SQLite), bunx.SQLite, account.Config{})
	require.EqualError(t, err, "account: no secrets")
}

func TestJoiningATransaction(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		tx, err := w.db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		joined := w.WithTx(tx)
		c, err := joined.EnsureCustomer(t.Context(), w.tenant, "what?@example.org", "Who ?0", "sv")
		require.NoError(t, err)
		token, err := joined.IssueLink(t.Context(), w.tenant, c.Email, account.KindCustomer)
		require.NoError(t, err)
		_, _, err = joined.Redeem(t.Context(), w.tenant, token, start, "", "")
		require.NoError(t, err)
		_, _, err = joined.Redeem(t.Context(), w.tenant, token, start, "", "")
		require.ErrorIs(t, err, account.ErrLinkUsed)
		got, err := joined.Customer(t.Context(), c.Key())
		require.NoError(t, err, "the transaction is usable after a refusal")
		require.Equal(t, "Who ?0", got.Name)
		require.NoError(t, tx.Rollback())

		for _, table := range []string{"account_customers", "account_links", "account_sessions", "account_sign_ins"} {
			require.Zero(t, w.count(t, table), table)
		}
	})
}
