package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
)

func TestOneCustomerPerAddressAndTenant(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		first, err := w.EnsureCustomer(ctx, w.tenant, " Anna@Example.org", " Anna  Ek ", "sv")
		require.NoError(t, err)
		require.Equal(t, account.Customer{
			TenantID: w.tenant, ID: first.ID, Email: "Anna@example.org", Name: "Anna  Ek", Language: "sv", CreatedAt: start,
		}, first)

		w.pass(time.Hour)
		again, err := w.EnsureCustomer(ctx, w.tenant, "ANNA@example.ORG", "Somebody Else", "en")
		require.NoError(t, err)
		require.Equal(t, first, again, "who is there stays as they are")

		byEmail, err := w.CustomerByEmail(ctx, w.tenant, "aNNa@example.org")
		require.NoError(t, err)
		require.Equal(t, first, byEmail)
		byKey, err := w.Customer(ctx, first.Key())
		require.NoError(t, err)
		require.Equal(t, first, byKey)

		other := newWorld(t, w.db, w.dialect, secrets(t, "s1"))
		elsewhere := other.customer(t, "anna@example.org")
		require.NotEqual(t, first.ID, elsewhere.ID)
		_, err = w.Customer(ctx, account.Key{TenantID: w.tenant, ID: elsewhere.ID})
		require.ErrorIs(t, err, account.ErrNotFound)
		_, err = w.CustomerByEmail(ctx, w.tenant, "eva@example.org")
		require.ErrorIs(t, err, account.ErrNotFound)
	})
}

func TestFiftyAtOnceAddOneCustomer(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ids := parallel(50, func(i int) string {
			c, err := w.EnsureCustomer(t.Context(), w.tenant, "Anna@example.org", fmt.Sprint("Anna ", i), "")
			if err != nil {
				return err.Error()
			}
			return c.ID
		})
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
		require.Equal(t, 1, w.count(t, "account_customers"))
	})
}

func TestVerify(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		c := w.customer(t, "anna@example.org")
		require.Zero(t, c.VerifiedAt)
		at := start.Add(time.Minute + 1234*time.Nanosecond)
		require.NoError(t, w.Verify(t.Context(), c.Key(), at))
		require.NoError(t, w.Verify(t.Context(), c.Key(), at.Add(time.Hour)))
		got, err := w.Customer(t.Context(), c.Key())
		require.NoError(t, err)
		require.Equal(t, at.Truncate(time.Microsecond), got.VerifiedAt, "the first proof counts")

		for name, k := range map[string]account.Key{
			"an unknown id":            {TenantID: w.tenant, ID: "nobody"},
			"another tenant":           {TenantID: "other", ID: c.ID},
			"an id that no row can be": {TenantID: w.tenant, ID: "a\x00"},
		} {
			require.ErrorIs(t, w.Verify(t.Context(), k, at), account.ErrNotFound, name)
			_, err := w.UpdateCustomer(t.Context(), k, account.Profile{})
			require.ErrorIs(t, err, account.ErrNotFound, name)
			_, err = w.Customer(t.Context(), k)
			require.ErrorIs(t, err, account.ErrNotFound, name)
		}
	})
}

func TestUpdateCustomer(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		c := w.customer(t, "anna@example.org")
		got, err := w.UpdateCustomer(t.Context(), c.Key(), account.Profile{Name: "Anna Berg?", Phone: "+46 70 123 45 67", Language: "en"})
		require.NoError(t, err)
		c.Name, c.Phone, c.Language = "Anna Berg?", "+46 70 123 45 67", "en"
		require.Equal(t, c, got)
		found, err := w.SearchCustomers(t.Context(), w.tenant, "berg", 10)
		require.NoError(t, err)
		require.Equal(t, []account.Customer{c}, found)
		found, err = w.SearchCustomers(t.Context(), w.tenant, "ek", 10)
		require.NoError(t, err)
		require.Empty(t, found)
	})
}

func TestSearchCustomers(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		for email, name := range map[string]string{
			"anna@example.org": "Anna Ek", "eva@example.org": "Eva von \u00c5berg", "bo@example.org": "Bo \u00c5", "zed%@example.org": "", "ek@example.org": "Ek_a Bo",
		} {
			_, err := w.EnsureCustomer(t.Context(), w.tenant, email, name, "")
			require.NoError(t, err)
		}
		other := newWorld(t, w.db, w.dialect, secrets(t, "s1"))
		other.customer(t, "anna@example.org")
		for name, tc := range map[string]struct {
			prefix string
			limit  int
			want   string
		}{
			"an address is found by its beginning":              {"ANN", 10, "anna"},
			"a name is found by its beginning, in any case":     {"eva  VON", 10, "eva"},
			"a last name is found by its beginning":             {"\u00e5", 10, "bo eva"},
			"an address and a name are found together, by name": {"ek", 10, "anna ek"},
			"the middle of a word is not found":                 {"nna", 10, ""},
			"a per cent sign is itself":                         {"%", 10, ""},
			"an underscore is itself":                           {"ek_", 10, "ek"},
			"an empty prefix finds all, by name":                {"", 10, "zed% anna bo ek eva"},
			"a limit holds":                                     {"", 2, "zed% anna"},
			"a limit below one is one":                          {"", 0, "zed%"},
			"a limit above the most is the most":                {"", 1 << 40, "zed% anna bo ek eva"},
		} {
			t.Run(name, func(t *testing.T) {
				found, err := w.SearchCustomers(t.Context(), w.tenant, tc.prefix, tc.limit)
				require.NoError(t, err)
				var got []string
				for _, c := range found {
					got = append(got, strings.TrimSuffix(c.Email, "@example.org"))
				}
				require.Equal(t, tc.want, strings.Join(got, " "))
			})
		}
		_, err := w.SearchCustomers(t.Context(), w.tenant, "\x00", 1)
		requireInvalid(t, err, "prefix", "malformed")
	})
}

func TestANameThatAnybodyMayGiveHoldsNoLink(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		for _, name := range []string{"evil.example/x", "tel:1", "a@b", "<b>", "a>b", "a\nb", "a\x00", "a\u2028b", "a\u202eb"} {
			_, err := w.EnsureCustomer(t.Context(), w.tenant, "anna@example.org", name, "sv")
			requireInvalid(t, err, "name", "malformed")
		}
		c, err := w.EnsureCustomer(t.Context(), w.tenant, "anna@example.org", "Anna-Lena O’Neill Ek, d.y. & C", "sv")
		require.NoError(t, err)
		require.Equal(t, "Anna-Lena O’Neill Ek, d.y. & C", c.Name)
		c, err = w.EnsureCustomer(t.Context(), w.tenant, "ANNA@example.org", "Mallory", "en")
		require.NoError(t, err)
		require.Equal(t, "Anna-Lena O’Neill Ek, d.y. & C", c.Name, "whoever is there stays as they are")
	})
}
