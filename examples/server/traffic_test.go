package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/examples/server/brand"
	"github.com/petanque-life/venuekit/internal/scratch"
)

// The demo's tenants, and the venues that the tests add to each: open at any
// hour that tests run at, with more lanes than they book.
const (
	klotet    = "klotet"
	tumblepin = "tumblepin"

	hall  = "test-hall"
	annex = "test-annex"
)

// site is the demo as it is served.
type site struct {
	app     *App
	handler http.Handler
}

// shared is the one demo of this test binary; it ends with the binary.
var shared = sync.OnceValues(func() (site, error) {
	dir, err := scratch.New(scratch.Place(), nil)
	if err != nil {
		return site{}, err
	}
	if err := dir.Keep(); err != nil {
		return site{}, err
	}
	s, err := openSite(Options{Addr: "127.0.0.1:8080", DB: filepath.Join(dir.Path, "demo.db"), Demo: "on", DemoShare: smallDemo})
	if err != nil {
		return site{}, err
	}
	for _, tenantID := range []string{klotet, tumblepin} {
		for _, venueID := range []string{hall, annex} {
			if err := s.addVenue(tenantID, venueID); err != nil {
				return site{}, err
			}
		}
	}
	return s, nil
})

func openSite(o Options) (site, error) {
	// What the server can't answer is seen beside the test that asked.
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	app, err := NewApp(context.Background(), o, logger)
	if err != nil {
		return site{}, err
	}
	handler, err := app.Handler()
	return site{app, handler}, err
}

// addVenue adds a venue whose clocks show about noon, so that it is open and its
// service day is far from its ends.
func (s site) addVenue(tenantID, venueID string) error {
	zone := fmt.Sprintf("Etc/GMT%+d", time.Now().UTC().Hour()-12) // the sign is the other way round there
	v := booking.Venue{TenantID: tenantID, ID: venueID, Name: venueID, Zone: zone, Currency: "SEK"}
	for day := range v.Hours {
		v.Hours[day] = booking.Hours{Open: booking.DefaultCutoff, Close: booking.DefaultCutoff}
	}
	ctx := context.Background()
	err := s.app.Engine.PutVenue(ctx, v)
	for i := range 200 {
		err = errors.Join(err, s.app.Engine.PutResource(ctx, booking.Resource{
			TenantID: tenantID, VenueID: venueID, ID: fmt.Sprintf("lane-%03d", i), Name: fmt.Sprintf("Lane %d", i),
			Kind: booking.Lane, Price: 30000, Capacity: 6,
		}))
	}
	return err
}

// client is somebody at a tenant's site. What they send and get is held against
// the interface's document.
type client struct {
	site

	t       *testing.T
	tenant  brand.Config
	host    string // as the Host header has it
	addr    string // where the client is
	cookie  string // of the session; empty for nobody's
	key     string // an API key; empty for none
	subject string // id of who is signed in
	email   string
}

// newClient returns a client of the shared demo, signed in as nobody.
func newClient(t *testing.T, tenantID string) *client {
	t.Helper()
	s, err := shared()
	require.NoError(t, err)
	tenant, ok := s.app.Tenants.ByID(tenantID)
	require.True(t, ok, "no tenant %q", tenantID)
	return &client{site: s, t: t, tenant: tenant, host: strings.TrimPrefix(tenant.Origin, "http://"), addr: "127.0.0.1:50000"}
}

// signIn signs an account in by a link, as a browser would end up.
func (c *client) signIn(email string, kind account.Kind) *client {
	c.t.Helper()
	link, err := c.app.Accounts.IssueLink(c.t.Context(), c.tenant.ID, email, kind)
	require.NoError(c.t, err)
	session, cookie, err := c.app.Accounts.Redeem(c.t.Context(), c.tenant.ID, link, time.Now(), c.addr, "tests")
	require.NoError(c.t, err)
	c.cookie, c.subject, c.email = cookie, session.SubjectID, session.Email
	return c
}

// newCustomer returns a client signed in as a customer that no other test has.
func newCustomer(t *testing.T, tenantID string) *client {
	t.Helper()
	return newClient(t, tenantID).signIn("guest."+strings.ToLower(rand.Text())+"@example.com", account.KindCustomer)
}

// newStaff returns a client signed in as a new operator.
func newStaff(t *testing.T, tenantID string, role account.Role, venues ...string) *client {
	t.Helper()
	c := newClient(t, tenantID)
	email := "staff." + strings.ToLower(rand.Text()) + "@example.com"
	_, err := c.app.Accounts.PutOperator(t.Context(), account.Operator{TenantID: tenantID, Email: email, Role: role, Venues: venues})
	require.NoError(t, err)
	return c.signIn(email, account.KindOperator)
}

// newMachine returns a client with an API key of its own.
func newMachine(t *testing.T, tenantID string, role account.Role, venues ...string) *client {
	t.Helper()
	c := newClient(t, tenantID)
	key, text, err := c.app.Accounts.CreateKey(t.Context(), tenantID, "test", role, venues)
	require.NoError(t, err)
	c.key, c.subject = text, key.ID
	return c
}

