package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/examples/server/brand"
	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/internal/httpx"
	"github.com/petanque-life/venuekit/portal"
)

// problems are the packages' errors as what a visitor is told.
var problems = []httpx.Mapping{
	{Err: account.ErrNoSession, Problem: httpx.Unauthenticated},
	{Err: account.ErrNotFound, Problem: httpx.NotFound},
	{Err: booking.ErrNotFound, Problem: httpx.NotFound},
	{Err: booking.ErrConflict, Problem: httpx.Conflict},
	{Err: checkin.ErrNotFound, Problem: httpx.NotFound},
	{Err: portal.ErrNotFound, Problem: httpx.NotFound},
	{Err: portal.ErrInvalid, Problem: httpx.BadRequest},
}

// problemOf returns nil for an error that nobody expects.
func problemOf(err error) *httpx.Problem {
	var p *httpx.Problem
	if errors.As(err, &p) {
		return p
	}
	for _, m := range problems {
		if errors.Is(err, m.Err) {
			return m.Problem
		}
	}
	return nil
}

// fail answers a handler's error.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	switch {
	case p != nil && p.Status == http.StatusUnauthorized && isPage(r):
		http.Redirect(w, r, signInPath(r), http.StatusSeeOther)
	case !edge.WantsHTML(r) || p != nil && p.Status == http.StatusUnauthorized:
		s.errors.Write(w, r, err)
	case p != nil && p.Status < http.StatusInternalServerError:
		s.Fail(w, r, p)
	case errors.Is(r.Context().Err(), context.Canceled):
		s.errors.Write(w, r, err) // nobody is there to be told
	default:
		if p == nil {
			p = httpx.Internal
		}
		id := s.cfg.NewID()
		s.cfg.Logger.ErrorContext(r.Context(), "page failed", slog.String("id", id), slog.String("method", r.Method),
			slog.String("route", r.Pattern), slog.String("error", err.Error()))
		s.Fail(w, r, p.WithMember("id", id))
	}
}

// isPage reports whether a browser wants to show the answer as a page.
func isPage(r *http.Request) bool { return edge.WantsHTML(r) && !isFragment(r) }

// isFragment reports whether a module asks for a part of a page.
func isFragment(r *http.Request) bool { return r.URL.Query().Has("fragment") }

// signInPath is the sign-in page, which leads back to the page asked for.
func signInPath(r *http.Request) string {
	if r.Method != http.MethodGet {
		return "/login"
	}
	return "/login?" + url.Values{"back": {r.URL.RequestURI()}}.Encode()
}

// errorData is what an error page says.
type errorData struct {
	Key    string // of the texts: error.<key>.title and .lead
	ID     string // of the log's line
	SignIn bool   // another account may help
}

// told are the statuses with texts of their own.
var told = map[int]bool{400: true, 403: true, 404: true, 405: true, 409: true, 413: true, 421: true, 429: true, 500: true, 503: true}

// Fail answers with the error page of a problem, or with the problem itself
// where no page was asked for. It is edge.Config's Fail.
func (s *Site) Fail(w http.ResponseWriter, r *http.Request, p *httpx.Problem) {
	if !edge.WantsHTML(r) {
		s.errors.Write(w, r, p)
		return
	}
	d := errorData{Key: "500", SignIn: p.Status == http.StatusForbidden}
	switch {
	case p.Code == "cross_site":
		d.Key, d.SignIn = "csrf", false
	case told[p.Status]:
		d.Key = strconv.Itoa(p.Status)
	case p.Status < http.StatusInternalServerError:
		d.Key = "400"
	}
	d.ID, _ = p.Members["id"].(string)
	for name, values := range p.Header {
		w.Header()[name] = values
	}
	var err error
	if p.Status == http.StatusMisdirectedRequest {
		err = s.bare(w, r, p.Status, "error", d)
	} else {
		err = s.render(w, r, p.Status, "error", d)
	}
	if err != nil {
		s.cfg.Logger.ErrorContext(r.Context(), "error page failed", "error", err)
		s.errors.Write(w, r, p)
	}
}

// recover answers a panic with an error page. The pages write nothing before
// they are made, so that there is room for it.
func (s *Site) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				s.fail(w, r, fmt.Errorf("web: panic: %v\n%s", v, debug.Stack()))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// known answers what the mux doesn't know by error pages of its own.
func (s *Site) known(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		var allow []string
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); pattern != "" {
				allow = append(allow, method)
			}
		}
		if len(allow) > 0 {
			s.fail(w, r, httpx.MethodNotAllowed.WithHeader("Allow", strings.Join(allow, ", ")))
			return
		}
		s.fail(w, r, httpx.NotFound)
	})
}

// bare answers with a page where no tenant is known.
func (s *Site) bare(w http.ResponseWriter, r *http.Request, status int, page string, data any) error {
	return s.execute(w, r, status, page, "layout", view{Look: s.assets.looks[""], Lang: edge.Language(r), Data: data})
}

// NoTenant serves hosts that are no tenant's: a demo lets one choose a tenant
// on the machine's own name. Elsewhere it says that nobody is there.
func (s *Site) NoTenant() http.Handler {
	mux := http.NewServeMux()
	// What the error page is made of names no tenant.
	s.page(mux, "GET /assets/{hash}/{name}", s.asset)
	s.page(mux, "GET /{file}", func(w http.ResponseWriter, r *http.Request) error {
		if err := s.serveBrand(w, r, ""); err != nil {
			return nobody
		}
		return nil
	})
	if s.cfg.Demo {
		s.page(mux, "GET /{$}", s.chooser)
	}
	s.page(mux, "/", func(http.ResponseWriter, *http.Request) error { return nobody })
	return s.recover(mux)
}

var nobody = httpx.NewProblem(http.StatusMisdirectedRequest, "unknown_host",
	"Nobody is at home under this address.", "Det finns ingen på den här adressen.")

// door is a tenant as the chooser shows it.
type door struct {
	Tenant brand.Config
	Look   look
	URL    string
}

func (s *Site) chooser(w http.ResponseWriter, r *http.Request) error {
	name, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		name = r.Host
	}
	if ip := net.ParseIP(strings.Trim(name, "[]")); name != "localhost" && !ip.IsLoopback() {
		return nobody
	}
	var doors []door
	for _, t := range s.cfg.Tenants.All() {
		u := url.URL{Scheme: "http", Host: localHost(t), Path: "/"}
		if r.TLS != nil {
			u.Scheme = "https"
		}
		if port != "" {
			u.Host = net.JoinHostPort(u.Host, port)
		}
		doors = append(doors, door{t, s.assets.looks[t.ID], u.String()})
	}
	return s.bare(w, r, http.StatusOK, "chooser", doors)
}

// localHost is the tenant's name on this machine, where it has one.
func localHost(t brand.Config) string {
	for _, host := range t.Hosts {
		if strings.HasSuffix(host, ".localhost") {
			return host
		}
	}
	return t.Hosts[0]
}
