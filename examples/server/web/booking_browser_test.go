package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/browsertest"
)

// shooter takes pictures of pages, none of which may have a fault.
func shooter(t *testing.T, p *browsertest.Page, look string) func(name string) {
	return func(name string) {
		t.Helper()
		require.Empty(t, faults(p), name)
		require.Empty(t, small(p), "%s has targets that are hard to hit", name)
		p.Screenshot(name + " " + look)
		if !strings.HasPrefix(look, "narrow") {
			p.Eval("document.documentElement.style.fontSize = '200%'", nil)
			require.Empty(t, faults(p), "%s with text of twice the size", name)
			p.Eval("document.documentElement.style.fontSize = ''", nil)
		}
	}
}

// small lists what is lower or narrower than a finger, links inside text apart.
func small(p *browsertest.Page) (found []string) {
	p.Eval(`[...document.querySelectorAll('main button, main select, main input:not([type=hidden]), main a')]
		.filter(el => el.checkVisibility() && !(el.matches('a') && el.closest('p:not(.cluster), dd')))
		.map(el => el.matches('[type=radio]') ? el.closest('label') : el)
		.filter(el => { const box = el.getBoundingClientRect(); return box.height < 44 || box.width < 44 })
		.map(el => el.outerHTML.slice(0, 120))`, &found)
	return found
}

func TestBookingInABrowser(t *testing.T) {
	t.Parallel()
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, today()).furnish()
			w.order(18, nil)
			w.order(19, nil)
			w.order(20, nil)
			p := browsertest.New(t, look.Options)
			shot := shooter(t, p, look.name)
			p.Goto(w.url("/book/lane"))
			shot("book venue")
			p.Fill("#venue", "norr")
			p.Fill("#party", "4")
			p.Click(".finder button")
			p.WaitFor("button.slot")
			require.Equal(t, 0, p.Count(".error"))
			shot("book times")
			p.Click(".days button:last-child")
			p.WaitText("#day", fmt.Sprint(w.at(24+12).Day()))
			p.WaitFor(".days button:nth-of-type(2)")
			p.Click(".days button:first-of-type")
			p.WaitText("#day", fmt.Sprint(w.at(12).Day()))
			p.Click(fmt.Sprintf("button[value='%s']", w.at(22).UTC().Format(time.RFC3339)))
			p.WaitURL("/book/lane/package?")
			shot("book package")
			p.Click("input[value=plank]")
			p.Click("main form button")
			p.WaitURL("/book/lane/confirm?")
			require.NotContains(t, p.URL(), "key=")
			p.AllowStatus(422)
			p.Type("#name", "Kim Öberg")
			p.Type("#email", "kim")
			p.Click("main form button")
			p.WaitFor(".error")
			shot("book confirm faulty")
			p.Fill("#email", guest)
			shot("book confirm")
			// Both lanes go to others meanwhile.
			w.order(22, nil)
			w.order(22, nil)
			p.AllowStatus(409)
			p.Click("main form button")
			p.WaitFor(".slots.broad button")
			shot("book taken")
			p.Click(".slots.broad li:first-child button")
			p.WaitFor("#email")
			require.Contains(t, p.URL(), "/book/lane/confirm")
			require.NotContains(t, p.URL(), "kim")
			p.Click("main form button")
			p.WaitURL("/book/done/")
			shot("book done")
			require.Len(t, w.live("norr"), 6)

			p.Goto(w.url("/book/event?party=4"))
			shot("book event")
			p.Goto(w.url("/book/lane?venue=norr&party=99&date=" + w.at(0).Format(time.DateOnly)))
			shot("book times faulty")
		})
	}
}

