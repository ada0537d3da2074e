package account_test

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/internal/bunx"
)

func TestACustomersLink(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		token, ok, err := w.RequestLink(ctx, w.tenant, "Anna@Example.org", account.KindCustomer, "192.0.2.1:80")
		require.NoError(t, err)
		require.True(t, ok, "any address signs in")
		require.Regexp(t, `^`+w.tenant+`\.[A-Z2-7]{26}$`, token)
		require.Zero(t, w.count(t, "account_customers"), "asking adds nobody")

		for range 2 {
			email, kind, err := w.Peek(ctx, w.tenant, token)
			require.NoError(t, err, "looking uses nothing up")
			require.Equal(t, "Anna@example.org", email)
			require.Equal(t, account.KindCustomer, kind)
		}

		w.pass(time.Minute)
		session, cookie, err := w.Redeem(ctx, w.tenant, token, *w.now, "[2001:db8::1]:443", "Browser/1.0")
		require.NoError(t, err)
		require.NotEqual(t, token, cookie)
		c, err := w.CustomerByEmail(ctx, w.tenant, "anna@example.org")
		require.NoError(t, err)
		require.Equal(t, start.Add(time.Minute), c.VerifiedAt)
		require.Equal(t, account.Session{
			TenantID: w.tenant, ID: session.ID, Kind: account.KindCustomer, SubjectID: c.ID, Email: "Anna@example.org",
			VerifiedAt: c.VerifiedAt, CreatedAt: *w.now, LastSeenAt: *w.now, ExpiresAt: w.now.Add(30 * 24 * time.Hour),
		}, session)

		_, _, err = w.Redeem(ctx, w.tenant, token, *w.now, "", "")
		require.ErrorIs(t, err, account.ErrLinkUsed)
		_, _, err = w.Peek(ctx, w.tenant, token)
		require.ErrorIs(t, err, account.ErrLinkUsed)

		w.pass(time.Hour)
		again, _ := w.signIn(t, "anna@example.org", account.KindCustomer)
		require.Equal(t, c.ID, again.SubjectID)
		require.Equal(t, c.VerifiedAt, again.VerifiedAt, "the first proof counts")
	})
}

func TestAnOperatorsLink(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		token, ok, err := w.RequestLink(ctx, w.tenant, "olle@example.org", account.KindOperator, "192.0.2.1")
		require.NoError(t, err, "a stranger gets the same answer")
		require.False(t, ok)
		require.Empty(t, token)
		require.Equal(t, 1, w.count(t, "account_links"), "and costs the same work")
		_, err = w.IssueLink(ctx, w.tenant, "olle@example.org", account.KindOperator)
		require.ErrorIs(t, err, account.ErrNotFound, "those who run the server are told")

		o := w.operator(t, "olle@example.org", account.RoleHost, "north", "north", "harbour")
		token, ok, err = w.RequestLink(ctx, w.tenant, "OLLE@example.org", account.KindOperator, "192.0.2.1")
		require.NoError(t, err)
		require.True(t, ok)
		_, kind, err := w.Peek(ctx, w.tenant, token)
		require.NoError(t, err)
		require.Equal(t, account.KindOperator, kind)
		session, _, err := w.Redeem(ctx, w.tenant, token, *w.now, "", "")
		require.NoError(t, err)
		require.Equal(t, account.Session{
			TenantID: w.tenant, ID: session.ID, Kind: account.KindOperator, SubjectID: o.ID, Email: "olle@example.org", Name: "Olle",
			Role: account.RoleHost, Venues: []string{"harbour", "north"}, CreatedAt: start, LastSeenAt: start,
			ExpiresAt: start.Add(12 * time.Hour),
		}, session)
		require.True(t, session.Can(account.CheckinScan))
		require.Zero(t, w.count(t, "account_customers"), "an operator is no customer")
	})
}

func TestLinksThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		other := newWorld(t, w.db, w.dialect, secrets(t, "s1"))
		token := w.link(t, "anna@example.org", account.KindCustomer)
		random := strings.TrimPrefix(token, w.tenant+".")
		_, cookie := w.signIn(t, "eva@example.org", account.KindCustomer)
		for name, tc := range map[string]struct {
			tenant, token string
			after         time.Duration
			want          error
		}{
			"another tenant's link is unknown":                {other.tenant, token, 0, account.ErrLinkUnknown},
			"another tenant in front doesn't help":            {other.tenant, other.tenant + "." + random, 0, account.ErrLinkUnknown},
			"another random part is unknown":                  {w.tenant, w.tenant + "." + strings.Repeat("A", 26), 0, account.ErrLinkUnknown},
			"a random part in lower case is another":          {w.tenant, strings.ToLower(token), 0, account.ErrLinkUnknown},
			"a part of a link is unknown":                     {w.tenant, token[:len(token)-1], 0, account.ErrLinkUnknown},
			"a link with more behind it is unknown":           {w.tenant, token + "A", 0, account.ErrLinkUnknown},
			"nothing is unknown":                              {w.tenant, "", 0, account.ErrLinkUnknown},
			"no tenant has no links":                          {"", "." + random, 0, account.ErrLinkUnknown},
			"a NUL is unknown":                                {w.tenant, w.tenant + "." + strings.Repeat("\x00", 26), 0, account.ErrLinkUnknown},
			"a session is no link":                            {w.tenant, cookie, 0, account.ErrLinkUnknown},
			"a link has expired at the end of its life":       {w.tenant, token, 15 * time.Minute, account.ErrLinkExpired},
			"a fraction that is not kept makes no difference": {w.tenant, token, 15*time.Minute + 1, account.ErrLinkExpired},
		} {
			t.Run(name, func(t *testing.T) {
				_, _, err := w.Redeem(t.Context(), tc.tenant, tc.token, start.Add(tc.after), "", "")
				require.ErrorIs(t, err, tc.want)
				require.ErrorIs(t, err, account.ErrLink)
				*w.now = start.Add(tc.after)
				_, _, err = w.Peek(t.Context(), tc.tenant, tc.token)
				require.ErrorIs(t, err, tc.want)
				*w.now = start
			})
		}
		_, _, err := w.Redeem(t.Context(), w.tenant, token, start.Add(15*time.Minute-time.Microsecond), "", "")
		require.NoError(t, err, "a link is good until the end of its life")
		_, _, err = w.Redeem(t.Context(), w.tenant, token, start.Add(time.Hour), "", "")
		require.ErrorIs(t, err, account.ErrLinkUsed, "a used link stays used when it expires")
	})
}

func TestTheNewestLinkOnly(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.operator(t, "anna@example.org", account.RoleOwner)
		older := w.link(t, "anna@example.org", account.KindCustomer)
		operators := w.link(t, "anna@example.org", account.KindOperator)
		newer := w.link(t, "Anna@example.org", account.KindCustomer)
		_, _, err := w.Redeem(t.Context(), w.tenant, older, start, "", "")
		require.ErrorIs(t, err, account.ErrLinkUnknown)
		_, _, err = w.Redeem(t.Context(), w.tenant, newer, start, "", "")
		require.NoError(t, err)
		session, _, err := w.Redeem(t.Context(), w.tenant, operators, start, "", "")
		require.NoError(t, err, "the other kind's link of the address lives")
		require.Equal(t, account.KindOperator, session.Kind)
		third := w.link(t, "anna@example.org", account.KindCustomer)
		_, _, err = w.Redeem(t.Context(), w.tenant, third, start, "", "")
		require.NoError(t, err, "a link after a used one is good")
	})
}

func TestARemovedOperatorsLinkIsUnknown(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		o := w.operator(t, "olle@example.org", account.RoleHost)
		token := w.link(t, o.Email, account.KindOperator)
		require.NoError(t, w.RemoveOperator(t.Context(), o.Key()))
		_, _, err := w.Redeem(t.Context(), w.tenant, token, start, "", "")
		require.ErrorIs(t, err, account.ErrLinkUnknown)
	})
}

func TestFiftyRedeemsOfALinkMakeOneSession(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		token := w.link(t, "anna@example.org", account.KindCustomer)
		cookies := make([]string, 50)
		errs := parallel(50, func(i int) (err error) {
			_, cookies[i], err = w.Redeem(t.Context(), w.tenant, token, start, "192.0.2.1", "Browser")
			return err
		})
		good := 0
		for i, err := range errs {
			if err == nil {
				good++
				require.True(t, w.signedIn(t, cookies[i]))
				continue
			}
			require.ErrorIs(t, err, account.ErrLinkUsed)
			require.Empty(t, cookies[i])
		}
		require.Equal(t, 1, good)
		require.Equal(t, 1, w.count(t, "account_sessions"))
		require.Equal(t, 1, w.count(t, "account_customers"))
		require.Equal(t, 1, w.count(t, "account_sign_ins"))
	})
}

