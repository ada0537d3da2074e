package browsertest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/browsertest"
)

// site serves each page under its path, and nothing else.
func site(t *testing.T, pages map[string]string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := pages[r.URL.Path]
		switch {
		case !ok && r.URL.Path == "/favicon.ico":
			w.WriteHeader(http.StatusNoContent)
		case !ok:
			http.NotFound(w, r)
		case strings.HasSuffix(r.URL.Path, ".js"):
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, body)
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self' 'nonce-n'; style-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'")
			w.Header().Set("Content-Security-Policy-Report-Only", "img-src 'none'")
			fmt.Fprintf(w, "<!doctype html><html lang=en><title>t</title><meta name=viewport content='width=device-width'><body>%s", body)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// recorder is a test that only notes how it went.
type recorder struct {
	testing.TB
	failures []string
	cleanups []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) FailNow()         { runtime.Goexit() }
func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	r.FailNow()
}

// record runs test as a test of its own and returns its failures.
func record(t *testing.T, test func(testing.TB)) string {
	t.Helper()
	browsertest.Need(t)
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for _, f := range r.cleanups {
				f()
			}
		}()
		test(r)
	}()
	<-done
	return strings.Join(r.failures, "\n")
}

func TestAPersonCanUseAForm(t *testing.T) {
	t.Parallel()
	server := site(t, map[string]string{
		"/": `<form action=/sent><label for=who>Name</label><input id=who name=who value="A"><input type=email name=mail value="a" aria-label=Mail>
			<input type=date name=day aria-label=Day><select name=size aria-label=Size><option>s<option>m</select>
			<label>Agree <input type=checkbox name=ok></label><button>Send</button></form><div id=host></div>
			<script nonce=n>host.attachShadow({mode: 'open'}).innerHTML = '<button>in the shadow</button>';
			const inner = host.shadowRoot.firstChild;
			inner.onclick = () => setTimeout(() => inner.textContent = 'pressed', 50);
			document.onkeydown = e => { if (e.key === 'Tab' && e.shiftKey) document.title = 'back' };</script>`,
		"/sent": `<h1>Thank you</h1>`,
	})
	p := browsertest.New(t, browsertest.Options{})
	p.Goto(server.URL)
	p.Type("#who", "ke Öberg")
	p.Type("[name=mail]", "@b.se")
	p.Fill("[name=day]", "2026-11-22")
	p.Fill("select", "m")
	p.Click("[name=ok]")
	p.Press("Shift+Tab")
	p.Click("#host >>> button")
	p.WaitText("#host >>> button", "pressed")
	require.Equal(t, 1, p.Count("form"))
	var title string
	p.Eval("Promise.resolve(document.title)", &title)
	require.Equal(t, "back", title)

	p.Focus("#who")
	p.Press("Enter")
	p.WaitURL("/sent?")
	require.Contains(t, p.URL(), "who=Ake+%C3%96berg&mail=a%40b.se&day=2026-11-22&size=m&ok=on")
	require.Equal(t, "Thank you", p.Text("h1"))
	p.WaitGone("form")
}

