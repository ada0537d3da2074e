package main

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/demo"
	"github.com/petanque-life/venuekit/internal/browsertest"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

// theater is a demo that serves in the test's own process.
type theater struct {
	*testing.T
	app *App
}

func openTheater(t *testing.T, d bunx.Dialect) theater {
	t.Helper()
	app := newTestApp(t, Options{Addr: freeAddr(t), DB: dbtest.URL(t, d), Demo: "on"})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- app.Serve(ctx, io.Discard) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
	until(t, "the server to listen", func() bool {
		conn, err := net.Dial("tcp", app.Options.Addr)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
	return theater{t, app}
}

// cast is an account of the demo's first chain.
func cast(t *testing.T, role, note string) demo.Account {
	t.Helper()
	for _, a := range demo.Accounts() {
		if a.TenantID == "klotet" && a.Role == role && (note == "" || a.Note == note) {
			return a
		}
	}
	t.Fatalf("nobody is %s %s", role, note)
	return demo.Account{}
}

// enter signs an account in by its link, as a person does, and returns the
// origin of its chain.
func (x theater) enter(p *browsertest.Page, who demo.Account) string {
	x.Helper()
	kind := account.KindOperator
	if who.Role == demo.RoleCustomer {
		kind = account.KindCustomer
	}
	token, err := x.app.Accounts.IssueLink(x.Context(), who.TenantID, who.Email, kind)
	require.NoError(x, err)
	tenant, ok := x.app.Tenants.ByID(who.TenantID)
	require.True(x, ok)
	p.Goto(tenant.URL("/login/" + token))
	p.WaitText("main form", who.Email)
	p.Click("main form button")
	return tenant.Origin
}

// The first story of the product: a customer signs in on the chain's own site,
// sees tonight's booking and opens its QR code; the host at the door scans it;
// the booking is checked in, and the customer sees it.
func TestStory_aGuestIsLetInByTheQRCode(t *testing.T) {
	t.Run("on SQLite, with a phone, in Swedish", func(t *testing.T) {
		letIn(t, bunx.SQLite, "story phone", browsertest.Options{Width: 390, Height: 844, Language: "sv-SE,sv;q=0.9"})
	})
	t.Run("on PostgreSQL, at a desk, in English", func(t *testing.T) {
		letIn(t, bunx.Postgres, "story desk", browsertest.Options{Width: 1200, Height: 900, Language: "en-GB"})
	})
}

func letIn(t *testing.T, d bunx.Dialect, shots string, size browsertest.Options) {
	t.Helper()
	x := openTheater(t, d)
	guest := browsertest.New(t, size)
	origin := x.enter(guest, cast(t, demo.RoleCustomer, demo.NoteBookingTonight))
	guest.WaitURL("/account/bookings")
	guest.WaitFor("li.booking a.button")
	guest.Screenshot(shots + " 1 bookings")
	guest.Click("li.booking a.cover")
	guest.WaitURL("/account/bookings/")
	page := guest.URL()
	guest.WaitFor(`img[src*="qr"]`)
	var drawn bool
	guest.Eval(`document.querySelector('img[src*="qr"]').decode().then(() => document.querySelector('img[src*="qr"]').naturalWidth > 0)`, &drawn)
	require.True(t, drawn, "the QR code is drawn")
	guest.Screenshot(shots + " 2 code")
	path, _, _ := strings.Cut(strings.TrimPrefix(page, origin+"/account"), "#")
	var packed string
	guest.Eval(`fetch("/me`+path+`/token").then(r => r.json()).then(t => t.packed)`, &packed)
	require.Regexp(t, `^[A-Z2-7]{100,}$`, packed)

	host := browsertest.New(t, size)
	x.enter(host, cast(t, demo.RoleHost, ""))
	host.WaitURL("/console")
	host.Screenshot(shots + " 3 tonight")
	host.Goto(origin + "/console/checkin")
	host.Type("#code", packed)
	host.Press("Enter")
	host.WaitFor(".result .verdict.good")
	host.Screenshot(shots + " 4 let in")
	host.Type("#code", packed)
	host.Press("Enter")
	host.WaitFor(".result .verdict.warn")
	host.Screenshot(shots + " 5 already in")

	// The relay tells the booking engine within a second or two.
	until(t, "the booking to be checked in", func() bool {
		var status string
		guest.Eval(`fetch("/me`+path+`").then(r => r.json()).then(b => b.status)`, &status)
		return status == "CHECKED_IN"
	})
	guest.Reload()
	guest.Screenshot(shots + " 6 checked in")
	host.Goto(origin + "/console")
	host.WaitFor(".arrivals")
	host.Screenshot(shots + " 7 tonight after")
	require.NoError(t, guest.Check())
	require.NoError(t, host.Check())
}