func TestFiftyRequestsLeaveOneLink(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		tokens := parallel(50, func(int) string {
			token, err := w.IssueLink(t.Context(), w.tenant, "anna@example.org", account.KindCustomer)
			if err != nil {
				return err.Error()
			}
			return token
		})
		good := 0
		for _, token := range tokens {
			if _, _, err := w.Peek(t.Context(), w.tenant, token); err == nil {
				good++
			} else {
				require.ErrorIs(t, err, account.ErrLinkUnknown)
			}
		}
		require.Equal(t, 1, good)
	})
}

func TestLimitPerAddressAndClient(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		for name, tc := range map[string]struct {
			email string
			kind  account.Kind
		}{
			"a customer's address":           {"anna@example.org", account.KindCustomer},
			"a stranger's, asking as staff":  {"eva@example.org", account.KindOperator},
			"an address by its other kind":   {"anna@example.org", account.KindOperator},
			"an address that differs by dot": {"an.na@example.org", account.KindCustomer},
		} {
			t.Run(name, func(t *testing.T) {
				*w.now = start
				client := fmt.Sprintf("198.51.100.%d", len(name))
				request := func(i int) error {
					// Written in either case.
					email := tc.email
					if i%2 == 0 {
						email = strings.ToUpper(email)
					}
					_, _, err := w.RequestLink(t.Context(), w.tenant, email, tc.kind, client)
					return err
				}
				requireGranted(t, account.LinksPerPair, parallel(10, request))
				w.pass(20*time.Minute + time.Second)
				requireRetryAfter(t, 40*time.Minute-time.Second, request(41))
				*w.now = start.Add(time.Hour - time.Microsecond)
				requireRetryAfter(t, time.Microsecond, request(42))
				w.pass(time.Microsecond)
				require.NoError(t, request(43), "the window is over")
				requireGranted(t, account.LinksPerPair-1, parallel(10, func(i int) error { return request(50 + i) }))
			})
		}
	})
}

func TestOthersWhoAskForLinksLockNobodyOut(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		w.operator(t, "anna@example.org", account.RoleOwner)
		for _, kind := range []account.Kind{account.KindCustomer, account.KindOperator} {
			ask := func(client string) (string, bool, error) {
				return w.RequestLink(ctx, w.tenant, "anna@example.org", kind, client)
			}
			older, _, err := ask("192.0.2.1:4711")
			require.NoError(t, err)
			mine, ok, err := ask("192.0.2.1:4712")
			require.NoError(t, err)
			require.True(t, ok)
			for i := range 3 * account.LinksPerPair {
				if _, _, err := ask("203.0.113.66"); i >= account.LinksPerPair {
					require.ErrorIs(t, err, account.ErrTooMany)
				}
			}
			_, _, err = w.Peek(ctx, w.tenant, older)
			require.ErrorIs(t, err, account.ErrLinkUnknown, "the newest that a client asked for only")
			_, _, err = w.Peek(ctx, w.tenant, mine)
			require.NoError(t, err, "what others ask for kills no link")
			again, ok, err := ask("192.0.2.1")
			require.NoError(t, err)
			require.True(t, ok, "and uses up nobody's limit")
			_, _, err = w.Redeem(ctx, w.tenant, again, *w.now, "", "")
			require.NoError(t, err)
			_, _, err = w.Redeem(ctx, w.tenant, mine, *w.now, "", "")
			require.ErrorIs(t, err, account.ErrLinkUnknown)
		}
	})
}

func TestTheLimitPerAddressIsSilent(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		var first string
		sent := 0
		for i := range 2 * account.LinksPerAddress {
			token, ok, err := w.RequestLink(t.Context(), w.tenant, "anna@example.org", account.KindCustomer, fmt.Sprintf("198.51.100.%d", i))
			require.NoError(t, err, "nobody is told")
			require.Equal(t, ok, token != "")
			if ok {
				sent++
				first = cmp.Or(first, token)
			}
		}
		require.Equal(t, account.LinksPerAddress, sent)
		_, _, err := w.Redeem(t.Context(), w.tenant, first, *w.now, "", "")
		require.NoError(t, err, "the links that were sent stay good")
		w.pass(account.LimitWindow)
		_, ok, err := w.RequestLink(t.Context(), w.tenant, "anna@example.org", account.KindCustomer, "198.51.100.1")
		require.NoError(t, err)
		require.True(t, ok)
	})
}

