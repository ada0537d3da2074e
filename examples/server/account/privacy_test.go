package account_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/internal/bunx"
)

// dump returns every value of every table as text.
func (w world) dump(t *testing.T) string {
	t.Helper()
	list := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if w.dialect == bunx.Postgres {
		list = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
	}
	var all strings.Builder
	tables := rows(t, w, list)
	require.Greater(t, len(tables), 8)
	for _, table := range tables {
		for _, row := range rows(t, w, "SELECT * FROM "+table) {
			fmt.Fprintln(&all, table, row)
		}
	}
	return all.String()
}

// rows returns each row as its values, joined.
func rows(t *testing.T, w world, query string) []string {
	t.Helper()
	result, err := w.db.Query(query)
	require.NoError(t, err)
	defer result.Close()
	columns, err := result.Columns()
	require.NoError(t, err)
	var all []string
	for result.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		require.NoError(t, result.Scan(values...))
		texts := make([]string, len(columns))
		for i := range values {
			texts[i] = fmt.Sprintf("%s", *values[i].(*any))
		}
		all = append(all, strings.Join(texts, " "))
	}
	require.NoError(t, result.Err())
	return all
}

func TestNothingSecretIsStored(t *testing.T) {
	alone(t, func(t *testing.T, w world) {
		w.operator(t, "olle@example.org", account.RoleOwner)
		_, cookie := w.signIn(t, "anna@example.org", account.KindCustomer)
		_, staff := w.signIn(t, "olle@example.org", account.KindOperator)
		token, ok, err := w.RequestLink(t.Context(), w.tenant, "eva@example.org", account.KindCustomer, "203.0.113.77")
		require.NoError(t, err)
		require.True(t, ok)
		_, key, err := w.CreateKey(t.Context(), w.tenant, "till", account.RoleHost, nil)
		require.NoError(t, err)
		all := w.dump(t)
		require.Contains(t, all, "anna@example.org", "the dump sees what is stored")
		require.Contains(t, all, "192.0.2.7", "the dump sees what is stored")
		for name, credential := range map[string]string{"session": cookie, "operator's session": staff, "link": token, "key": key} {
			random := credential[strings.LastIndexByte(credential, '.')+1:]
			require.Len(t, random, 26)
			require.NotContains(t, strings.ToUpper(all), random, name)
		}
		require.NotContains(t, all, "203.0.113.77", "a client is counted by a code")
	})
}

func TestMerge(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		old, cookie := w.signIn(t, "anna@old.example", account.KindCustomer)
		anna := w.customer(t, "anna@new.example")
		eva := w.customer(t, "eva@example.org")
		require.NoError(t, w.Merge(ctx, w.tenant, old.SubjectID, anna.ID))
		require.NoError(t, w.Merge(ctx, w.tenant, old.SubjectID, anna.ID))
		require.NoError(t, w.Merge(ctx, w.tenant, anna.ID, old.SubjectID), "one customer already")

		anna.VerifiedAt = start // one of the addresses is
		for name, find := range map[string]func() (account.Customer, error){
			"by the old key":     func() (account.Customer, error) { return w.Customer(ctx, old.Subject().Key()) },
			"by the new key":     func() (account.Customer, error) { return w.Customer(ctx, anna.Key()) },
			"by the old address": func() (account.Customer, error) { return w.CustomerByEmail(ctx, w.tenant, "anna@old.example") },
			"when it books": func() (account.Customer, error) {
				return w.EnsureCustomer(ctx, w.tenant, "anna@old.example", "x", "")
			},
		} {
			got, err := find()
			require.NoError(t, err, name)
			require.Equal(t, anna, got, name)
		}
		session, err := w.Lookup(ctx, w.tenant, cookie)
		require.NoError(t, err)
		require.Equal(t, anna.ID, session.SubjectID, "a session from before is the customer's")
		again, _ := w.signIn(t, "anna@old.example", account.KindCustomer)
		require.Equal(t, anna.ID, again.SubjectID)
		found, err := w.SearchCustomers(ctx, w.tenant, "anna@", 10)
		require.NoError(t, err)
		require.Equal(t, []account.Customer{anna}, found, "found once, by either address")

		require.NoError(t, w.Merge(ctx, w.tenant, anna.ID, eva.ID))
		session, err = w.Lookup(ctx, w.tenant, cookie)
		require.NoError(t, err)
		require.Equal(t, eva.ID, session.SubjectID, "merging goes on")
		require.NoError(t, w.EndSessions(ctx, session.Subject()))
		require.False(t, w.signedIn(t, cookie))

		require.ErrorIs(t, w.Merge(ctx, w.tenant, eva.ID, "nobody"), account.ErrNotFound)
		require.ErrorIs(t, w.Merge(ctx, "other", anna.ID, eva.ID), account.ErrNotFound)
		bo := w.customer(t, "bo@example.org")
		require.NoError(t, w.Erase(ctx, bo.Key()))
		require.ErrorIs(t, w.Merge(ctx, w.tenant, bo.ID, eva.ID), account.ErrNotFound)
		require.ErrorIs(t, w.Merge(ctx, w.tenant, eva.ID, bo.ID), account.ErrNotFound)
	})
}

