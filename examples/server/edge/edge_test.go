package edge_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/brand"
	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
	"github.com/petanque-life/venuekit/internal/httpx"
	"github.com/petanque-life/venuekit/internal/secret"
)

// seen is what a handler behind the edge sees of a request.
type seen struct {
	tenant, lang, addr string
	session            error
}

func newEdge(t *testing.T) (serve func(r *http.Request) (*httptest.ResponseRecorder, *seen)) {
	t.Helper()
	safe := tenant("safe", "safe.localhost", "en")
	safe.Origin = "https://safe.localhost"
	registry, err := brand.NewRegistry(
		tenant("klotet", "klotet.localhost", "sv", "en"), tenant("pins", "pins.localhost", "en"), safe,
	)
	require.NoError(t, err)
	secrets, err := secret.New(secret.Secret{ID: "s1", Key: make([]byte, 32)})
	require.NoError(t, err)
	db := dbtest.Shared(t, bunx.SQLite, "edge", func(ctx context.Context, db *sql.DB) error { return account.Migrate(ctx, db, bunx.SQLite) })
	accounts, err := account.New(db, bunx.SQLite, account.Config{Secrets: secrets})
	require.NoError(t, err)
	e, err := edge.New(edge.Config{
		Tenants: registry, Accounts: accounts, Cookies: account.Cookies{Plain: true},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Fail: func(w http.ResponseWriter, r *http.Request, p *httpx.Problem) { httpx.Errors{}.Write(w, r, p) },
	})
	require.NoError(t, err)
	return func(r *http.Request) (*httptest.ResponseRecorder, *seen) {
		var s *seen
		w := httptest.NewRecorder()
		e.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, err := edge.Session(r)
			s = &seen{edge.Tenant(r).ID, edge.Language(r), edge.ClientAddr(r), err}
		})).ServeHTTP(w, r)
		return w, s
	}
}

func tenant(id, host string, languages ...string) brand.Config {
	return brand.Config{
		ID: id, Name: id, Hosts: []string{host}, Origin: "http://" + host + ":8080", Languages: languages, Currency: "SEK",
		Colours: brand.Colours{Accent: "#336699"}, Font: brand.FontSystem, MailSender: "hello@example.com",
		Links:   brand.Links{Terms: "https://example.com/terms", Privacy: "https://example.com/privacy"},
		Contact: brand.Contact{Email: "hello@example.com"},
	}
}

func request(method, host string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "/x", nil)
	r.Host, r.RemoteAddr = host, "192.0.2.7:4711"
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func TestWrap_findsTheTenantByHostNameAlone(t *testing.T) {
	serve := newEdge(t)
	for host, want := range map[string]string{
		"klotet.localhost": "klotet", "KLOTET.localhost:8080": "klotet", "pins.localhost": "pins", "pins.localhost.": "pins",
		"localhost": "", "klotet.localhost.evil.example": "", "klotet": "", "": "", "127.0.0.1": "", "klotet.localhost@evil": "",
	} {
		w, s := serve(request("GET", host))
		if want == "" {
			require.Equal(t, http.StatusMisdirectedRequest, w.Code, host)
			require.Nil(t, s, host)
			continue
		}
		require.NotNil(t, s, host)
		require.Equal(t, want, s.tenant, host)
	}
}

func TestWrap_believesForwardedHeadersOfListedProxiesOnly(t *testing.T) {
	serve := newEdge(t)
	forged := request("GET", "klotet.localhost", "X-Forwarded-Host", "pins.localhost", "X-Forwarded-For", "203.0.113.9")
	_, s := serve(forged)
	require.Equal(t, "klotet", s.tenant)
	require.Equal(t, "192.0.2.7", s.addr)
	forged.RemoteAddr = "10.1.2.3:80"
	_, s = serve(forged)
	require.Equal(t, "pins", s.tenant)
	require.Equal(t, "203.0.113.9", s.addr)
	forged.Header.Set("X-Forwarded-For", "198.51.100.1, 203.0.113.9, 10.9.9.9")
	_, s = serve(forged)
	require.Equal(t, "203.0.113.9", s.addr, "what stands before the first unlisted hop is the client's own word")
}

