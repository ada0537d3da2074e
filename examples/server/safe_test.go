package main

import (
	"context"
	"database/sql"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/demo"
	"github.com/petanque-life/venuekit/internal/sqldb"
)

// commits watches a database from a connection of its own, on which SQLite
// counts what others commit.
type commits struct {
	conn *sql.Conn
}

func watch(t *testing.T, path string) commits {
	t.Helper()
	db, _, err := sqldb.Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	conn, err := db.Conn(context.WithoutCancel(t.Context()))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return commits{conn}
}

func (c commits) version(t *testing.T) (v int64) {
	t.Helper()
	require.NoError(t, c.conn.QueryRowContext(t.Context(), "PRAGMA data_version").Scan(&v))
	return v
}

var (
	// local are the addresses on a page that lead to the same site.
	local = regexp.MustCompile(`(?:href|src|action)="(/[^"]*)"`)
	// particular is what tells pages of one kind apart.
	particular = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]+|=[^&]*`)
)

// crawl gets the paths and what their pages lead to, a few of each kind, and
// returns how many there were.
func (c *client) crawl(visited func(path string), paths ...string) int {
	c.t.Helper()
	seen, kinds := map[string]bool{}, map[string]int{}
	for len(paths) > 0 {
		path, kind := paths[0], particular.ReplaceAllString(paths[0], "*")
		paths = paths[1:]
		if seen[path] || kinds[kind] == 2 {
			continue
		}
		seen[path] = true
		kinds[kind]++
		a := c.do("GET", path, "", "Accept", "text/html")
		require.Less(c.t, a.status, http.StatusInternalServerError, path)
		visited(path)
		if mediaType(a.header) != "text/html" {
			continue
		}
		for _, found := range local.FindAllStringSubmatch(a.raw, -1) {
			next, _, _ := strings.Cut(html.UnescapeString(found[1]), "#")
			paths = append(paths, next)
		}
	}
	return len(seen)
}

// Not parallel: nobody else may change the database meanwhile.
func TestNoGetChangesAnything(t *testing.T) {
	guest, owner := newCustomer(t, klotet), newStaff(t, klotet, account.RoleOwner)
	booked := guest.book(hall)
	regular := newClient(t, klotet)
	for _, a := range demo.Accounts() {
		if a.TenantID == klotet && a.Note == demo.NoteManyBookings {
			regular.signIn(a.Email, account.KindCustomer)
		}
	}
	require.NotEmpty(t, regular.subject)
	link, err := owner.app.Accounts.IssueLink(t.Context(), klotet, guest.email, account.KindCustomer)
	require.NoError(t, err)
	paths := []string{
		"/", "/login", "/login/" + link, "/language", "/logout", "/account/bookings", "/console", "/book/lane", "/book/table", "/book/event", "/dev/outbox",
	}
	k, err := documented()
	require.NoError(t, err)
	for _, o := range k.operations() {
		path, _, _ := o.inTheirPlace(t, booked.ID)
		paths = append(paths, path)
	}

	db := watch(t, owner.app.Options.DB)
	before := db.version(t)
	for name, c := range map[string]*client{"a visitor": newClient(t, klotet), "a guest": guest, "a regular": regular, "an owner": owner} {
		n := c.crawl(func(path string) {
			require.Equal(t, before, db.version(t), "%s changed something by GET %s", name, path)
		}, paths...)
		require.Greater(t, n, len(paths), "pages lead on")
	}
	a := owner.do("POST", "/ops/checkin/scans", scanBody(t, booked.Reference, hall))
	require.Equal(t, "ok", a.json["code"], a.raw)
	require.Greater(t, db.version(t), before, "what a POST changes is seen")
	_, _, err = owner.app.Accounts.Peek(t.Context(), klotet, link)
	require.NoError(t, err, "the link is still good")
}