func TestMergesAtOnceMakeOneFamily(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		var ids []string
		for i := range 6 {
			ids = append(ids, w.customer(t, fmt.Sprintf("c%d@example.org", i)).ID)
		}
		for _, err := range parallel(24, func(i int) error { return w.Merge(t.Context(), w.tenant, ids[i%6], ids[(i+1+i/6)%6]) }) {
			require.NoError(t, err)
		}
		first, err := w.Customer(t.Context(), account.Key{TenantID: w.tenant, ID: ids[0]})
		require.NoError(t, err)
		for _, id := range ids {
			c, err := w.Customer(t.Context(), account.Key{TenantID: w.tenant, ID: id})
			require.NoError(t, err)
			require.Equal(t, first.ID, c.ID)
		}
	})
}

func TestExport(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		old, _ := w.signIn(t, "anna@old.example", account.KindCustomer)
		w.signIn(t, "eva@example.org", account.KindCustomer)
		w.pass(time.Minute)
		anna := w.customer(t, "anna@new.example")
		_, err := w.UpdateCustomer(ctx, anna.Key(), account.Profile{Name: "Anna", Phone: "070", Language: "sv"})
		require.NoError(t, err)
		require.NoError(t, w.Merge(ctx, w.tenant, old.SubjectID, anna.ID))
		merged := w.now.UTC()
		expires := start.Add(15 * time.Minute)
		want := account.Export{
			ID: anna.ID,
			Addresses: []account.ExportedAddress{
				{ID: old.SubjectID, Email: "anna@old.example", VerifiedAt: &start, CreatedAt: start, MergedAt: &merged},
				{ID: anna.ID, Email: "anna@new.example", Name: "Anna", Phone: "070", Language: "sv", VerifiedAt: &start, CreatedAt: merged},
			},
			Sessions: []account.ExportedSession{{CreatedAt: start, LastSeenAt: start, ExpiresAt: start.Add(30 * 24 * time.Hour)}},
			SignIns:  []account.ExportedSignIn{{At: start, ClientAddr: "192.0.2.7", UserAgent: "Browser/1.0"}},
			Links:    []account.ExportedLink{{Email: "anna@old.example", CreatedAt: start, ExpiresAt: expires, UsedAt: &start}},
		}
		for _, id := range []string{anna.ID, old.SubjectID} {
			got, err := w.Export(ctx, account.Key{TenantID: w.tenant, ID: id})
			require.NoError(t, err)
			require.Equal(t, want, got)
		}

		bo, err := w.Export(ctx, w.customer(t, "bo@example.org").Key())
		require.NoError(t, err)
		text, err := json.Marshal(bo)
		require.NoError(t, err)
		require.Contains(t, string(text), `"sessions":[],"sign_ins":[],"links":[]`)
		_, err = w.Export(ctx, account.Key{TenantID: "other", ID: anna.ID})
		require.ErrorIs(t, err, account.ErrNotFound)
	})
}