func TestTheTimesFollowWhatIsAskedWithoutLeavingThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, today()).furnish()
	p := browsertest.New(t, browsertest.Options{})
	p.Goto(w.url("/book/lane?venue=norr&party=2&hours=2"))
	p.Eval("window.same = true", nil)
	p.WaitText("button.slot:not(.full) span", "720")
	p.Fill("#hours", "1")
	p.WaitText("button.slot:not(.full) span", "360")
	require.Contains(t, p.URL(), "hours=1", "the address is that of what is shown")
	p.Click(".days button:last-child")
	p.WaitText("#day", fmt.Sprint(w.at(24).Day()))
	var focused, value string
	p.Eval("document.activeElement.textContent", &focused)
	require.Equal(t, "Next day", focused, "for the day after that")
	p.Eval("document.querySelector('#date').value", &value)
	require.Equal(t, w.at(24).Format(time.DateOnly), value)
	var same bool
	p.Eval("window.same === true", &same)
	require.True(t, same)
	// What the server refuses is shown as it shows it.
	p.AllowStatus(422)
	p.Fill("#party", "80")
	p.WaitText(".error", "Choose between 1 and 12 people.")
}

// signedIn brings a member of staff in by a link.
func (w *world) signedIn(p *browsertest.Page, email string) {
	w.t.Helper()
	token, err := w.accounts.IssueLink(w.t.Context(), "klotet", email, account.KindOperator)
	require.NoError(w.t, err)
	p.Goto(w.url("/login/" + token))
	p.Click("main form button")
	p.WaitURL("/console")
}

func TestTheConsoleInABrowser(t *testing.T) {
	t.Parallel()
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, today()).furnish()
			now := w.order(15, nil)
			w.order(15, func(r *booking.Request) { r.Kind, r.PartySize, r.Duration = booking.Table, 7, time.Hour })
			late := w.order(19, func(r *booking.Request) { r.PartySize = 10 })
			off := w.order(21, nil)
			_, err := w.engine.Cancel(t.Context(), off.Key(), "rain")
			require.NoError(t, err)
			south := w.order(15, func(r *booking.Request) { r.VenueID = "soder" })
			w.order(15, func(r *booking.Request) { r.Channel, r.CustomerID, r.PartySize = booking.ChannelWalkIn, "", 3 })

			p := browsertest.New(t, look.Options)
			shot := shooter(t, p, look.name)
			w.signedIn(p, staff)
			p.Goto(w.url("/console?venue=norr"))
			p.Click(".arrival form[action='/console'] button")
			p.WaitFor(".verdict.good")
			p.WaitFor("footer.bottom a[href='/dev/outbox']") // where the page ends
			shot("console tonight")
			p.Goto(w.url("/console/checkin?venue=norr"))
			shot("console scan ready")
			scan := func(code, tone string) {
				t.Helper()
				p.Fill("#code", code)
				p.Press("Enter")
				p.WaitFor(".result .verdict." + tone)
				p.WaitFor("#code:focus:invalid") // empty, for the next scan
			}
			scan(w.token(now).Packed, "warn")
			p.WaitText(".result", "Robin")
			shot("console scan already")
			scan(w.token(south).Packed, "bad")
			shot("console scan wrong venue")
			scan(w.token(late).JWT, "warn")
			shot("console scan early")
			scan("https://example.com", "bad")
			p.Goto(w.url("/console?venue=soder"))
			p.Click(".arrival form[action='/console'] button")
			p.WaitFor(".verdict.good")
			p.Click(".arrival form[action='/console/undo'] button")
			p.WaitFor(".verdict.warn")
			p.Goto(w.url("/console/checkin?venue=soder"))
			scan(south.Reference, "good")
			shot("console scan ok")
			p.Click(".result button")
			p.WaitFor(".result .verdict.warn")
			require.Zero(t, w.arrived(south))
			shot("console scan undone")
		})
	}
}

