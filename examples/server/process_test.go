package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// childVar makes the test binary the server itself: it is built already, and
// the same code.
const childVar = "SERVER_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVar) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// longWait bounds what a test waits for; beat is how often it looks.
const (
	longWait = time.Minute
	beat     = 20 * time.Millisecond
)

// process is a server, or one of its subcommands, that a test has started.
type process struct {
	t        testing.TB
	addr     string // where it serves
	host     string // of the tenant that requests are for
	cmd      *exec.Cmd
	out, log *buffer
	ended    chan struct{}
	client   *http.Client
}

// buffer is written by a process while the test reads it.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// launch starts the program in dir, killed when the test ends.
func launch(t testing.TB, dir string, env []string, args ...string) *process {
	t.Helper()
	return execute(t, os.Args[0], dir, append(env, childVar+"=1", fmt.Sprint("VENUEKIT_DEMO_SHARE=", smallDemo)), args...)
}

func execute(t testing.TB, file, dir string, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, out: new(buffer), log: new(buffer), ended: make(chan struct{})}
	p.cmd = exec.CommandContext(t.Context(), file, args...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.out, p.log
	p.cmd.Env = append(os.Environ(), env...)
	require.NoError(t, p.cmd.Start())
	go func() {
		_ = p.cmd.Wait() // ProcessState tells
		close(p.ended)
	}()
	t.Cleanup(func() {
		<-p.ended
		if t.Failed() {
			t.Logf("%s\n%s%s", strings.Join(args, " "), p.out.String(), p.log.String())
		}
	})
	return p
}

// subcommand runs a subcommand to its end and returns the lines that it printed.
func subcommand(t testing.TB, dir string, env []string, args ...string) []string {
	t.Helper()
	p := launch(t, dir, env, args...)
	require.Zero(t, p.exit(), p.log.String())
	return strings.Split(strings.TrimSuffix(p.out.String(), "\n"), "\n")
}

// startServer starts a server without waiting for it to be ready.
func startServer(t testing.TB, dir, host string, env []string, args ...string) *process {
	t.Helper()
	addr := freeAddr(t)
	return launch(t, dir, env, append([]string{"-addr", addr}, args...)...).at(addr, host)
}

// at says where the process serves, and for whose host requests are.
func (p *process) at(addr, host string) *process {
	p.addr, p.host = addr, host
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	p.t.Cleanup(transport.CloseIdleConnections)
	p.client = &http.Client{
		Transport: transport, Timeout: longWait,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return p
}

// freeAddr returns an address of loopback that nobody listens at.
func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// exit waits for the end of the process and returns its code, -1 when killed.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(longWait):
		p.t.Fatal("the process goes on")
		return 0
	}
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(s))
}

// until looks again and again whether something has come about.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(beat)
	defer tick.Stop()
	late := time.After(longWait)
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("in vain: " + what)
		}
	}
}

// ready waits until the server says that it is.
func (p *process) ready() *process {
	p.t.Helper()
	until(p.t, "the server is ready", func() bool {
		select {
		case <-p.ended:
			p.t.Fatalf("the server ended: %s", p.log.String())
		default:
		}
		a, err := p.send(p.t.Context(), "GET", "/readyz", nil)
		return err == nil && a.status == http.StatusOK
	})
	return p
}

// reply is a response, read whole.
type reply struct {
	status int
	header http.Header
	body   string
}

// code returns the member code of a JSON answer.
func (a reply) code() string {
	var body struct{ Code string }
	_ = json.Unmarshal([]byte(a.body), &body) // then there is none
	return body.Code
}

// send makes a request; a body becomes JSON unless it is a reader. Header are
// pairs. An error means that the server gave no whole answer.
func (p *process) send(ctx context.Context, method, path string, body any, header ...string) (reply, error) {
	var payload io.Reader
	switch b := body.(type) {
	case nil:
	case io.Reader:
		payload = b
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return reply{}, err
		}
		payload = bytes.NewReader(text)
		header = append(header, "Content-Type", "application/json")
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+p.addr+path, payload)
	if err != nil {
		return reply{}, err
	}
	r.Host = p.host
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := p.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(text)}, err
}

// do is send where the server must answer, with the status.
func (p *process) do(want int, method, path string, body any, header ...string) reply {
	p.t.Helper()
	a, err := p.send(p.t.Context(), method, path, body, header...)
	require.NoError(p.t, err)
	require.Equal(p.t, want, a.status, "%s %s: %s", method, path, a.body)
	return a
}

// get reads the JSON at a path into dst.
func (p *process) get(dst any, path string, header ...string) {
	p.t.Helper()
	a := p.do(http.StatusOK, "GET", path, nil, header...)
	require.NoError(p.t, json.Unmarshal([]byte(a.body), dst))
}

// signIn follows a one-time link to its path and presses the button. It returns
// the header that the session is in, and where the visitor is led.
func (p *process) signIn(path, email string) (cookie [2]string, to string) {
	p.t.Helper()
	page := p.do(http.StatusOK, "GET", path, nil, "Accept", "text/html")
	require.Contains(p.t, page.body, email, "the page names the account")
	form := func() io.Reader { return strings.NewReader("") }
	in := p.do(http.StatusSeeOther, "POST", path, form(), "Content-Type", "application/x-www-form-urlencoded")
	name, _, _ := strings.Cut(in.header.Get("Set-Cookie"), ";")
	p.do(http.StatusGone, "POST", path, form(), "Content-Type", "application/x-www-form-urlencoded")
	return [2]string{"Cookie", name}, in.header.Get("Location")
}

// tenantsFile writes a file of one tenant with the id chain and returns what a
// server of it needs.
func tenantsFile(t testing.TB, port string) (args, env []string) {
	t.Helper()
	file := t.TempDir() + "/tenants.json"
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `[{
		"id": "chain", "name": "Chain", "hosts": ["chain.localhost"], "origin": "http://chain.localhost:%s", "languages": ["en"],
		"currency": "SEK", "colours": {"accent": "#0f6b5c"}, "mail_sender": "hello@chain.example"}]`, port), 0o600))
	return []string{"-demo", "off", "-tenants", file}, []string{"VENUEKIT_SECRETS=" + testSecrets}
}

const testSecrets = "s1:YW4gaW52ZW50ZWQgc2VjcmV0IG9mIDMyIGJ5dGVzLi4="

// smallDemo is how much of the demo most tests make: those with a note are
// always there, and the rest takes seconds, many of them under the race detector.
const smallDemo = 0.03

// newTestApp builds the server in the test's own process; nothing of it runs.
func newTestApp(t testing.TB, o Options) *App {
	t.Helper()
	o.DemoShare = smallDemo
	app, err := NewApp(t.Context(), o, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, app.Close()) })
	return app
}
