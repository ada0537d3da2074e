package browsertest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// quiet is the longest that the end of a step waits for running requests.
const quiet = time.Second

// problem is one thing that went wrong in a page.
type problem struct {
	text      string
	status    int   // of an answer of 400 and more
	exception int64 // the number by which the browser may take it back
}

// Traffic is what a page has fetched over the network since its navigation.
// Answers from the cache, from a service worker and data: URLs don't count.
type Traffic struct {
	Count int      // requests that were answered, each redirect included
	Bytes int64    // received, headers included, compressed as sent
	URLs  []string // in the order of their answers
}

// watch collects the events of a tab and of its workers.
type watch struct {
	mu       sync.Mutex
	ctx      context.Context
	problems []problem
	statuses []int
	texts    []string
	open     map[network.RequestID]*request
	traffic  Traffic
	workers  map[target.ID]bool
}

// request is one that has begun and not ended.
type request struct {
	url    string
	stream bool // it ends when the page does
	free   bool // it did not touch the network
}

func newWatch() *watch {
	return &watch{open: map[network.RequestID]*request{}, workers: map[target.ID]bool{}}
}

// start follows the workers of the tab of ctx.
func (w *watch) start(ctx context.Context) error {
	w.mu.Lock()
	w.ctx = ctx
	w.mu.Unlock()
	tab := chromedp.FromContext(ctx)
	return chromedp.ListenBrowser(ctx, func(ev any) {
		created, ok := ev.(*target.EventTargetCreated)
		if ok && created.TargetInfo.BrowserContextID == tab.BrowserContextID && strings.HasSuffix(created.TargetInfo.Type, "worker") {
			go w.worker(ctx, created.TargetInfo.TargetID)
		}
	})
}

// worker listens to one worker until the tab closes.
func (w *watch) worker(ctx context.Context, id target.ID) {
	w.mu.Lock()
	known := w.workers[id]
	w.workers[id] = true
	w.mu.Unlock()
	if known {
		return
	}
	// a worker that left already had nothing to say
	worker, _ := chromedp.NewContext(ctx, chromedp.WithTargetID(id), chromedp.WithListener(w.event), chromedp.WithDetachOnCancel())
	chromedp.Do(worker)
}

// event receives every event of the tab, in their order. It must not wait.
func (w *watch) event(ev any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeAssert {
			w.add(problem{text: "console error: " + said(ev.Args) + place(ev.StackTrace)})
		}
	case *runtime.EventExceptionThrown:
		w.add(problem{text: "exception: " + thrown(ev.ExceptionDetails), exception: ev.ExceptionDetails.ExceptionID})
	case *runtime.EventExceptionRevoked:
		w.problems = slices.DeleteFunc(w.problems, func(p problem) bool { return p.exception == ev.ExceptionID })
	case *log.EventEntryAdded:
		w.entry(ev.Entry)
	case *audits.EventIssueAdded:
		if csp := ev.Issue.Details.ContentSecurityPolicyIssueDetails; csp != nil {
			w.violation(csp)
		}
	case *page.EventJavascriptDialogOpening:
		w.dialog(ev)
	case *inspector.EventTargetCrashed:
		w.add(problem{text: "the page crashed"})
	default:
		w.network(ev)
	}
}

// add keeps a problem unless the same was said already: the browser tells of a
// failed request twice, on its log and on its network.
func (w *watch) add(p problem) {
	if p.exception != 0 || !slices.Contains(w.problems, p) {
		w.problems = append(w.problems, p)
	}
}

// failed matches the log's entry of an answer of 400 and more.
var failed = regexp.MustCompile(`responded with a status of (\d+)`)

func (w *watch) entry(e *log.Entry) {
	switch {
	case e.Source == log.EntrySourceNetwork && failed.MatchString(e.Text):
		status, _ := strconv.Atoi(failed.FindStringSubmatch(e.Text)[1]) // digits by the expression
		w.add(answered(status, e.URL))
	case e.Source == log.EntrySourceNetwork && strings.Contains(e.Text, "net::"):
		w.add(problem{text: "request failed: " + e.Text[strings.Index(e.Text, "net::"):] + ": " + e.URL})
	case e.Level == log.EntryLevelError:
		w.add(problem{text: fmt.Sprintf("browser error (%s): %s%s", e.Source, e.Text, line(e.URL, e.LineNumber))})
	}
}

func (w *watch) violation(csp *audits.ContentSecurityPolicyIssueDetails) {
	text := "policy violation: " + csp.ViolatedDirective + " " + string(csp.ContentSecurityPolicyViolationType)
	if csp.IsReportOnly {
		text += " (report only)"
	}
	if csp.BlockedURL != "" {
		text += ": " + csp.BlockedURL
	}
	if at := csp.SourceCodeLocation; at != nil {
		text += line(at.URL, at.LineNumber-1)
	}
	w.add(problem{text: text})
}

// dialog closes a dialog of alert, confirm, prompt or of leaving, which would
// stop the page for ever.
func (w *watch) dialog(ev *page.EventJavascriptDialogOpening) {
	w.add(problem{text: fmt.Sprintf("blocking dialog (%s): %s", ev.Type, ev.Message)})
	leave := ev.Type == page.DialogTypeBeforeunload
	go func(ctx context.Context) {
		// a page that left has closed it itself
		chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: leave})
	}(w.ctx)
}

