package web_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/examples/server/brand"
	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/examples/server/mail"
	"github.com/petanque-life/venuekit/examples/server/web"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
	"github.com/petanque-life/venuekit/internal/secret"
	"github.com/petanque-life/venuekit/portal"
	"github.com/petanque-life/venuekit/portal/portaltest"
)

var stockholm = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic(err)
	}
	return zone
}()

// The address of a guest, and that of somebody who works at the chain.
const (
	guest = "kim@example.com"
	staff = "robin@klotet.example"
)

// world is the pages over services of their own, served at two tenants.
type world struct {
	t        *testing.T
	now      *time.Time
	server   *httptest.Server
	accounts *account.Service
	engine   *booking.Engine
	checkin  *checkin.Service
	stores   checkinbun.Stores
	mail     *mail.Queue
	bookings *portaltest.Bookings
	booked   int
	pages    atomic.Pointer[http.Handler]
	demo     func(on bool)
	broken   atomic.Bool   // something between browser and server swallows fragments
	log      *bytes.Buffer // what was logged at level error; read it when the requests are over
}

// newWorld serves the pages at the time now. A browser judges cookies by its own
// clock, so that tests with one take its day.
func newWorld(t *testing.T, now time.Time) *world {
	t.Helper()
	ctx := t.Context()
	db := dbtest.Open(t, bunx.SQLite)
	for _, migrate := range []func(context.Context, *sql.DB, bunx.Dialect) error{account.Migrate, booking.Migrate, mail.Migrate, checkinbun.Migrate} {
		require.NoError(t, migrate(ctx, db, bunx.SQLite))
	}
	w := &world{t: t, now: &now, bookings: portaltest.NewBookings(), log: &bytes.Buffer{}}
	w.server = httptest.NewUnstartedServer(nil)
	tenants, err := brand.NewRegistry(w.tenants()...)
	require.NoError(t, err)
	clock := func() time.Time { return *w.now }
	logger := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelError}))

	key := secret.Secret{ID: "s1", Key: []byte("a key for tests, of 32 bytes or more")}
	secrets, err := secret.New(key)
	require.NoError(t, err)
	w.accounts, err = account.New(db, bunx.SQLite, account.Config{Secrets: secrets, Now: clock, Logger: logger})
	require.NoError(t, err)
	w.engine = booking.New(db, bunx.SQLite, booking.Config{Now: clock, Logger: logger, Changed: w.changed})
	w.mail, err = mail.New(db, bunx.SQLite, mail.Config{
		Transport: mail.Discard{}, KeepSent: true, Now: clock,
		From: func(string) (string, error) { return "Klotet <hej@klotet.example>", nil },
	})
	require.NoError(t, err)
	bookings, err := portal.New(portal.Sources{Bookings: w.bookings}, portal.Config{Now: clock, Logger: logger})
	require.NoError(t, err)
	w.stores = checkinbun.New(db, checkinbun.SQLite)
	keys, err := checkin.NewKeyring(w.stores.Keys, key)
	require.NoError(t, err)
	for _, tenant := range tenants.All() {
		require.NoError(t, keys.Provision(ctx, tenant.ID, checkin.HS256, now))
	}
	w.checkin, err = checkin.New(w.stores.Stores, keys, checkin.Config{Now: clock, Logger: logger})
	require.NoError(t, err)

	cfg := web.Config{
		Tenants: tenants, Accounts: w.accounts, Cookies: account.Cookies{Plain: true}, Engine: w.engine, Portal: bookings, Checkin: w.checkin, Mail: w.mail,
		Secrets: secrets, Now: clock, NewID: func() string { return "fault-1" }, Logger: logger,
	}
	w.demo = func(on bool) {
		cfg.Demo = on
		site, err := web.New(cfg)
		require.NoError(t, err)
		guard, err := edge.New(edge.Config{
			Tenants: tenants, Accounts: w.accounts, Cookies: cfg.Cookies, Fail: site.Fail, NoTenant: site.NoTenant(), Logger: logger,
		})
		require.NoError(t, err)
		pages := guard.Wrap(site.Handler())
		w.pages.Store(&pages)
	}
	w.demo(true)
	w.server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.broken.Load() && r.URL.Query().Has("fragment") {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		(*w.pages.Load()).ServeHTTP(rw, r)
	})
	w.server.Start()
	t.Cleanup(func() {
		w.server.Close()
		require.Empty(t, w.log.String(), "errors were logged")
	})
	_, err = w.accounts.PutOperator(ctx, account.Operator{TenantID: "klotet", Email: staff, Name: "Robin", Role: account.RoleOwner})
	require.NoError(t, err)
	return w
}

// evening is a Friday afternoon, before the evening that the tests are about.
var evening = time.Date(2026, 11, 20, 15, 0, 0, 0, stockholm)

