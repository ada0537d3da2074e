package web_test

import (
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

func TestAnyAddressGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	w.customer(guest)
	answer := func(email, back string) string {
		res, body := w.visitor().post("/login", "email", email, "back", back)
		require.Equal(t, http.StatusOK, res.StatusCode)
		return strings.ReplaceAll(body, email, "ADDRESS")
	}
	for _, back := range []string{"", "/account/bookings", "/console"} {
		want := answer("nobody@example.com", back)
		require.Equal(t, want, answer(guest, back))
		require.Equal(t, want, answer(staff, back))
	}
}

func TestTheLinkIsForWhomItLeadsTo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, email, back, leads string }{
		{"a guest comes to the bookings", guest, "", "/account/bookings"},
		{"a guest comes back to the page that was wanted", guest, "/account/bookings/1?x=1", "/account/bookings/1"},
		{"a guest doesn't come to the console", guest, "/console", "/account/bookings"},
		{"staff comes to the console", staff, "", "/console"},
		{"staff comes back to the page that was wanted", staff, "/console/checkin", "/console/checkin"},
		{"staff on the way to bookings signs in as a guest", staff, "/account/bookings?bucket=history", "/account/bookings?bucket=history"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, evening)
			v := w.visitor()
			_, _ = v.post("/login", "email", test.email, "back", test.back)
			mails := w.mails()
			require.Len(t, mails, 1)
			require.Equal(t, test.email, mails[0].To)
			link, err := url.Parse(regexp.MustCompile(`http://\S+/login/\S+`).FindString(mails[0].Text))
			require.NoError(t, err)
			require.Equal(t, "klotet.localhost:"+w.port(), link.Host)

			_, page := v.get(link.RequestURI())
			require.Contains(t, page, test.email)
			require.Empty(t, v.cookies, "looking at the link signs nobody in")
			res, _ := v.post(link.Path, "back", link.Query().Get("back"))
			require.Equal(t, http.StatusSeeOther, res.StatusCode)
			require.Equal(t, test.leads, res.Header.Get("Location"))
		})
	}
}

func TestALinkWorksOnceAndInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	link := func(tenant string) string {
		token, err := w.accounts.IssueLink(t.Context(), tenant, guest, account.KindCustomer)
		require.NoError(t, err)
		return "/login/" + token
	}
	refused := func(path string) {
		t.Helper()
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			v := w.visitor()
			res, body := v.do(method, path+"?back=%2Faccount%2Fbookings%2F1", "")
			require.Equal(t, http.StatusGone, res.StatusCode)
			require.Contains(t, body, "This link no longer works")
			require.Empty(t, v.cookies)
		}
	}
	used := link("klotet")
	res, _ := w.visitor().post(used)
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	refused(used)
	refused("/login/klotet.AAAAAAAAAAAAAAAAAAAAAAAAAA")
	refused("/login/x")
	refused(link("klot"))
	late := link("klotet")
	*w.now = w.now.Add(account.LinkLife)
	refused(late)
	_, body := w.visitor().get(late + "?back=%2Faccount%2Fbookings%2F1")
	require.Contains(t, body, `href="/login?back=%2Faccount%2Fbookings%2F1"`)
}

func TestAWrongAddressIsKeptAndExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	for email, fault := range map[string]string{"": "Enter your email address", "kim@@example": "look like an email address"} {
		res, body := w.visitor().post("/login", "email", email, "back", "/account/bookings")
		require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
		require.Contains(t, body, fault)
		require.Contains(t, body, `value="`+email+`"`)
		require.Contains(t, body, `aria-invalid="true"`)
		require.Contains(t, body, `name="back" value="/account/bookings"`)
	}
	require.Empty(t, w.mails())
}

func TestTooManyLinksAreRefusedForAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	for range account.LinksPerPair {
		res, _ := w.visitor().post("/login", "email", guest)
		require.Equal(t, http.StatusOK, res.StatusCode)
	}
	res, body := w.visitor().post("/login", "email", guest)
	require.Equal(t, http.StatusTooManyRequests, res.StatusCode)
	require.Equal(t, "3600", res.Header.Get("Retry-After"))
	require.Contains(t, body, "Wait 60 minutes")
}

func TestNobodyIsLedAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	for _, back := range []string{
		"https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "/\t/evil.example", "/%2f/..//evil.example", "///evil.example",
		"javascript:alert(1)", "/../..//evil.example", "evil.example", "http:evil.example", "/a\r\nSet-Cookie: a=b", "/a b", "/å", "@evil.example", "",
		"/?" + strings.Repeat("x", 3000), "/x#//evil", "/\x00",
	} {
		v := w.visitor()
		res, _ := v.post("/language", "lang", "en", "back", back)
		require.Equal(t, http.StatusSeeOther, res.StatusCode)
		require.Equal(t, "/", res.Header.Get("Location"), "%q", back)

		token, err := w.accounts.IssueLink(t.Context(), "klotet", guest, account.KindCustomer)
		require.NoError(t, err)
		res, _ = v.post("/login/"+token, "back", back)
		require.Equal(t, http.StatusSeeOther, res.StatusCode)
		require.Equal(t, "/account/bookings", res.Header.Get("Location"), "%q", back)

		_, body := v.get("/login?" + url.Values{"back": {back}}.Encode())
		require.Contains(t, body, `name="back" value=""`, "%q", back)
	}
	for _, back := range []string{"/", "/book/lane?venue=sthlm&party=4", "/account/bookings?bucket=history&cursor=a.b_c-d"} {
		res, _ := w.visitor().post("/language", "lang", "en", "back", back)
		require.Equal(t, back, res.Header.Get("Location"))
	}
}

func TestSigningInLeadsToPagesThatAreKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	for back, want := range map[string]string{
		"/account/bookings?bucket=history&cursor=x&evil=1": "/account/bookings?bucket=history",
		"/book/lane/confirm?venue=norr&party=4&name=Eve":   "/book/lane/confirm?party=4&venue=norr",
		"/book":                          "/book",
		"/bookings":                      "/account/bookings",
		"/logout":                        "/account/bookings",
		"/dev/outbox":                    "/account/bookings",
		"/login/klotet.AAAA":             "/account/bookings",
		"/openapi.json":                  "/account/bookings",
		"/account/../dev/outbox":         "/account/bookings",
		"/account/%2e%2e/dev/outbox":     "/account/bookings",
		"/account/%2F%2Fevil.example":    "/account/bookings",
		"/account/bookings?bucket=%zz&x": "/account/bookings",
	} {
		token, err := w.accounts.IssueLink(t.Context(), "klotet", guest, account.KindCustomer)
		require.NoError(t, err)
		res, _ := w.visitor().post("/login/"+token, "back", back)
		require.Equal(t, want, res.Header.Get("Location"), back)
	}
}

func TestOthersWhoAskForAnAddressChangeNoAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	for i := range account.LinksPerAddress {
		_, ok, err := w.accounts.RequestLink(t.Context(), "klotet", guest, account.KindCustomer, fmt.Sprintf("198.51.100.%d", i))
		require.NoError(t, err)
		require.True(t, ok)
	}
	ask := func(email string) string {
		res, page := w.visitor().post("/login", "email", email, "back", "/account/bookings")
		require.Equal(t, http.StatusOK, res.StatusCode)
		return strings.ReplaceAll(page, email, "ADDRESS")
	}
	require.Equal(t, ask("nobody@example.com"), ask(guest))
	mails := w.mails()
	require.Len(t, mails, 1)
	require.Equal(t, "nobody@example.com", mails[0].To, "over the limit no mail is sent")
}

func TestSigningInAndOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	token, err := w.accounts.IssueLink(t.Context(), "klotet", guest, account.KindCustomer)
	require.NoError(t, err)
	v := w.visitor()
	res, _ := v.post("/login/" + token)
	cookie := res.Cookies()[0]
	require.Equal(t, account.Cookies{Plain: true}.Name(), cookie.Name)
	require.True(t, cookie.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
	require.Equal(t, "/", cookie.Path)
	require.Empty(t, cookie.Domain)
	require.Equal(t, evening.Add(account.CustomerLife).Unix(), cookie.Expires.Unix())
	res, body := v.get("/account/bookings")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "private, no-store", res.Header.Get("Cache-Control"))
	require.Contains(t, body, "Sign out")

	elsewhere := w.visitor()
	elsewhere.host, elsewhere.cookies = "klot.localhost", v.cookies
	res, _ = elsewhere.get("/account/bookings")
	require.Equal(t, http.StatusSeeOther, res.StatusCode, "a session is of one tenant")

	old := v.cookies[cookie.Name]
	v.signIn(staff, account.KindOperator)
	res, _ = v.get("/account/bookings")
	require.Equal(t, http.StatusForbidden, res.StatusCode)
	again := w.visitor()
	again.cookies[cookie.Name] = old
	res, _ = again.get("/account/bookings")
	require.Equal(t, http.StatusSeeOther, res.StatusCode, "the session before has ended")

	gone := v.cookies[cookie.Name]
	res, _ = v.post("/logout")
	require.Equal(t, "/login?out=1", res.Header.Get("Location"))
	require.Empty(t, v.cookies)
	again.cookies[cookie.Name] = gone
	res, _ = again.get("/")
	require.Equal(t, http.StatusOK, res.StatusCode, "signing out ends the session, not just its cookie")
}

func TestALanguageIsChosenAndKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	v := w.visitor()
	_, body := v.get("/login?back=%2Faccount%2Fbookings")
	require.Contains(t, body, `<html lang="en">`)
	require.Contains(t, body, `name="back" value="/login?back=%2Faccount%2Fbookings"`)
	res, _ := v.post("/language", "lang", "sv", "back", "/login")
	require.Equal(t, "/login", res.Header.Get("Location"))
	cookie := res.Cookies()[0]
	require.True(t, cookie.HttpOnly)
	require.Equal(t, int((365 * 24 * time.Hour).Seconds()), cookie.MaxAge)
	_, body = v.get("/login")
	require.Contains(t, body, `<html lang="sv">`)
	for _, lang := range []string{"de", ""} {
		res, _ = v.post("/language", "lang", lang, "back", "/login")
		require.Equal(t, http.StatusBadRequest, res.StatusCode)
	}
}

func TestTheSignInPageSaysWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	for email, kind := range map[string]account.Kind{guest: account.KindCustomer, staff: account.KindOperator} {
		_, body := w.visitor().signIn(email, kind).get("/login")
		require.Contains(t, body, "Signed in as "+email)
		require.Contains(t, body, map[account.Kind]string{account.KindCustomer: ">Guest<", account.KindOperator: ">Owner<"}[kind])
	}
}
