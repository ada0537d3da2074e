package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/examples/server/brand"
	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/examples/server/mail"
	"github.com/petanque-life/venuekit/internal/httpx"
	"github.com/petanque-life/venuekit/internal/ids"
	"github.com/petanque-life/venuekit/portal"
)

// Config is what a Site shows and by whom. What has no default is required.
type Config struct {
	Tenants  *brand.Registry
	Accounts *account.Service
	Cookies  account.Cookies
	Engine   *booking.Engine // in the database of Accounts
	Portal   *portal.Service
	Checkin  *checkin.Service
	Mail     *mail.Queue
	// Secrets sign the addresses of pages for who isn't signed in.
	Secrets Sealer
	// Demo shows the mails that were kept instead of sent, at /dev/outbox, to
	// everybody, with the links that sign in. Default: no such page.
	Demo bool
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// NewID makes the ids that join an error page with its line in the log.
	// Default: UUIDv7.
	NewID func() string
	// Logger is told what no visitor is. Default: slog.Default().
	Logger *slog.Logger
}

// Site is the pages. It is safe for concurrent use and holds no state of any
// visitor.
type Site struct {
	cfg    Config
	assets *assets
	pages  pages
	errors httpx.Errors
}

// New returns a Site. It reads its own files only; an error means that the
// Config lacks something.
func New(cfg Config) (*Site, error) {
	if cfg.Tenants == nil || cfg.Accounts == nil || cfg.Engine == nil || cfg.Portal == nil || cfg.Checkin == nil || cfg.Mail == nil || cfg.Secrets == nil {
		return nil, errors.New("web: Config lacks a service")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewID == nil {
		cfg.NewID = ids.New
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	s := &Site{cfg: cfg, errors: httpx.Errors{Problems: problems, Logger: cfg.Logger, NewID: cfg.NewID}}
	var err error
	if s.assets, err = newAssets(cfg.Tenants.All()); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	if s.pages, err = s.parse(); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return s, nil
}

// Handler serves the pages of a tenant. It is to be mounted behind edge.Wrap,
// at the root.
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	s.page(mux, "GET /{$}", s.home)
	s.page(mux, "GET /book", s.choose)
	s.page(mux, "GET /assets/{hash}/{name}", s.asset)
	s.page(mux, "GET /{file}", s.brandFile)
	s.page(mux, "POST /language", s.chooseLanguage)

	s.page(mux, "GET /login", s.login)
	s.page(mux, "POST /login", s.requestLink)
	s.page(mux, "GET /login/{token}", s.confirmLogin)
	s.page(mux, "POST /login/{token}", s.redeemLink)
	s.page(mux, "POST /logout", s.logout)

	s.page(mux, "GET /account/bookings", s.customer(s.bookings))
	s.page(mux, "GET /account/bookings/{id}", s.customer(s.booking))
	s.page(mux, "GET /account/bookings/{id}/qr.svg", s.customer(s.qr))
	s.page(mux, "GET /account/bookings/{id}/calendar.ics", s.customer(s.calendar))

	s.wizardRoutes(mux)
	s.consoleRoutes(mux)

	if s.cfg.Demo {
		s.page(mux, "GET /dev/outbox", s.outbox)
		s.page(mux, "GET /dev/outbox/{id}", s.outboxMail)
		s.page(mux, "GET /dev/outbox/{id}/body", s.outboxBody)
	}
	return s.recover(s.known(mux))
}

// page adds a handler whose error is answered by an error page, or by a problem
// document where no page was asked for.
func (s *Site) page(mux *http.ServeMux, pattern string, h httpx.HandlerFunc) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// A sessionFunc is a handler for who is signed in.
type sessionFunc func(w http.ResponseWriter, r *http.Request, who account.Session) error

// customer guards a page of the account: who isn't signed in is asked to, and
// staff is refused.
func (s *Site) customer(h sessionFunc) httpx.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := edge.Session(r)
		if err != nil {
			return err
		}
		if who.Kind != account.KindCustomer {
			return httpx.Forbidden
		}
		return h(w, r, who)
	}
}

// operator guards a page of the console by a permission. What concerns a venue
// holds for the session's Venues only, which the page checks.
func (s *Site) operator(p account.Permission, h sessionFunc) httpx.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := edge.Session(r)
		if err != nil {
			return err
		}
		if !who.Can(p) {
			return httpx.Forbidden
		}
		return h(w, r, who)
	}
}

// home leads on: those signed in to where they work, others to booking.
func (s *Site) home(w http.ResponseWriter, r *http.Request) error {
	if who, err := edge.Session(r); err == nil {
		http.Redirect(w, r, start(who.Kind), http.StatusSeeOther)
		return nil
	}
	return s.choose(w, r)
}

// choose shows what there is to book.
func (s *Site) choose(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, "home", nil)
}

// start is where an account begins.
func start(k account.Kind) string {
	if k == account.KindOperator {
		return "/console"
	}
	return "/account/bookings"
}