func (w *world) tenants() []brand.Config {
	origin := func(id string) string { return "http://" + id + ".localhost:" + w.port() }
	return []brand.Config{{
		ID: "klotet", Name: "Klotet", Hosts: []string{"klotet.localhost"}, Origin: origin("klotet"), Languages: []string{"sv", "en"},
		Currency: "SEK", Colours: brand.Colours{Accent: "#d9482b"}, MailSender: "Klotet <hej@klotet.example>",
		Links:   brand.Links{Terms: "https://klotet.example/villkor", Privacy: "https://klotet.example/integritet"},
		Contact: brand.Contact{Email: "hej@klotet.example", Phone: "+46 8 123 456 78"},
	}, {
		ID: "klot", Name: "Klot & Kula", Hosts: []string{"klot.localhost"}, Origin: origin("klot"), Languages: []string{"en"},
		Currency: "SEK", Colours: brand.Colours{Accent: "#1f7a5c"}, Font: brand.FontRounded, MailSender: "hej@klot.example",
	}}
}

func (w *world) port() string {
	_, port, _ := net.SplitHostPort(w.server.Listener.Addr().String())
	return port
}

// url is a page's address at the first tenant.
func (w *world) url(path string) string { return "http://klotet.localhost:" + w.port() + path }

// visitor is a browser without a screen: it keeps cookies, and follows nothing.
type visitor struct {
	w       *world
	host    string
	lang    string
	cookies map[string]string
}

func (w *world) visitor() *visitor {
	return &visitor{w, "klotet.localhost", "en", map[string]string{}}
}

// do sends a request; header are pairs.
func (v *visitor) do(method, path, body string, header ...string) (*http.Response, string) {
	v.w.t.Helper()
	r, err := http.NewRequestWithContext(v.w.t.Context(), method, v.w.server.URL+path, strings.NewReader(body))
	require.NoError(v.w.t, err)
	r.Host = v.host + ":" + v.w.port()
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", v.lang)
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(v.w.t, err)
	defer res.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(res.Body)
	require.NoError(v.w.t, err)
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		} else {
			v.cookies[c.Name] = c.Value
		}
	}
	return res, b.String()
}

func (v *visitor) get(path string) (*http.Response, string) {
	v.w.t.Helper()
	return v.do(http.MethodGet, path, "")
}

// post sends a form of pairs.
func (v *visitor) post(path string, pairs ...string) (*http.Response, string) {
	v.w.t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return v.do(http.MethodPost, path, values.Encode())
}

// signIn signs an address in by a link.
func (v *visitor) signIn(email string, kind account.Kind) *visitor {
	v.w.t.Helper()
	token, err := v.w.accounts.IssueLink(v.w.t.Context(), "klotet", email, kind)
	require.NoError(v.w.t, err)
	res, _ := v.post("/login/" + token)
	require.Equal(v.w.t, http.StatusSeeOther, res.StatusCode)
	return v
}

// mails sends what is queued and returns all that were sent.
func (w *world) mails() []mail.Sent {
	w.t.Helper()
	_, err := w.mail.RunOnce(w.t.Context(), *w.now)
	require.NoError(w.t, err)
	sent, err := w.mail.Outbox(w.t.Context(), "klotet", 100)
	require.NoError(w.t, err)
	return sent
}

// customer returns the key of an address's verified customer.
func (w *world) customer(email string) portal.CustomerKey {
	w.t.Helper()
	c, err := w.accounts.EnsureCustomer(w.t.Context(), "klotet", email, "", "")
	require.NoError(w.t, err)
	return portal.CustomerKey{TenantID: "klotet", CustomerID: c.ID}
}

// book puts a booking into the guest's account; at counts hours from the
// evening's 18:00, and change makes it what the test wants.
func (w *world) book(owner portal.CustomerKey, id string, at int, change func(*portal.Booking)) portal.Booking {
	w.t.Helper()
	w.booked++
	y, m, d := w.now.In(stockholm).Date()
	from := time.Date(y, m, d, 18+at, 0, 0, 0, stockholm)
	b := portal.Booking{
		ID: id, Reference: fmt.Sprintf("K7%04d", w.booked), Venue: portal.Venue{ID: "sthlm", Name: "Klotet Rålambshov", Zone: stockholm},
		ResourceType: portal.ResourceLane, Resources: []string{"Bana 3", "Bana 4"}, PartySize: 6, StartsAt: from, EndsAt: from.Add(2 * time.Hour),
		Status: portal.StatusConfirmed, Price: portal.Money{Amount: 138000, Currency: "SEK"}, ChangesUntil: from.Add(-24 * time.Hour),
	}
	if change != nil {
		change(&b)
	}
	b = w.bookings.Put(owner, b)
	require.NoError(w.t, w.checkin.Observe(w.t.Context(), checkin.Booking{
		TenantID: b.TenantID, ID: b.ID, VenueID: b.Venue.ID, CustomerID: owner.CustomerID, Revision: 1, SlotRevision: 1, SlotRevisedAt: *w.now,
		Reference: b.Reference, StartsAt: b.StartsAt, EndsAt: b.EndsAt, Status: checkin.Status(b.Status), PartySize: b.PartySize,
	}))
	return b
}

func cancelled(b *portal.Booking) { b.Status = portal.StatusCancelled }
func completed(b *portal.Booking) { b.Status = portal.StatusCompleted }
