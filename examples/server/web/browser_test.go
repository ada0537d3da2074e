package web_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
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
		b.Venue.Name, b.Status = "Klotet Sickla Köpkvarter", portal.StatusPending
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
				p.Screenshot("web " + name + " " + look.name)
				require.Empty(t, faults(p), name)
				if look.Width > 320 {
					p.Eval("document.documentElement.style.fontSize = '200%'", nil)
					require.Empty(t, faults(p), "%s with text of twice the size", name)
					p.Eval("document.documentElement.style.fontSize = ''", nil)
				}
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
			if look.NoScript {
				p.WaitURL("&cursor=")
				require.Equal(t, 10, p.Count("main li"))
			} else {
				p.WaitGone("main .more a")
				require.Equal(t, 60, p.Count("main li"))
			}
			p.Click(".tabs a:nth-child(3)")
			p.WaitText("main .badge", map[bool]string{true: "Avbokad", false: "Cancelled"}[look.Language[:2] == "sv"])
			shot("cancelled")
			p.Click(".tabs a:nth-child(1)")
			p.Click("main .booking a[href$='#code']")
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

// faults finds what keeps people from using a page.
func faults(p *browsertest.Page) (found []string) {
	p.Eval(`(() => {
		const found = [], all = css => [...document.querySelectorAll(css)].filter(e => e.checkVisibility());
		const root = document.documentElement;
		if (root.scrollWidth > root.clientWidth)
			found.push('scrolls sideways: ' + all('main *, header *, footer *').
				filter(e => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > root.clientWidth).map(e => e.tagName + ' ' + e.className));
		if (!root.lang || !document.title) found.push('no language or title');
		if (all('h1').length !== 1) found.push('not one h1');
		let level = 0;
		for (const h of all('h1, h2, h3, h4')) {
			if (+h.tagName[1] > level + 1) found.push('heading skips a level: ' + h.textContent);
			level = +h.tagName[1];
		}
		for (const e of all('a, button, input:not([type=hidden]), select')) {
			const name = e.getAttribute('aria-label') || e.innerText || e.labels?.[0]?.innerText || e.querySelector('img')?.alt;
			if (!name?.trim()) found.push('no name: ' + e.outerHTML);
			if (getComputedStyle(e).display === 'inline' && e.parentElement.textContent.trim() !== e.textContent.trim()) continue; // within a sentence
			const box = (e.closest('label') || e).getBoundingClientRect(); // a label is a target too
			if (!e.closest('.skip, .cover, .plain') && (box.height < 24 || box.width < 24)) found.push('hard to hit: ' + e.outerHTML);
		}
		for (const e of all('img:not([alt])')) found.push('no alt: ' + e.outerHTML);
		const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
		if (new Set(ids).size < ids.length) found.push('an id stands twice: ' + ids);
		for (const e of document.querySelectorAll('[aria-labelledby], [aria-describedby]'))
			for (const id of (e.getAttribute('aria-labelledby') + ' ' + e.getAttribute('aria-describedby')).split(' '))
				if (id !== 'null' && !document.getElementById(id)) found.push('no #' + id);
		return found;
	})()`, &found)
	return found
}

func TestBucketsKeepFocusAndSayWhatHappened(t *testing.T) {
	t.Parallel()
	w := newWorld(t, today())
	w.fill()
	p := browsertest.New(t, browsertest.Options{Language: "en-GB,en"})
	w.signIn(p)
	var focus string
	focused := func() string {
		p.Eval(`(() => {
			const at = document.activeElement, row = at.closest('li');
			return row ? String([...row.parentElement.children].indexOf(row)) : at.innerText;
		})()`, &focus)
		return focus
	}
	p.Focus(".tabs a:nth-child(2)")
	p.Press("Enter")
	p.WaitText("[role=status]", "Past")
	require.Equal(t, "Past", focused(), "the focus stays on the tab")
	require.Equal(t, "Past", p.Text(".tabs [aria-current=page]"))
	require.Contains(t, p.URL(), "?bucket=history")
	require.Equal(t, 1, p.Count("main [aria-current]"))
	p.Focus(".more a")
	p.Press("Enter")
	p.WaitText("[role=status]", "10 more bookings shown")
	require.Equal(t, "50", focused(), "the focus goes to the first that is new")
	require.Equal(t, 60, p.Count("main li"))
	p.Focus(".skip")
	p.Press("Enter")
	p.WaitURL("#main")
	require.Equal(t, 60, p.Count("main li"), "a jump within the page changes nothing")
	p.Eval("history.go(-2)", nil)
	p.WaitText(".tabs [aria-current=page]", "Upcoming")
	p.WaitText("main li:nth-child(1)", "Tonight")
	require.Equal(t, 3, p.Count("main li"))

	w.broken.Store(true)
	p.AllowStatus(502)
	p.Click(".tabs a:nth-child(3)")
	p.WaitText("main [role=alert]", "couldn't load your bookings")
	require.Empty(t, faults(p))
	require.Equal(t, "Upcoming", p.Text(".tabs [aria-current=page]"), "what is shown is what is told")
	p.Screenshot("web failed")
	require.Equal(t, 0, p.Count("[aria-busy]"))
	p.Click("main [role=alert] a")
	p.WaitText("main .badge", "Cancelled")
	w.broken.Store(false)

	// Signed out in another tab: the page itself asks to sign in.
	other := p.Tab()
	other.Goto(w.url("/account/bookings"))
	other.Click(".top nav form button")
	other.WaitURL("/login")
	p.AllowStatus(401)
	p.Click(".tabs a:nth-child(2)")
	p.WaitURL("/login?back=%2Faccount%2Fbookings%3Fbucket%3Dhistory")
}

func TestTheFirstLoadIsLight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, today())
	w.fill()
	p := browsertest.New(t, browsertest.Options{Width: 390, Height: 844})
	w.signIn(p)
	require.NoError(t, chromedp.Do(p.Context(), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
		return err
	})))
	for path, most := range map[string]int64{"/account/bookings": 15 << 10, "/account/bookings?bucket=history": 18 << 10, "/account/bookings/1a": 15 << 10} {
		p.Goto(w.url(path))
		loaded := p.Requests()
		t.Logf("%s: %d bytes in %d requests: %v", path, loaded.Bytes, loaded.Count, loaded.URLs)
		require.LessOrEqual(t, loaded.Bytes, most, path)
		require.LessOrEqual(t, loaded.Count, 6, path)
	}
}