func TestWhatGoesWrongInAPageFailsItsTest(t *testing.T) {
	t.Parallel()
	server := site(t, map[string]string{
		"/fine":      `<script nonce=n>console.warn('only a warning'); Promise.reject(1).catch(() => {})</script>`,
		"/console":   `<script nonce=n>console.error('the sum is', 12, new TypeError('odd'))</script>`,
		"/assert":    `<script nonce=n>console.assert(false, 'must hold')</script>`,
		"/exception": `<script nonce=n>setTimeout(() => { throw new Error('boom') })</script>`,
		"/rejection": `<script nonce=n>Promise.reject(new Error('nobody cares'))</script>`,
		"/style":     `<p style="color: red">red</p>`,
		"/inline":    `<script>document.title = 'never'</script>`,
		"/report":    `<script nonce=n>document.body.append(new Image()); document.images[0].src = 'data:,'</script>`,
		"/missing":   `<script nonce=n>fetch('/nothing').then(() => document.title = 'told')</script>`,
		"/module":    `<script nonce=n type=module src=/gone.js></script>`,
		"/refused":   `<script nonce=n>fetch('/hang-up').catch(() => {})</script>`,
		"/dialog":    `<script nonce=n>alert('stop')</script>`,
		"/worker":    `<script nonce=n>new Worker('/worker.js')</script>`,
		"/worker.js": `setTimeout(() => console.error('from below'), 20)`,
		"/sw":        `<script nonce=n>navigator.serviceWorker.register('/sw.js').then(() => document.title = 'up')</script>`,
		"/sw.js":     `console.error('from behind')`,
	})
	for _, c := range []struct{ name, path, want string }{
		{"a warning and a handled rejection are no problem", "/fine", ""},
		{"an error on the console", "/console", "console error: the sum is 12 TypeError: odd (" + server.URL + "/console:"},
		{"an assertion on the console", "/assert", "console error: must hold"},
		{"an exception", "/exception", "exception: Uncaught Error: boom (" + server.URL + "/exception:1)"},
		{"a rejection", "/rejection", "exception: Uncaught (in promise) Error: nobody cares"},
		{"an inline style against the policy", "/style", "policy violation: style-src-attr"},
		{"an inline script against the policy", "/inline", "policy violation: script-src-elem"},
		{"a violation that is only reported", "/report", "(report only)"},
		{"a fetch of what is not there", "/missing", "request answered 404: " + server.URL + "/nothing"},
		{"a script that is not there", "/module", "request answered 404: " + server.URL + "/gone.js"},
		{"a page that is not there", "/lost", "request answered 404: " + server.URL + "/lost"},
		{"a dialog that blocks", "/dialog", "blocking dialog (alert): stop"},
		{"an error in a worker", "/worker", "console error: from below"},
		{"an error in a service worker", "/sw", "console error: from behind"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			said := record(t, func(t testing.TB) {
				p := browsertest.New(t, browsertest.Options{})
				p.Goto(server.URL + c.path)
				require.Eventually(t, func() bool { return c.want == "" || p.Problems() != nil }, 10*time.Second, 20*time.Millisecond)
			})
			if c.want == "" {
				require.Empty(t, said)
			} else {
				require.Contains(t, said, c.want)
			}
		})
	}
}

func TestAProblemIsToldOnce(t *testing.T) {
	t.Parallel()
	server := site(t, map[string]string{"/": `<script nonce=n>fetch('/nothing')</script>`})
	p := browsertest.New(t, browsertest.Options{})
	p.Goto(server.URL)
	require.EqualError(t, p.Check(), "request answered 404: "+server.URL+"/nothing")
	require.NoError(t, p.Check(), "a problem that was read is gone")
}

func TestWhatATestMeansToHappenIsAllowed(t *testing.T) {
	t.Parallel()
	server := site(t, map[string]string{"/": `<script nonce=n>
		console.error('expected: 1'); console.error('other'); fetch('/nothing')</script>`})
	p := browsertest.New(t, browsertest.Options{})
	p.AllowStatus(http.StatusNotFound)
	p.Allow("expected:")
	p.Goto(server.URL)
	err := p.Check()
	require.ErrorContains(t, err, "console error: other")
	require.NotContains(t, err.Error(), "expected")
	require.NotContains(t, err.Error(), "answered")
}

func TestAnOutageIsAProblemUnlessAllowed(t *testing.T) {
	t.Parallel()
	server := site(t, map[string]string{"/": `up`})
	p := browsertest.New(t, browsertest.Options{})
	p.Goto(server.URL)
	server.Close()
	var told string
	p.Eval(`fetch('/again').then(() => 'answered', () => 'down')`, &told)
	require.Equal(t, "down", told)
	require.ErrorContains(t, p.Check(), "request failed: net::ERR_CONNECTION_REFUSED: "+server.URL+"/again")
	p.Allow("net::ERR_CONNECTION_REFUSED")
	p.Eval(`fetch('/again').catch(() => {})`, nil)
	require.NoError(t, p.Check())
}