// wedge types a code as a hand scanner does: by the places of an English
// keyboard, which the guest's Swedish one takes for other letters.
const wedge = `(code => {
	const names = {'-': ['Minus', '+', false], '_': ['Minus', '?', true], '.': ['Period', '.', false]};
	for (const c of code + '\n') {
		let [at, key, shift] = names[c] ?? (/\d/.test(c) ? ['Digit' + c, c, false] : ['Key' + c.toUpperCase(), c, c !== c.toLowerCase()]);
		if (c === '\n') [at, key] = ['Enter', 'Enter'];
		const target = document.activeElement;
		const go = target.dispatchEvent(new KeyboardEvent('keydown', {code: at, key, shiftKey: shift, bubbles: true, cancelable: true}));
		if (!go) continue;
		if (key.length === 1 && document.activeElement.value !== undefined && document.activeElement.type !== 'number') document.activeElement.value += key;
		if (key === 'Enter') target.matches('button') ? target.click() : target.form?.requestSubmit();
	}
})`

func TestAHandScannerIsReadOnAnyKeyboardWhereverTheFocusIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, today()).furnish()
	var wide booking.Booking // with a token that holds the letters in question
	for {
		wide = w.order(15, func(r *booking.Request) { r.Kind, r.PartySize, r.Duration = booking.Table, 4, time.Hour })
		if jwt := w.token(wide).JWT; strings.Contains(jwt, "-") && strings.Contains(jwt, "_") {
			break
		}
		_, err := w.engine.Cancel(t.Context(), wide.Key(), "another")
		require.NoError(t, err)
	}
	p := browsertest.New(t, browsertest.Options{Width: 390})
	w.signedIn(p, hostNorth)
	p.Goto(w.url("/console/checkin"))
	jwt := w.token(wide).JWT
	p.Eval(wedge+"("+fmt.Sprintf("%q", jwt)+")", nil)
	p.WaitFor(".result .verdict.good")
	require.Equal(t, 1, w.arrived(wide))

	// On the button that would take it back, and on the number of guests.
	p.Focus(".result button")
	p.Eval(wedge+"("+fmt.Sprintf("%q", jwt)+")", nil)
	p.WaitFor(".result .verdict.warn")
	require.Equal(t, 2, w.arrived(wide), "it was a scan, and no press of the button")
	p.Fill("#guests", "2")
	p.Eval(wedge+"("+fmt.Sprintf("%q", w.token(wide).Packed)+")", nil)
	p.WaitText(".result", "4 of 4")
	require.Equal(t, 4, w.arrived(wide))
	p.Eval("document.activeElement.blur()", nil)
	p.Press("x")
	var value string
	p.Eval("document.querySelector('#code').value", &value)
	require.Equal(t, "x", value, "what is typed beside the field goes into it")
	p.Click("[data-step='1']")
	p.Eval("document.querySelector('#guests').value", &value)
	require.Equal(t, "2", value)
}

func TestAScanWithoutAnAnswerIsSentAgainAsTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, today()).furnish()
	b := w.order(15, nil)
	p := browsertest.New(t, browsertest.Options{})
	w.signedIn(p, hostNorth)
	p.Goto(w.url("/console/checkin"))
	p.AllowStatus(502)
	w.broken.Store(true)
	p.Fill("#code", b.Reference)
	p.Press("Enter")
	p.WaitText(".result", "The server didn't answer.")
	w.broken.Store(false)
	require.Zero(t, w.arrived(b))
	p.WaitFor("#code:focus:valid") // it is there still
	p.Press("Enter")
	p.WaitFor(".result .verdict.good")
	require.Equal(t, 1, w.arrived(b))
}

func TestTwoScansMayComeAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, today()).furnish()
	one, two := w.order(15, nil), w.order(15, nil)
	p := browsertest.New(t, browsertest.Options{})
	w.signedIn(p, hostNorth)
	p.Goto(w.url("/console/checkin"))
	p.Eval(fmt.Sprintf("[%q, %q].forEach(%s)", w.token(one).Packed, w.token(two).Packed, wedge), nil)
	p.WaitText(".result", two.Reference)
	p.WaitFor("#code:focus:invalid")
	require.Equal(t, []int{1, 1}, []int{w.arrived(one), w.arrived(two)})
}
