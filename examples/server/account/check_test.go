package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, want, problem string }{
		"a plain address stays as it is":                    {text: "anna@example.org", want: "anna@example.org"},
		"white space around it goes":                        {text: " anna@example.org\n", want: "anna@example.org"},
		"the domain is lowered and the rest kept":           {text: "Anna.Ek+spel@Example.ORG", want: "Anna.Ek+spel@example.org"},
		"letters are composed":                              {text: "a\u030asa@example.org", want: "\u00e5sa@example.org"},
		"a domain may have letters of its own":              {text: "asa@\u00c5sa.se", want: "asa@\u00e5sa.se"},
		"a domain needs no dot":                             {text: "anna@localhost", want: "anna@localhost"},
		"a Kelvin sign is the letter K":                     {text: "\u212aim@example.org", want: "Kim@example.org"},
		"a dotted capital I would become another's address": {text: "m\u0130ke@example.org", problem: "malformed"},
		"nothing is no address":                             {text: "  ", problem: "required"},
		"an address has an at sign":                         {text: "anna.example.org", problem: "malformed"},
		"an address has one at sign":                        {text: "anna@b@example.org", problem: "malformed"},
		"an address has something before it":                {text: "@example.org", problem: "malformed"},
		"an address has a domain":                           {text: "anna@", problem: "malformed"},
		"no two dots follow one another":                    {text: "anna..ek@example.org", problem: "malformed"},
		"a domain doesn't end with a dot":                   {text: "anna@example.org.", problem: "malformed"},
		"a name is no part of an address":                   {text: "Anna <anna@example.org>", problem: "malformed"},
		"a list is no address":                              {text: "anna@example.org,eva@example.org", problem: "malformed"},
		"a header can't be smuggled in":                     {text: "anna@example.org\r\nBcc:eva@example.org", problem: "malformed"},
		"an invisible mark is refused":                      {text: "an\u200bna@example.org", problem: "malformed"},
		"a NUL is refused":                                  {text: "anna\x00@example.org", problem: "malformed"},
		"broken UTF-8 is refused":                           {text: "anna\xff@example.org", problem: "malformed"},
		"a local part of 64 bytes is the longest":           {text: strings.Repeat("a", 64) + "@b.se", want: strings.Repeat("a", 64) + "@b.se"},
		"a local part of 65 bytes is too long":              {text: strings.Repeat("a", 65) + "@b.se", problem: "malformed"},
		"an address of 255 bytes is too long":               {text: "a@" + strings.Repeat("b", 250) + ".se", problem: "too_long"},
		"a huge text is too long":                           {text: strings.Repeat("a", 1<<20), problem: "too_long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := account.Address(tc.text)
			require.Equal(t, tc.want, got)
			if tc.problem == "" {
				require.NoError(t, err)
				return
			}
			requireInvalid(t, err, "email", tc.problem)
		})
	}
}

func requireInvalid(t *testing.T, err error, field, problem string) {
	t.Helper()
	require.ErrorIs(t, err, account.ErrInvalid)
	var invalid *account.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, account.InvalidError{Field: field, Problem: problem}, *invalid)
}

func TestInvalidArguments(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		put := func(change func(o *account.Operator)) error {
			o := account.Operator{TenantID: w.tenant, Email: "o@example.org", Role: account.RoleHost}
			change(&o)
			_, err := w.PutOperator(ctx, o)
			return err
		}
		ensure := func(tenant, email, name, lang string) error {
			_, err := w.EnsureCustomer(ctx, tenant, email, name, lang)
			return err
		}
		request := func(tenant, email string, kind account.Kind) error {
			_, _, err := w.RequestLink(ctx, tenant, email, kind, "")
			return err
		}
		for name, tc := range map[string]struct {
			err            error
			field, problem string
		}{
			"a customer has an address":            {ensure(w.tenant, "", "", ""), "email", "required"},
			"a customer's name is one line":        {ensure(w.tenant, "a@b.se", "A\nB", ""), "name", "malformed"},
			"a customer's name ends":               {ensure(w.tenant, "a@b.se", strings.Repeat("x", 201), ""), "name", "too_long"},
			"a language is a tag":                  {ensure(w.tenant, "a@b.se", "", "sv_SE;"), "language", "malformed"},
			"a language ends":                      {ensure(w.tenant, "a@b.se", "", strings.Repeat("x", 36)), "language", "too_long"},
			"a tenant is required":                 {ensure("", "a@b.se", "", ""), "tenant", "malformed"},
			"a tenant can stand before a dot":      {ensure("a.b", "a@b.se", "", ""), "tenant", "malformed"},
			"a link is for an address":             {request(w.tenant, "nobody", account.KindCustomer), "email", "malformed"},
			"a link is for a kind of account":      {request(w.tenant, "a@b.se", "admin"), "kind", "malformed"},
			"a link is for a tenant":               {request("A", "a@b.se", account.KindCustomer), "tenant", "malformed"},
			"an operator has an address":           {put(func(o *account.Operator) { o.Email = "" }), "email", "required"},
			"an operator has a role":               {put(func(o *account.Operator) { o.Role = "root" }), "role", "malformed"},
			"an operator's venues are ids":         {put(func(o *account.Operator) { o.Venues = []string{""} }), "venues", "malformed"},
			"an operator's id is an id":            {put(func(o *account.Operator) { o.ID = "a\x00" }), "id", "malformed"},
			"an operator's venues are not endless": {put(func(o *account.Operator) { o.Venues = make([]string, 1001) }), "venues", "too_long"},
		} {
			t.Run(name, func(t *testing.T) { requireInvalid(t, tc.err, tc.field, tc.problem) })
		}
	})
}

func TestErrorsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"an argument":     {&account.InvalidError{Field: "email", Problem: "malformed"}, "account: invalid: email malformed"},
		"too many":        {&account.TooManyError{RetryAfter: 90 * time.Second}, "account: too many: try again in 1m30s"},
		"a refused link":  {account.ErrLinkExpired, "account: sign-in link refused: expired"},
		"a used-up link":  {account.ErrLinkUsed, "account: sign-in link refused: used"},
		"an unknown link": {account.ErrLinkUnknown, "account: sign-in link refused: unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.EqualError(t, tc.err, tc.want)
		})
	}
}