func TestAStepThatCannotBeDoneSaysWhy(t *testing.T) {
	t.Parallel()
	server := site(t, map[string]string{"/": `<h1>Reading matter</h1>
		<button id=off disabled>no</button><button id=hidden hidden>no</button><button id=under>no</button>
		<dialog id=d>modal</dialog><p id=p>slow</p><script nonce=n>d.showModal()</script>`})
	for _, c := range []struct {
		name, want string
		step       func(*browsertest.Page)
	}{
		{"nothing is selected", "click #none: not within 300ms: there is no such element", func(p *browsertest.Page) { p.Click("#none") }},
		{"the element is disabled", "the element is disabled", func(p *browsertest.Page) { p.Click("#off") }},
		{"the element is hidden", "the element is not visible", func(p *browsertest.Page) { p.Click("#hidden") }},
		{"the element is covered", `click #under: not within 300ms: the element is covered by <dialog id="d"`, func(p *browsertest.Page) { p.Click("#under") }},
		{"the text never comes", `wait for "fast" in #p: not within 300ms: it reads "slow"`, func(p *browsertest.Page) { p.WaitText("#p", "fast") }},
		{"the element never comes", "wait for #none", func(p *browsertest.Page) { p.WaitFor("#none") }},
		{"the element never goes", "wait until gone: h1", func(p *browsertest.Page) { p.WaitGone("h1") }},
		{"the address never comes", "wait for the address /later", func(p *browsertest.Page) { p.WaitURL("/later") }},
		{"the field takes no such value", "takes no focus", func(p *browsertest.Page) { p.Type("#p", "x") }},
		{"the script throws", "evaluate nonsense(): ", func(p *browsertest.Page) { p.Eval("nonsense()", nil) }},
		{"the script never ends", "context deadline exceeded", func(p *browsertest.Page) { p.Eval("new Promise(() => {})", nil) }},
		{"there is no such key", "there is no such key", func(p *browsertest.Page) { p.Press("Shift+Anykey") }},
		{"there is no such server", "ERR_NAME_NOT_RESOLVED", func(p *browsertest.Page) { p.Goto("http://venue.example/") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			said := record(t, func(t testing.TB) {
				p := browsertest.New(t, browsertest.Options{Timeout: 5 * time.Second})
				p.Goto(server.URL)
				p.Impatient(300 * time.Millisecond)
				c.step(p)
			})
			require.Contains(t, said, c.want)
			if strings.Contains(said, "the page is "+server.URL) {
				require.Contains(t, said, "and reads: Reading matter")
			}
		})
	}
}

func TestThePageSeesTheOptions(t *testing.T) {
	t.Parallel()
	server := site(t, map[string]string{"/": `<p id=p>plain</p><script nonce=n>p.textContent = 'live'</script><a href=/next>on</a>`, "/next": "arrived"})
	type seen struct {
		Width, Height         int
		Dark, Still, Contrast bool
		Language              string
	}
	const see = `(m => ({Width: innerWidth, Height: innerHeight, Dark: m('(prefers-color-scheme: dark)'), Still: m('(prefers-reduced-motion)'),
		Contrast: m('(forced-colors: active)'), Language: navigator.language}))(q => matchMedia(q).matches)`
	for _, c := range []struct {
		name string
		o    browsertest.Options
		want seen
		text string
	}{
		{"by default a light desktop", browsertest.Options{}, seen{1280, 900, false, false, false, "en-US"}, "live"},
		{"a dark telephone", browsertest.Options{Width: 390, Height: 844, Dark: true}, seen{390, 844, true, false, false, "en-US"}, "live"},
		{"Swedish, at rest, high contrast", browsertest.Options{ReducedMotion: true, ForcedColors: true, Language: "sv-SE,sv;q=0.9"}, seen{1280, 900, false, true, true, "sv-SE"}, "live"},
		{"without scripts", browsertest.Options{NoScript: true}, seen{1280, 900, false, false, false, "en-US"}, "plain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := browsertest.New(t, c.o)
			p.Goto(server.URL)
			var got seen
			p.Eval(see, &got)
			require.Equal(t, c.want, got)
			require.Equal(t, c.text, p.Text("#p"))
			p.Click("a")
			p.WaitText("body", "arrived")
		})
	}
}