func TestErase(t *testing.T) {
	alone(t, func(t *testing.T, w world) {
		ctx := t.Context()
		old, cookie := w.signIn(t, "anna@old.example", account.KindCustomer)
		anna, err := w.EnsureCustomer(ctx, w.tenant, "anna@new.example", "Anna Olander", "nn")
		require.NoError(t, err)
		_, err = w.UpdateCustomer(ctx, anna.Key(), account.Profile{Name: "Anna Olander", Phone: "0701234567"})
		require.NoError(t, err)
		require.NoError(t, w.Merge(ctx, w.tenant, old.SubjectID, anna.ID))
		link := w.link(t, "anna@new.example", account.KindCustomer)
		w.operator(t, "anna@new.example", account.RoleHost)
		_, staff := w.signIn(t, "anna@new.example", account.KindOperator)

		require.ErrorIs(t, w.Erase(ctx, account.Key{TenantID: "other", ID: anna.ID}), account.ErrNotFound)
		require.NoError(t, w.Erase(ctx, old.Subject().Key()), "any key of the customer will do")
		require.NoError(t, w.Erase(ctx, anna.Key()), "erasing twice is no error")

		require.False(t, w.signedIn(t, cookie))
		require.True(t, w.signedIn(t, staff), "an operator of that address is somebody else's affair")
		require.NoError(t, w.RemoveOperator(ctx, account.Key{TenantID: w.tenant, ID: operatorID(t, w)}))
		_, _, err = w.Redeem(ctx, w.tenant, link, start, "", "")
		require.ErrorIs(t, err, account.ErrLinkUnknown)
		for _, k := range []account.Key{anna.Key(), old.Subject().Key()} {
			_, err = w.Customer(ctx, k)
			require.ErrorIs(t, err, account.ErrNotFound)
			_, err = w.Export(ctx, k)
			require.ErrorIs(t, err, account.ErrNotFound)
			require.ErrorIs(t, w.Verify(ctx, k, start), account.ErrNotFound)
		}
		found, err := w.SearchCustomers(ctx, w.tenant, "", 10)
		require.NoError(t, err)
		require.Empty(t, found)
		all := strings.ToLower(w.dump(t))
		require.Contains(t, all, anna.ID, "the bare id stays")
		for _, personal := range []string{"old.example", "new.example", "olander", "0701234567"} {
			require.NotContains(t, all, personal)
		}

		// Under whichever secret, as long as it is in the list.
		rotated := newWorld(t, w.db, w.dialect, secrets(t, "s2", "s1"))
		for _, email := range []string{"anna@old.example", "ANNA@new.example"} {
			for _, s := range []*account.Service{w.Service, rotated.Service} {
				_, err = s.ImportCustomer(ctx, w.tenant, email, "Anna", "sv")
				require.ErrorIs(t, err, account.ErrErased)
			}
			_, err = w.CustomerByEmail(ctx, w.tenant, email)
			require.ErrorIs(t, err, account.ErrNotFound, "a refused import adds nobody")
		}
		elsewhere, err := w.ImportCustomer(ctx, "other", "anna@new.example", "Anna", "sv")
		require.NoError(t, err, "another tenant's customer is another matter")
		require.Equal(t, "other", elsewhere.TenantID)

		back, _ := w.signIn(t, "anna@new.example", account.KindCustomer)
		require.NotEqual(t, anna.ID, back.SubjectID, "the person comes back as somebody new")
		_, err = w.ImportCustomer(ctx, w.tenant, "anna@new.example", "Anna", "sv")
		require.ErrorIs(t, err, account.ErrErased, "and still isn't imported")
	})
}

func operatorID(t *testing.T, w world) string {
	t.Helper()
	list, err := w.Operators(t.Context(), w.tenant)
	require.NoError(t, err)
	require.Len(t, list, 1)
	return list[0].ID
}

func TestImportCustomer(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		c, err := w.ImportCustomer(t.Context(), w.tenant, "Anna@example.org", "Anna", "sv")
		require.NoError(t, err)
		again, err := w.ImportCustomer(t.Context(), w.tenant, "anna@example.org", "Other", "en")
		require.NoError(t, err)
		require.Equal(t, c, again)
	})
}

