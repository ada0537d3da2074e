// Package browsertest drives Chromium in tests, as a person would: it opens a
// page, clicks, types and reads. A test binary starts one browser, lazily, and
// every test has storage and cookies of its own.
//
//	p := browsertest.New(t, browsertest.Options{Width: 390, Dark: true})
//	p.Goto(server.URL + "/account/bookings")
//	p.Click("article:first-of-type a")
//	p.WaitText("h1", "Lane 4")
//
// What goes wrong in the page fails the test: an error on the console, an
// exception, a rejection that nobody handled, a violation of the content
// security policy (also one only reported), a request that failed or was
// answered by 4xx or 5xx, a blocking dialog. A test that means one of them says
// so by [Page.AllowStatus] or [Page.Allow], or reads it by [Page.Check]. Workers
// and service workers are watched too.
//
// Selectors are CSS; ` >>> ` steps into a shadow root, as in
// `booking-buckets >>> button`. Every step waits for its element, and fails the
// test when that takes longer than [Options.Timeout]. Hosts below .localhost
// are this machine; no other host can be reached.
//
// A page may be used by one goroutine at a time.
package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Options say how the browser of a test is set up. The zero value is a light
// desktop window with English as its language.
type Options struct {
	Width, Height int           // of the window, in CSS pixels; 1280 by 900 by default
	Dark          bool          // prefers a dark colour scheme
	NoScript      bool          // the pages' scripts don't run
	ReducedMotion bool          // prefers reduced motion
	ForcedColors  bool          // forced colours are active, as in a high contrast mode
	Language      string        // Accept-Language and navigator.language, such as "sv-SE,sv;q=0.9"
	Timeout       time.Duration // the longest that a step may take; 20 s by default
}

func (o Options) withDefaults() Options {
	if o.Width == 0 {
		o.Width = 1280
	}
	if o.Height == 0 {
		o.Height = 900
	}
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	return o
}

// Page is one tab of the browser.
type Page struct {
	t     testing.TB
	opts  Options
	ctx   context.Context // the tab, as chromedp has it
	watch *watch
}

// New opens an empty tab with storage of its own, and closes it when the test
// ends, which then fails if the page had a problem. Start servers before: what
// is cleaned up last was made first. The test is skipped when there is no
// Chromium, or fails when VENUEKIT_REQUIRE lists chromium.
func New(t testing.TB, o Options) *Page {
	t.Helper()
	return open(t, browser(t), o.withDefaults(), chromedp.WithNewBrowserContext())
}

// Tab opens one more tab beside p, with the same storage and options.
func (p *Page) Tab() *Page {
	p.t.Helper()
	return open(p.t, p.ctx, p.opts)
}

func open(t testing.TB, parent context.Context, o Options, opts ...chromedp.ContextOption) *Page {
	t.Helper()
	w := newWatch()
	ctx, cancel := chromedp.NewContext(parent, append(opts, chromedp.WithListener(w.event))...)
	p := &Page{t: t, opts: o, ctx: ctx, watch: w}
	t.Cleanup(func() {
		t.Helper()
		err := p.Check()
		cancel()
		if err != nil {
			t.Errorf("the page had problems (AllowStatus and Allow name what a test means to happen):\n%v", err)
		}
	})
	// The first call binds the tab's life to its context, so it has no deadline.
	err := chromedp.Do(ctx)
	if err == nil {
		err = w.start(ctx)
	}
	if err == nil {
		err = p.within(func(ctx context.Context) error { return chromedp.Do(ctx, o.emulate()) })
	}
	if err != nil {
		t.Fatalf("browsertest: no new tab: %v", err)
	}
	return p
}

// emulate applies the options to a new tab.
func (o Options) emulate() chromedp.Action[chromedp.Void] {
	choose := func(on bool, yes, no string) string {
		if on {
			return yes
		}
		return no
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: choose(o.Dark, "dark", "light")},
		{Name: "prefers-reduced-motion", Value: choose(o.ReducedMotion, "reduce", "no-preference")},
		{Name: "forced-colors", Value: choose(o.ForcedColors, "active", "none")},
	}}
	return chromedp.Steps(
		chromedp.EmulateViewport(int64(o.Width), int64(o.Height)),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, audit := cdp.Call(ctx, t, audits.Enable, cdp.Empty{})
			_, look := cdp.Call(ctx, t, emulation.SetEmulatedMedia, media)
			_, script := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: o.NoScript})
			return errors.Join(audit, look, script, o.speak(ctx, t))
		}),
	)
}