// at returns a copy of the client, with all it carries, at another host.
func (c *client) at(host string) *client {
	other := *c
	other.host = host
	return &other
}

// from returns a copy of the client at another address.
func (c *client) from(addr string) *client {
	other := *c
	other.addr = addr
	return &other
}

// as returns a copy of the client for a subtest.
func (c *client) as(t *testing.T) *client {
	other := *c
	other.t = t
	return &other
}

// book makes a booking of a lane at the client's tenant whose check-in is open.
func (c *client) book(venueID string) booking.Booking {
	c.t.Helper()
	b, err := c.app.Engine.Book(c.t.Context(), booking.Request{
		TenantID: c.tenant.ID, IdempotencyKey: rand.Text(), VenueID: venueID, Kind: booking.Lane,
		StartsAt: time.Now().Truncate(booking.Unit), Duration: 2 * time.Hour, PartySize: 4, CustomerID: c.subject, Channel: booking.ChannelPhone,
	})
	require.NoError(c.t, err)
	return b
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    string
	json   map[string]any // nil for what is no JSON object
}

// do sends a request and returns its answer, which must be as documented.
// Headers are name, value, name, value; an empty value leaves one out that is
// sent by default.
func (c *client) do(method, path, body string, headers ...string) answer {
	c.t.Helper()
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, c.request(method, path, body, headers...))
	a := answer{status: w.Code, header: w.Result().Header, raw: w.Body.String()}
	if strings.HasSuffix(mediaType(a.header), "json") {
		require.NoError(c.t, json.Unmarshal([]byte(a.raw), &a.json), "%s %s: %.500s", method, path, a.raw)
	}
	k, err := documented()
	require.NoError(c.t, err)
	require.NoError(c.t, k.check(c.request(method, path, body, headers...), a), "%s %s: %d %.500s", method, path, a.status, a.raw)
	return a
}

func (c *client) get(path string) answer {
	c.t.Helper()
	return c.do("GET", path, "")
}

func (c *client) request(method, path, body string, headers ...string) *http.Request {
	r := httptest.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(body))
	r.Host, r.RemoteAddr = c.host, c.addr
	if c.cookie != "" {
		r.AddCookie(&http.Cookie{Name: account.Cookies{Plain: true}.Name(), Value: c.cookie})
	}
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Del(headers[i])
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	return r
}

func mediaType(h http.Header) string {
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return media
}

// list returns the items of a page.
func (a answer) list() []map[string]any {
	items, _ := a.json["items"].([]any)
	out := make([]map[string]any, len(items))
	for i, item := range items {
		out[i], _ = item.(map[string]any)
	}
	return out
}

// requireProblem checks that a program was refused as it should be.
func (a answer) requireProblem(t *testing.T, status int, code string) {
	t.Helper()
	require.Equal(t, status, a.status, "%.300s", a.raw)
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
	require.Equal(t, code, a.json["code"], "%.300s", a.raw)
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
}

// requireSilence checks that the answer tells none of what is another's.
func (a answer) requireSilence(t *testing.T, secrets ...string) {
	t.Helper()
	var head strings.Builder
	require.NoError(t, a.header.Write(&head))
	for _, s := range secrets {
		require.NotEmpty(t, s)
		require.NotContains(t, a.raw, s)
		require.NotContains(t, head.String(), s)
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

func decode(t *testing.T, raw string) map[string]any {
	t.Helper()
	var v map[string]any
	require.NoError(t, json.Unmarshal([]byte(raw), &v))
	return v
}

// scan sends what was read at a venue's door.
func (c *client) scan(text, venueID string) answer {
	c.t.Helper()
	return c.do("POST", "/ops/checkin/scans", scanBody(c.t, text, venueID))
}

func scanBody(t *testing.T, text, venueID string) string {
	t.Helper()
	return marshal(t, map[string]any{"token": text, "venue": venueID, "nonce": rand.Text()})
}

// token returns the check-in token of the client's own booking, "token" for the
// JWT or "packed".
func (c *client) token(bookingID, form string) string {
	c.t.Helper()
	a := c.get("/me/bookings/" + bookingID + "/token")
	require.Equal(c.t, 200, a.status, a.raw)
	text, _ := a.json[form].(string)
	return text
}

func bookingBody(t *testing.T, venueID, email string) string {
	t.Helper()
	return marshal(t, map[string]any{
		"venue": venueID, "resource_type": "lane", "starts_at": time.Now().Truncate(booking.Unit).Add(time.Hour).Format(time.RFC3339),
		"minutes": 60, "party_size": 2, "customer": map[string]any{"email": email, "name": "A. Guest"},
	})
}

// walkInAt asks for a booking that is nobody's.
func walkInAt(tenantID, venueID string) booking.Request {
	return booking.Request{
		TenantID: tenantID, IdempotencyKey: rand.Text(), VenueID: venueID, Kind: booking.Lane,
		StartsAt: time.Now().Truncate(booking.Unit), Duration: time.Hour, PartySize: 2, Channel: booking.ChannelWalkIn,
	}
}