func TestTheLanguageIsAsked(t *testing.T) {
	t.Parallel()
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			asked = r.Header.Get("Accept-Language")
		}
	}))
	t.Cleanup(server.Close)
	p := browsertest.New(t, browsertest.Options{Language: "sv"})
	p.Goto(server.URL)
	require.Equal(t, "sv", asked)
}

func TestEachTestHasItsOwnStorageAndTabsShareIt(t *testing.T) {
	t.Parallel()
	server := site(t, map[string]string{"/": "x"})
	one, other := browsertest.New(t, browsertest.Options{}), browsertest.New(t, browsertest.Options{})
	one.Goto(server.URL)
	one.Eval(`localStorage.mine = 'yes'`, nil)
	tab := one.Tab()
	for _, c := range []struct {
		p    *browsertest.Page
		want string
	}{{tab, "yes"}, {other, "none"}} {
		c.p.Goto(server.URL)
		var got string
		c.p.Eval(`localStorage.mine ?? 'none'`, &got)
		require.Equal(t, c.want, got)
	}
}

func TestHostsBelowLocalhostAreThisMachine(t *testing.T) {
	t.Parallel()
	server := site(t, map[string]string{"/": "<h1>both tenants</h1>"})
	p := browsertest.New(t, browsertest.Options{})
	for _, tenant := range []string{"boule", "bowl"} {
		p.Goto(strings.Replace(server.URL, "127.0.0.1", tenant+".localhost", 1))
		p.WaitText("h1", "both tenants")
	}
}

func TestRequestsCountWhatCameOverTheNetwork(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/old":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<link rel=icon href="data:,"><script src=/big.js></script><script>fetch('/late.js')</script>`)
		case "/big.js", "/late.js":
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, "//", strings.Repeat("x", 10_000))
		case "/stream":
			w.Header().Set("Content-Type", "text/event-stream")
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close)
	p := browsertest.New(t, browsertest.Options{})
	p.Goto(server.URL + "/old")
	got := p.Requests()
	require.Equal(t, 4, got.Count, got.URLs)
	require.Equal(t, []string{"/old", "/", "/big.js"}, paths(server, got.URLs[:3]))
	require.Greater(t, got.Bytes, int64(20_000))
	require.Less(t, got.Bytes, int64(22_000), "two files and four answers' headers")

	p.Goto(server.URL)
	require.NotContains(t, paths(server, p.Requests().URLs), "/old", "a navigation begins anew")
	p.Eval(`new Promise(up => new EventSource('/stream').onopen = up).then(() => 1)`, nil)
	before := time.Now()
	p.Requests()
	require.Less(t, time.Since(before), 900*time.Millisecond, "a stream is not waited for")
	p.Goto("about:blank")
}

func paths(server *httptest.Server, urls []string) []string {
	out := make([]string, len(urls))
	for i, u := range urls {
		out[i] = strings.TrimPrefix(u, server.URL)
	}
	return out
}

func TestScreenshotsAreWrittenWhereAsked(t *testing.T) {
	server := site(t, map[string]string{"/": "<h1>picture</h1>"})
	dir := filepath.Join(t.TempDir(), "shots")
	p := browsertest.New(t, browsertest.Options{Width: 390})
	p.Goto(server.URL)
	t.Setenv("VENUEKIT_SCREENSHOTS", "")
	p.Screenshot("never")
	require.NoDirExists(t, dir)
	t.Setenv("VENUEKIT_SCREENSHOTS", dir)
	p.Screenshot("page")
	png, err := os.ReadFile(filepath.Join(dir, "page.png"))
	require.NoError(t, err)
	require.Greater(t, len(png), 500)
	require.Equal(t, "\x89PNG", string(png[:4]))
}