func TestErasingWhileSigningInLeavesNoSession(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		for range 10 {
			c := w.customer(t, "anna@example.org")
			token := w.link(t, "anna@example.org", account.KindCustomer)
			var session account.Session
			var cookie string
			errs := parallel(2, func(i int) (err error) {
				if i == 0 {
					return w.Erase(t.Context(), c.Key())
				}
				session, cookie, err = w.Redeem(t.Context(), w.tenant, token, start, "192.0.2.1", "")
				return err
			})
			require.NoError(t, errs[0])
			if errs[1] != nil {
				require.ErrorIs(t, errs[1], account.ErrLinkUnknown)
				require.Zero(t, w.count(t, "account_sessions"))
				continue
			}
			require.Equal(t, session.SubjectID != c.ID, w.signedIn(t, cookie), "only who came after the erasure is signed in")
			if session.SubjectID == c.ID {
				require.Zero(t, w.count(t, "account_sessions"))
				require.Zero(t, w.count(t, "account_sign_ins"))
				continue
			}
			require.NoError(t, w.Erase(t.Context(), account.Key{TenantID: w.tenant, ID: session.SubjectID}))
		}
	})
}

func TestPurge(t *testing.T) {
	alone(t, func(t *testing.T, w world) {
		other := newWorld(t, w.db, w.dialect, secrets(t, "s1"))
		for _, x := range []world{w, other} {
			_, _, err := x.RequestLink(t.Context(), x.tenant, "anna@example.org", account.KindCustomer, "192.0.2.1")
			require.NoError(t, err)
			x.signIn(t, "eva@example.org", account.KindCustomer)
		}
		for _, tc := range []struct {
			name                             string
			at                               time.Time
			links, limits, sessions, signIns int
		}{
			{"at first all is there", start, 2, 3, 1, 1},
			{"counters last an hour", start.Add(time.Hour - time.Microsecond), 2, 3, 1, 1},
			{"counters end with their hour", start.Add(time.Hour), 2, 0, 1, 1},
			{"links are known for a day after", start.Add(24*time.Hour + 15*time.Minute - time.Microsecond), 2, 0, 1, 1},
			{"links go a day after", start.Add(24*time.Hour + 15*time.Minute), 0, 0, 1, 1},
			{"sessions last thirty days", start.Add(30*24*time.Hour - time.Microsecond), 0, 0, 1, 1},
			{"sessions go with their end", start.Add(30 * 24 * time.Hour), 0, 0, 0, 1},
			{"where from is known for twelve months", start.AddDate(1, 0, 0).Add(-time.Microsecond), 0, 0, 0, 1},
			{"where from goes after twelve months", start.AddDate(1, 0, 0), 0, 0, 0, 0},
		} {
			require.NoError(t, w.Purge(t.Context(), tc.at), tc.name)
			for _, x := range []world{w, other} {
				require.Equal(t, tc.links, x.count(t, "account_links"), tc.name)
				require.Equal(t, tc.limits, x.count(t, "account_limits"), tc.name)
				require.Equal(t, tc.sessions, x.count(t, "account_sessions"), tc.name)
				require.Equal(t, tc.signIns, x.count(t, "account_sign_ins"), tc.name)
				require.Equal(t, 1, x.count(t, "account_customers"), "customers stay")
			}
		}
	})
}

func TestWhatIsKeptOfASignIn(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		for name, tc := range map[string]struct{ addr, agent, wantAddr, wantAgent string }{
			"an address without its port":      {"192.0.2.1:80", "Browser", "192.0.2.1", "Browser"},
			"an IPv6 address without its zone": {"fe80::1%eth0", "", "fe80::1", ""},
			"nothing that isn't an address":    {"unix\x00", "", "", ""},
			"a line without its breaks":        {"", "Bro\r\nwser\x00", "", "Browser"},
			"200 bytes of whole letters":       {"", strings.Repeat("x", 199) + "\u00e5", "", strings.Repeat("x", 199)},
		} {
			t.Run(name, func(t *testing.T) {
				email := strings.ReplaceAll(name, " ", ".") + "@example.org"
				token := w.link(t, email, account.KindCustomer)
				session, _, err := w.Redeem(t.Context(), w.tenant, token, start, tc.addr, tc.agent)
				require.NoError(t, err)
				e, err := w.Export(t.Context(), account.Key{TenantID: w.tenant, ID: session.SubjectID})
				require.NoError(t, err)
				require.Equal(t, []account.ExportedSignIn{{At: start, ClientAddr: tc.wantAddr, UserAgent: tc.wantAgent}}, e.SignIns)
			})
		}
	})
}