// speak sets the language, which the protocol ties to the user agent's name.
func (o Options) speak(ctx context.Context, t *chromedp.Target) error {
	if o.Language == "" {
		return nil
	}
	v, err := chromedp.CallBrowser(ctx, cdpbrowser.GetVersion, cdp.Empty{})
	if err != nil {
		return err
	}
	_, err = cdp.Call(ctx, t, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: v.UserAgent, AcceptLanguage: o.Language})
	return err
}

// Context returns the tab for chromedp's own actions, where this package has
// no method. Bound each by a timeout.
func (p *Page) Context() context.Context { return p.ctx }

// within runs one step bounded by the page's timeout.
func (p *Page) within(step func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(p.ctx, p.opts.Timeout)
	defer cancel()
	return step(ctx)
}

// do runs one step and fails the test, naming it, when it fails.
func (p *Page) do(what string, step func(context.Context) error) {
	p.t.Helper()
	if err := p.within(step); err != nil {
		p.t.Fatalf("%s: %v%s", what, err, p.where())
	}
}

// Goto opens url and waits for its load event. What [Page.Requests] counts
// begins here.
func (p *Page) Goto(url string) {
	p.t.Helper()
	p.watch.reset()
	p.do("go to "+url, func(ctx context.Context) error { return chromedp.Do(ctx, chromedp.Navigate(url)) })
}

// Reload loads the page again and waits for its load event.
func (p *Page) Reload() {
	p.t.Helper()
	p.watch.reset()
	p.do("reload", func(ctx context.Context) error { return chromedp.Do(ctx, chromedp.Reload()) })
}

// URL returns the page's address.
func (p *Page) URL() string {
	p.t.Helper()
	var url string
	p.Eval("location.href", &url)
	return url
}

// Eval runs a JavaScript expression in the page, waits for its promise if it
// is one, and unmarshals the value into dst, unless that is nil. It works with
// NoScript and under any content security policy.
func (p *Page) Eval(js string, dst any) {
	p.t.Helper()
	p.do("evaluate "+excerpt(js, 120), func(ctx context.Context) error {
		value, err := p.evaluate(ctx, js)
		switch {
		case err != nil || dst == nil:
			return err
		case len(value) == 0:
			return errors.New("the value is undefined")
		}
		return json.Unmarshal(value, dst)
	})
}

func (p *Page) evaluate(ctx context.Context, js string) ([]byte, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[[]byte](js, func(e *runtime.EvaluateParams) {
		e.AwaitPromise = new(!p.opts.NoScript)
		e.ReturnByValue = new(true)
		e.UserGesture = new(false)
	}))
}

// Screenshot writes the whole page, also what is scrolled away, as name.png
// into the folder that VENUEKIT_SCREENSHOTS names. Without it nothing happens.
func (p *Page) Screenshot(name string) {
	p.t.Helper()
	dir := os.Getenv("VENUEKIT_SCREENSHOTS")
	if dir == "" {
		return
	}
	p.do("screenshot "+name, func(ctx context.Context) error {
		png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err != nil {
			return err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	})
}

// where tells, for a failure's message, what the page shows.
func (p *Page) where() string {
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
	defer cancel()
	var at struct{ URL, Text string }
	value, err := p.evaluate(ctx, `({URL: location.href, Text: document.body ? document.body.innerText : ''})`)
	if err == nil {
		err = json.Unmarshal(value, &at)
	}
	if err != nil {
		return "\nthe page doesn't answer"
	}
	said := ""
	if problems := p.watch.peek(); problems != nil {
		said = fmt.Sprintf("\nits problems so far:\n%v", problems)
	}
	return fmt.Sprintf("\nthe page is %s\nand reads: %s%s", at.URL, excerpt(at.Text, 600), said)
}
