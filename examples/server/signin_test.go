package main

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
)

var form = []string{"Content-Type", "application/x-www-form-urlencoded"}

// visitor returns a client from where nobody else has asked for a link.
func visitor(t *testing.T, tenantID string) *client {
	t.Helper()
	return newClient(t, tenantID).from(fmt.Sprintf("[2001:db8:%x::1]:4", rand.Text()[:2]))
}

// mailed returns the text of the newest mail to an address, once what waits is
// sent.
func (c *client) mailed(email string) string {
	c.t.Helper()
	_, err := c.app.Mail.RunOnce(c.t.Context(), time.Now())
	require.NoError(c.t, err)
	sent, err := c.app.Mail.Outbox(c.t.Context(), c.tenant.ID, 100)
	require.NoError(c.t, err)
	for _, m := range sent {
		if m.To == email {
			return m.Text + m.HTML
		}
	}
	return ""
}

var link = regexp.MustCompile(`https?://[^\s"<>]+/login/[^\s"<>]+`)

// Not parallel: it sends the mail that waits, which another round may hold.
func TestASignInLinkLeadsToTheTenantsOwnOriginWhateverHostIsSaid(t *testing.T) {
	for _, c := range []struct {
		name    string
		host    string
		headers []string
	}{
		{"the host as it is", "klotet.localhost:8080", nil},
		{"another port", "klotet.localhost:6666", nil},
		{"a host in capitals with a dot", "KLOTET.LOCALHOST.", nil},
		{"a forged X-Forwarded-Host", "klotet.localhost:8080", []string{"X-Forwarded-Host", "evil.example.com"}},
		{"every forged header", "klotet.localhost:8080", []string{
			"X-Forwarded-Host", "evil.example.com", "X-Forwarded-Proto", "https", "X-Forwarded-Port", "6666", "X-Host", "evil.example.com",
			"Forwarded", "host=evil.example.com", "X-Original-Url", "http://evil.example.com/", "Referer", "http://evil.example.com/",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			email := "origin." + strings.ToLower(rand.Text()) + "@example.com"
			v := visitor(t, klotet).at(c.host)
			a := v.do("POST", "/login", url.Values{"email": {email}}.Encode(), append(c.headers, form...)...)
			require.Equal(t, http.StatusOK, a.status, a.raw)
			require.NotContains(t, a.raw, klotet+".", "the token is told by mail only")
			links := link.FindAllString(v.mailed(email), -1)
			require.NotEmpty(t, links)
			for _, l := range links {
				require.True(t, strings.HasPrefix(l, "http://klotet.localhost:8080/login/klotet."), l)
			}
			require.NotContains(t, v.mailed(email), "evil")
		})
	}
}

// Not parallel, as it looks at what is sent.
func TestASignInRequestToNobodysHostIsMisdirectedAndMailsNothing(t *testing.T) {
	for _, host := range []string{"nobody.localhost:8080", "evil.example.com", "klotet.localhost.evil.example.com", "localhost:8080"} {
		email := "misdirected." + strings.ToLower(rand.Text()) + "@example.com"
		v := visitor(t, klotet)
		a := v.at(host).do("POST", "/login", url.Values{"email": {email}}.Encode(), append(form, "X-Forwarded-Host", v.host)...)
		a.requireProblem(t, http.StatusMisdirectedRequest, "unknown_host")
		a.requireSilence(t, email)
		require.Empty(t, v.mailed(email))
	}
}

func TestAStrangerLearnsNothingFromTheAnswerToASignIn(t *testing.T) {
	t.Parallel()
	staff, customer := newStaff(t, klotet, account.RoleHost, hall), newCustomer(t, klotet)
	stranger := "stranger." + strings.ToLower(rand.Text()) + "@example.com"
	ask := func(email string) string {
		a := visitor(t, klotet).do("POST", "/login", url.Values{"email": {email}, "back": {"/console"}}.Encode(), form...)
		require.Equal(t, http.StatusOK, a.status, a.raw)
		return strings.ReplaceAll(a.raw, email, "")
	}
	none := ask(stranger)
	require.Equal(t, none, ask(staff.email))
	require.Equal(t, none, ask(customer.email))
}

func TestASignInLinkSignsInOnceAndAtItsOwnTenant(t *testing.T) {
	t.Parallel()
	email := "once." + strings.ToLower(rand.Text()) + "@example.com"
	here, there := visitor(t, klotet), visitor(t, tumblepin)
	token, err := here.app.Accounts.IssueLink(t.Context(), klotet, email, account.KindCustomer)
	require.NoError(t, err)
	renamed := strings.Replace(token, klotet, tumblepin, 1)
	refused := func(c *client, token, why string) {
		for _, method := range []string{"GET", "POST"} {
			a := c.do(method, "/login/"+token, "", form...)
			require.Equal(t, http.StatusGone, a.status, why)
			require.Empty(t, a.header.Values("Set-Cookie"), why)
			require.Contains(t, a.header.Get("Cache-Control"), "no-store", why)
			a.requireSilence(t, email)
		}
	}
	refused(there, token, "another tenant's")
	refused(there, renamed, "another tenant's under this one's name")
	refused(here, token[:len(token)-1], "a letter short")
	refused(here, "x", "invented")

	for range 2 { // programs that look through mail
		page := here.get("/login/" + token)
		require.Equal(t, http.StatusOK, page.status)
		require.Contains(t, page.raw, email)
		require.Empty(t, page.header.Values("Set-Cookie"))
	}
	in := here.do("POST", "/login/"+token, "", form...)
	require.Equal(t, http.StatusSeeOther, in.status, in.raw)
	require.Len(t, in.header.Values("Set-Cookie"), 1)
	require.Contains(t, in.header.Get("Set-Cookie"), "HttpOnly; SameSite=Lax")
	refused(here, token, "used")

	older, err := here.app.Accounts.IssueLink(t.Context(), klotet, email, account.KindCustomer)
	require.NoError(t, err)
	_, err = here.app.Accounts.IssueLink(t.Context(), klotet, email, account.KindCustomer)
	require.NoError(t, err)
	refused(here, older, "not the newest")
}

func TestASignInLeadsToPagesOfTheTenantOnly(t *testing.T) {
	t.Parallel()
	for _, back := range []string{"https://evil.example.com/", "//evil.example.com", `/\evil.example.com`, "/\tevil.example.com", "javascript:alert(1)"} {
		v := visitor(t, klotet)
		token, err := v.app.Accounts.IssueLink(t.Context(), klotet, "back."+strings.ToLower(rand.Text())+"@example.com", account.KindCustomer)
		require.NoError(t, err)
		a := v.do("POST", "/login/"+token, url.Values{"back": {back}}.Encode(), form...)
		require.Equal(t, http.StatusSeeOther, a.status)
		require.Equal(t, "/account/bookings", a.header.Get("Location"), back)
	}
}