func TestWrap_choosesALanguageThatTheTenantSpeaks(t *testing.T) {
	serve := newEdge(t)
	for name, c := range map[string]struct {
		host, cookie, accept, want string
	}{
		"the visitor's choice comes first": {"klotet.localhost", "en", "sv", "en"},
		"then the browser's wish":          {"klotet.localhost", "", "en-GB,sv;q=0.5", "en"},
		"then the tenant's first":          {"klotet.localhost", "", "", "sv"},
		"a choice not spoken is passed by": {"pins.localhost", "sv", "sv", "en"},
	} {
		t.Run(name, func(t *testing.T) {
			r := request("GET", c.host, "Accept-Language", c.accept)
			if c.accept == "" {
				r.Header.Del("Accept-Language")
			}
			if c.cookie != "" {
				r.AddCookie(&http.Cookie{Name: edge.LanguageCookie, Value: c.cookie})
			}
			_, s := serve(r)
			require.Equal(t, c.want, s.lang)
		})
	}
}

func TestWrap_refusesWritesFromOtherSites(t *testing.T) {
	serve := newEdge(t)
	for name, c := range map[string]struct {
		method  string
		headers []string
		status  int
	}{
		"the site's own form passes":                   {"POST", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		"a program without a browser's headers passes": {"POST", nil, 200},
		"another site's form is refused":               {"POST", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"a sibling's form is refused":                  {"POST", []string{"Sec-Fetch-Site", "same-site", "Origin", "http://pins.localhost:8080"}, 403},
		"an old browser's foreign origin is refused":   {"POST", []string{"Origin", "https://evil.example"}, 403},
		"a link from another site may be followed":     {"GET", []string{"Sec-Fetch-Site", "cross-site"}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := serve(request(c.method, "klotet.localhost", c.headers...))
			require.Equal(t, c.status, w.Code)
		})
	}
}

func TestWrap_boundsWhatAPageMayDo(t *testing.T) {
	serve := newEdge(t)
	w, s := serve(request("GET", "klotet.localhost"))
	require.ErrorIs(t, s.session, account.ErrNoSession)
	policy := w.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.NotContains(t, policy, "unsafe")
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(t, "same-origin", w.Header().Get("Cross-Origin-Resource-Policy"))
	require.Empty(t, w.Header().Get("Strict-Transport-Security"), "the tenant's origin is http")
	w, _ = serve(request("GET", "safe.localhost"))
	require.Equal(t, "max-age=31536000", w.Header().Get("Strict-Transport-Security"))
	w, _ = serve(request("GET", "nobody.localhost"))
	require.Empty(t, w.Header().Get("Strict-Transport-Security"))
}

func TestWrap_readsTheHopsThatProxiesWrite(t *testing.T) {
	serve := newEdge(t)
	for hop, want := range map[string]string{
		"203.0.113.9": "203.0.113.9", "203.0.113.9:4711": "203.0.113.9", "2001:db8::9": "2001:db8::9", "[2001:db8::9]": "2001:db8::9",
		"[2001:db8::9]:4711": "2001:db8::9", "::ffff:203.0.113.9": "203.0.113.9", "203.0.113.9:4711, 10.9.9.9:80": "203.0.113.9",
		"unknown": "10.1.2.3", "": "10.1.2.3", "_hidden:1": "10.1.2.3", "203.0.113.9:port": "10.1.2.3",
	} {
		r := request("GET", "klotet.localhost", "X-Forwarded-For", hop)
		r.RemoteAddr = "10.1.2.3:80"
		_, s := serve(r)
		require.Equal(t, want, s.addr, hop)
	}
}