func TestBookingsAreCountedByClientAndByAddress(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		book := func(email, client string) error { return w.CountBooking(t.Context(), w.tenant, email, client) }
		requireGranted(t, account.BookingsPerClient, parallel(20, func(i int) error {
			return book(fmt.Sprintf("a%d@example.org", i), fmt.Sprintf("[2001:db8::%x]:443", i))
		}))
		requireGranted(t, account.BookingsPerAddress, parallel(40, func(i int) error {
			return book("anna@example.org", fmt.Sprintf("198.51.100.%d", i))
		}))
		require.ErrorIs(t, book("ANNA@example.org", "192.0.2.1"), account.ErrTooMany)
		require.NoError(t, book("eva@example.org", "192.0.2.1"))
		_, _, err := w.RequestLink(t.Context(), w.tenant, "anna@example.org", account.KindCustomer, "2001:db8::1")
		require.NoError(t, err, "links have counters of their own")
		w.pass(account.LimitWindow)
		require.NoError(t, book("anna@example.org", "2001:db8::1"))
		requireInvalid(t, book("anna", "192.0.2.1"), "email", "malformed")
	})
}

func TestABookingThatIsUndoneIsNotCounted(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		undo := errors.New("full")
		for range 2 * account.BookingsPerClient {
			err := w.EnsureFor(t.Context(), w.tenant, "anna@example.org", "Anna", "sv", func(tx bunx.Tx, _ account.Customer) error {
				require.NoError(t, w.WithTx(tx).CountBooking(t.Context(), w.tenant, "anna@example.org", "192.0.2.1"))
				return undo
			})
			require.ErrorIs(t, err, undo)
		}
		require.Zero(t, w.count(t, "account_customers"))
	})
}

func TestLimitPerClient(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		for name, tc := range map[string]func(i int) string{
			"an address":                           func(int) string { return "192.0.2.1" },
			"an address with a port":               func(i int) string { return fmt.Sprint("192.0.2.2:", 1024+i) },
			"an address in IPv6 clothes":           func(i int) string { return []string{"192.0.2.3", "::ffff:192.0.2.3"}[i%2] },
			"a network of IPv6":                    func(i int) string { return fmt.Sprintf("[2001:db8::%x]:443", i) },
			"clients that nothing is known of":     func(i int) string { return []string{"", "unix", "?"}[i%3] },
			"a neighbouring network is another's ": func(int) string { return "2001:db8:0:1::1" },
		} {
			t.Run(name, func(t *testing.T) {
				errs := parallel(60, func(i int) error {
					_, _, err := w.RequestLink(t.Context(), w.tenant, fmt.Sprintf("a%d.%d@example.org", len(name), i), account.KindCustomer, tc(i))
					return err
				})
				requireGranted(t, account.LinksPerClient, errs)
			})
		}

		// The client is refused by now; its victim isn't.
		for range 10 {
			_, _, err := w.RequestLink(t.Context(), w.tenant, "victim@example.org", account.KindCustomer, "192.0.2.1")
			require.ErrorIs(t, err, account.ErrTooMany)
		}
		_, _, err := w.RequestLink(t.Context(), w.tenant, "victim@example.org", account.KindCustomer, "203.0.113.9")
		require.NoError(t, err)
		other := newWorld(t, w.db, w.dialect, secrets(t, "s1"))
		_, _, err = other.RequestLink(t.Context(), other.tenant, "victim@example.org", account.KindCustomer, "192.0.2.1")
		require.NoError(t, err, "each tenant counts for itself")
	})
}

func requireGranted(t *testing.T, want int, errs []error) {
	t.Helper()
	granted := 0
	for _, err := range errs {
		if err == nil {
			granted++
			continue
		}
		require.ErrorIs(t, err, account.ErrTooMany)
	}
	require.Equal(t, want, granted)
}

func requireRetryAfter(t *testing.T, want time.Duration, err error) {
	t.Helper()
	var many *account.TooManyError
	require.ErrorAs(t, err, &many)
	require.Equal(t, want, many.RetryAfter)
}