func (w *watch) network(ev any) {
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		if ev.RedirectResponse != nil {
			w.arrived(ev.RedirectResponse.URL, ev.RedirectResponse.EncodedDataLength)
		}
		w.open[ev.RequestID] = &request{
			url:    ev.Request.URL,
			stream: ev.Type == network.ResourceTypeEventSource,
			free:   strings.HasPrefix(ev.Request.URL, "data:") || strings.HasPrefix(ev.Request.URL, "blob:"),
		}
	case *network.EventRequestServedFromCache:
		if r := w.open[ev.RequestID]; r != nil {
			r.free = true
		}
	case *network.EventResponseReceived:
		if r := w.open[ev.RequestID]; r != nil {
			r.free = r.free || ev.Response.FromDiskCache || ev.Response.FromServiceWorker
		}
		if ev.Response.Status >= 400 {
			w.add(answered(int(ev.Response.Status), ev.Response.URL))
		}
	case *network.EventLoadingFinished:
		if r := w.open[ev.RequestID]; r != nil && !r.free {
			w.arrived(r.url, ev.EncodedDataLength)
		}
		delete(w.open, ev.RequestID)
	case *network.EventLoadingFailed:
		r := w.open[ev.RequestID]
		delete(w.open, ev.RequestID)
		// What was blocked is told better by a log entry, what was given up
		// belongs to a page that left.
		if r != nil && !ev.Canceled && ev.BlockedReason == "" && ev.ErrorText != "net::ERR_ABORTED" {
			w.add(problem{text: "request failed: " + ev.ErrorText + ": " + r.url})
		}
	}
}

func (w *watch) arrived(url string, bytes float64) {
	w.traffic.Count++
	w.traffic.Bytes += int64(bytes)
	w.traffic.URLs = append(w.traffic.URLs, url)
}

func (w *watch) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.traffic = Traffic{}
}

// busy tells whether a request is under way, streams apart.
func (w *watch) busy() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.open {
		if !r.stream {
			return true
		}
	}
	return false
}

// peek joins the problems that no allowance covers.
func (w *watch) peek() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var errs []error
	for _, p := range w.problems {
		if !w.allows(p) {
			errs = append(errs, errors.New(p.text))
		}
	}
	return errors.Join(errs...)
}

func (w *watch) allows(p problem) bool {
	return p.status != 0 && slices.Contains(w.statuses, p.status) ||
		slices.ContainsFunc(w.texts, func(text string) bool { return strings.Contains(p.text, text) })
}

// settle lets the page finish what it is about to say: its running tasks and
// its requests, for a moment at most.
func (p *Page) settle() {
	ctx, cancel := context.WithTimeout(p.ctx, quiet)
	defer cancel()
	turn := "0"
	if !p.opts.NoScript {
		turn = "new Promise(done => setTimeout(done))"
	}
	for ctx.Err() == nil {
		p.evaluate(ctx, turn) // a page that is gone has settled
		if !p.watch.busy() {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(interval):
		}
	}
}

// Requests returns what the page has fetched since [Page.Goto], after waiting
// a moment for requests under way.
func (p *Page) Requests() Traffic {
	p.settle()
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	t := p.watch.traffic
	t.URLs = slices.Clone(t.URLs)
	return t
}

// Check returns the problems of the page since the last Check, joined, one to
// a line, or nil. They no longer fail the test at its end.
func (p *Page) Check() error {
	p.settle()
	err := p.watch.peek()
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	p.watch.problems = nil
	return err
}

// AllowStatus says that answers of these statuses, of 400 and more, are meant
// to happen, before or after they did.
func (p *Page) AllowStatus(statuses ...int) {
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	p.watch.statuses = append(p.watch.statuses, statuses...)
}

// Allow says that problems whose text contains one of texts are meant to
// happen, such as "net::ERR_CONNECTION_REFUSED" in a test of an outage.
func (p *Page) Allow(texts ...string) {
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	p.watch.texts = append(p.watch.texts, texts...)
}

func answered(status int, url string) problem {
	return problem{text: fmt.Sprintf("request answered %d: %s", status, url), status: status}
}

// said joins the arguments of a console call.
func said(args []*runtime.RemoteObject) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = cut(a)
	}
	return strings.Join(parts, " ")
}

// cut writes a JavaScript value without its stack.
func cut(o *runtime.RemoteObject) string {
	text := o.Description
	if text == "" {
		text = strings.Trim(string(o.Value), `"`)
	}
	text, _, _ = strings.Cut(text, "\n    at ")
	return text
}

func thrown(d *runtime.ExceptionDetails) string {
	text := d.Text
	if d.Exception != nil {
		text += " " + cut(d.Exception)
	}
	if d.URL == "" {
		return text + place(d.StackTrace)
	}
	return text + line(d.URL, d.LineNumber)
}

func place(s *runtime.StackTrace) string {
	if s == nil || len(s.CallFrames) == 0 {
		return ""
	}
	return line(s.CallFrames[0].URL, s.CallFrames[0].LineNumber)
}

// line names a place in a file; the protocol counts lines from zero.
func line(url string, zero int64) string {
	if url == "" {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", url, zero+1)
}
