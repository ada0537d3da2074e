// Package edge stands in front of everything the server shows of a tenant: it
// finds the tenant by host name, the client behind proxies, the language and
// the session, refuses requests from other sites, and sets the headers that
// bound what a page may do.
package edge

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/brand"
	"github.com/petanque-life/venuekit/internal/httpx"
)

// Config is what an Edge needs. Only TrustedProxies may be left out.
type Config struct {
	Tenants  *brand.Registry
	Accounts *account.Service
	Cookies  account.Cookies
	// TrustedProxies are the networks whose forwarded headers count. Default
	// none: the headers are ignored.
	TrustedProxies []netip.Prefix
	// Fail answers a request that no handler sees: as a page or a problem.
	Fail func(w http.ResponseWriter, r *http.Request, p *httpx.Problem)
	// NoTenant serves hosts that are no tenant's, instead of a 421. Default none.
	NoTenant http.Handler
	Logger   *slog.Logger
}

// Edge wraps handlers. It is safe for concurrent use.
type Edge struct {
	cfg   Config
	cross map[string]*http.CrossOriginProtection // by tenant
}

// New returns an Edge.
func New(cfg Config) (*Edge, error) {
	e := &Edge{cfg, map[string]*http.CrossOriginProtection{}}
	for _, t := range cfg.Tenants.All() {
		// One for each tenant: a trusted origin of one is nobody else's.
		p := http.NewCrossOriginProtection()
		if err := p.AddTrustedOrigin(t.Origin); err != nil {
			return nil, fmt.Errorf("edge: tenant %s: %w", t.ID, err)
		}
		e.cross[t.ID] = p
	}
	return e, nil
}

var (
	unknownHost = httpx.NewProblem(http.StatusMisdirectedRequest, "unknown_host",
		"Nobody is at home under this address.", "Det finns ingen på den här adressen.")
	crossSite = httpx.NewProblem(http.StatusForbidden, "cross_site",
		"The request came from another site.", "Begäran kom från en annan webbplats.")
)

// contentSecurityPolicy lets a page load what the server itself serves, and
// nothing inline.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"font-src 'self'; form-action 'self'; base-uri 'none'; frame-src 'self'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"

// strictTransport keeps browsers to https for a year at this very host; what
// else its domain holds is the tenant's own matter.
const strictTransport = "max-age=31536000"

// Wrap returns next behind the edge.
func (e *Edge) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
		r = r.WithContext(context.WithValue(r.Context(), addrKey{}, e.clientAddr(r)))
		tenant, ok := e.cfg.Tenants.ByHost(e.host(r))
		if !ok {
			if e.cfg.NoTenant != nil {
				e.cfg.NoTenant.ServeHTTP(w, r)
				return
			}
			e.cfg.Fail(w, r, unknownHost)
			return
		}
		if strings.HasPrefix(tenant.Origin, "https://") {
			h.Set("Strict-Transport-Security", strictTransport)
		}
		ctx := context.WithValue(r.Context(), tenantKey{}, tenant)
		ctx = httpx.WithLanguage(ctx, chooseLanguage(r, tenant))
		ctx = context.WithValue(ctx, sessionKey{}, &lazySession{lookup: e.cfg.Accounts.Lookup, tenant: tenant.ID, cookie: e.cfg.Cookies.Value(r)})
		r = r.WithContext(ctx) //nolint:contextcheck // it is the request's own
		if err := e.cross[tenant.ID].Check(r); err != nil {
			e.cfg.Fail(w, r, crossSite.WithCause(err))
			return
		}
		next.ServeHTTP(w, r)
	})
}

type (
	tenantKey  struct{}
	sessionKey struct{}
	addrKey    struct{}
)

// Tenant returns whose host the request came to. It panics on a request that
// didn't come through [Edge.Wrap].
func Tenant(r *http.Request) brand.Config {
	return r.Context().Value(tenantKey{}).(brand.Config) //nolint:errcheck // without it there is nobody to answer for
}

// Language returns the language to answer in, "sv" or "en".
func Language(r *http.Request) string { return httpx.Language(r) }

// ClientAddr returns the address of the client, without its port.
func ClientAddr(r *http.Request) string {
	addr, _ := r.Context().Value(addrKey{}).(string)
	return addr
}

// Session returns who is signed in at the tenant, or account.ErrNoSession. It
// is looked up once a request, when first asked for.
func Session(r *http.Request) (account.Session, error) {
	s, ok := r.Context().Value(sessionKey{}).(*lazySession)
	if !ok {
		return account.Session{}, account.ErrNoSession
	}
	return s.get(r.Context())
}

// WantsHTML reports whether a person's browser asks, rather than a program.
func WantsHTML(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// lazySession belongs to one request, whose handlers run one after another.
type lazySession struct {
	lookup  func(ctx context.Context, tenantID, cookie string) (account.Session, error)
	tenant  string
	cookie  string
	done    bool
	session account.Session
	err     error
}

func (s *lazySession) get(ctx context.Context) (account.Session, error) {
	if !s.done {
		s.done = true
		s.session, s.err = s.lookup(ctx, s.tenant, s.cookie)
	}
	return s.session, s.err
}

// LanguageCookie keeps the language that a visitor chose.
const LanguageCookie = "lang"

// chooseLanguage takes the visitor's choice, then the browser's wish, then the
// tenant's first language.
func chooseLanguage(r *http.Request, tenant brand.Config) string {
	if c, err := r.Cookie(LanguageCookie); err == nil && tenant.Speaks(c.Value) {
		return c.Value
	}
	if r.Header.Get("Accept-Language") != "" {
		if lang := httpx.Language(r); tenant.Speaks(lang) {
			return lang
		}
	}
	return tenant.Language()
}

func (e *Edge) trusted(addr netip.Addr) bool {
	for _, p := range e.cfg.TrustedProxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// host returns the host name that the client asked for.
func (e *Edge) host(r *http.Request) string {
	if forwarded := r.Header.Get("X-Forwarded-Host"); forwarded != "" && e.trusted(remoteIP(r)) {
		return forwarded
	}
	return r.Host
}

// clientAddr returns the nearest address that isn't a listed proxy's.
func (e *Edge) clientAddr(r *http.Request) string {
	addr := remoteIP(r)
	if e.trusted(addr) {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0; i-- {
			hop, ok := parseHop(strings.TrimSpace(hops[i]))
			if !ok {
				break
			}
			addr = hop
			if !e.trusted(addr) {
				break
			}
		}
	}
	return addr.String()
}

// parseHop reads an address as proxies write it: some put it in brackets, some
// put a port behind.
func parseHop(text string) (netip.Addr, bool) {
	if with, err := netip.ParseAddrPort(text); err == nil {
		return with.Addr().Unmap(), true
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimSuffix(inner, "]")
	}
	addr, err := netip.ParseAddr(text)
	return addr.Unmap(), err == nil
}

func remoteIP(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, _ := netip.ParseAddr(host)
	return addr.Unmap()
}
