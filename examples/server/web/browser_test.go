package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/browsertest"
	"github.com/petanque-life/venuekit/portal"
)

// today is the afternoon of the browser's day.
func today() time.Time {
	y, m, d := time.Now().In(stockholm).Date()
	return time.Date(y, m, d, 15, 0, 0, 0, stockholm)
}

// fill gives the guest an account that has everything in it.
func (w *world) fill() {
	w.t.Helper()
	me := w.customer(guest)
	w.book(me, "1a", 0, nil)
	w.book(me, "2b", 50, func(b *portal.Booking) {
		b.ResourceType, b.Resources, b.PartySize = portal.ResourceTable, []string{"Bord 12"}, 4
		b.Package = &portal.Package{ID: "plock", Name: "Bubbel och plockmat"}
		b.Price.Amount = 119500
	})
	w.book(me, "3c", 24*20, func(b *portal.Booking) {
		b.ResourceType, b.Resources, b.PartySize = portal.ResourceEvent, []string{"Julquiz med allsång och glögg"}, 2
		b.Venue.Name, b.Status = "Boulebar Sickla Köpkvarter", portal.StatusPending
	})
	for i := range 60 {
		w.book(me, fmt.Sprintf("h%d", i), -24*7*(i+1), func(b *portal.Booking) {
			completed(b)
			if i == 3 {
				b.Status = portal.StatusNoShow
			}
		})
	}
	w.book(me, "x1", 24*3, cancelled)
}

// signIn goes the whole way: address, mail, link, button.
func (w *world) signIn(p *browsertest.Page) {
	w.t.Helper()
	p.Goto(w.url("/account/bookings"))
	p.WaitURL("/login?back=")
	p.Fill("#email", guest)
	p.Click("main form button")
	p.WaitURL("/login")
	p.WaitFor("main a[href='/dev/outbox']")
	mails := w.mails()
	require.NotEmpty(w.t, mails)
	p.Goto(w.url("/dev/outbox/" + mails[0].ID))
	p.Click(".plain a")
	p.WaitURL("/login/")
	p.Click("main form button")
	p.WaitURL("/account/bookings")
}

var looks = []struct {
	name string
	browsertest.Options
}{
	{"phone light", browsertest.Options{Width: 390, Height: 844, Language: "sv-SE,sv"}},
	{"phone dark", browsertest.Options{Width: 390, Height: 844, Dark: true, Language: "sv-SE,sv"}},
	{"desktop light", browsertest.Options{Width: 1200, Language: "sv-SE,sv"}},
	{"desktop dark without JavaScript", browsertest.Options{Width: 1200, Dark: true, NoScript: true, Language: "en-GB,en"}},
	{"narrow and forced colours", browsertest.Options{Width: 320, Height: 640, ForcedColors: true, ReducedMotion: true, Language: "en-GB,en"}},
}

func TestAccountPagesInABrowser(t *testing.T) {
	t.Parallel()
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, today())
			w.fill()
			p := browsertest.New(t, look.Options)
			p.AllowStatus(401)
			shot := func(name string) {
				t.Helper()
				require.False(t, sideways(p), "%s scrolls sideways", name)
				p.Screenshot("web " + name + " " + look.name)
			}
			p.Goto(w.url("/book"))
			shot("home")
			w.signIn(p)
			require.Equal(t, 3, p.Count("main li"))
			shot("upcoming")
			p.Click(".tabs a:nth-child(2)")
			p.WaitFor("main .more a")
			require.Equal(t, 50, p.Count("main li"))
			shot("history")
			p.Click("main .more a")
			p.WaitGone("main .more a")
			if look.NoScript {
				require.Equal(t, 10, p.Count("main li"))
			} else {
				require.Equal(t, 60, p.Count("main li"))
			}
			p.Click(".tabs a:nth-child(3)")
			p.WaitText("main .badge", map[bool]string{true: "Avbokad", false: "Cancelled"}[look.Language[:2] == "sv"])
			shot("cancelled")
			p.Click(".tabs a:nth-child(1)")
			p.WaitFor("main .booking .button")
			p.Click("main .booking .button")
			p.WaitURL("/account/bookings/1a")
			p.WaitFor(".ticket img")
			shot("booking")
			p.Goto(w.url("/account/bookings/x1"))
			shot("booking cancelled")
			p.AllowStatus(404)
			p.Goto(w.url("/account/bookings/none"))
			shot("not found")
			p.Click(".top nav form button")
			p.WaitURL("/login?out=1")
			shot("login")
			p.Goto(w.url("/dev/outbox"))
			shot("outbox")
			p.Click("main h2 a")
			p.WaitFor("iframe")
			shot("mail")
			p.Goto("http://localhost:" + w.port() + "/")
			shot("chooser")
		})
	}
}

// sideways reports whether the page is wider than its window.
func sideways(p *browsertest.Page) (wide bool) {
	p.Eval("document.documentElement.scrollWidth > document.documentElement.clientWidth", &wide)
	return wide
}
