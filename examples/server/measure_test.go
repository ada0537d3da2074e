package main

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/browsertest"
)

// program is the server as it is built for use, and a directory with its demo.
type program struct{ file, dir string }

func (p program) start(b *testing.B) *process {
	b.Helper()
	addr := freeAddr(b)
	return execute(b, p.file, p.dir, nil, "-addr", addr).at(addr, "klotet.localhost")
}

func (p *process) stop() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	require.Zero(p.t, p.exit(), p.log.String())
}

// BenchmarkProgram measures what a benchmark of functions can't: how large the
// program is, how soon it answers, what it holds in memory when idle, and what
// a browser fetches to show a customer's bookings for the first time.
func BenchmarkProgram(b *testing.B) {
	p := program{filepath.Join(b.TempDir(), "server"), b.TempDir()}
	sizes := map[string]float64{"MB": p.build(b), "MB-stripped": p.build(b, "-ldflags=-s -w")}
	server := p.start(b).ready() // makes the demo
	server.stop()
	report := func(name string, measures map[string]float64) {
		b.Run(name, func(b *testing.B) {
			b.ReportMetric(0, "ns/op")
			for unit, n := range measures {
				b.ReportMetric(n, unit)
			}
		})
	}
	report("size", sizes)
	report("start", map[string]float64{"s-to-answer": p.startTime(b).Seconds()})
	server = p.start(b).ready()
	<-time.After(10 * time.Second)
	report("idle", map[string]float64{"MB-resident": server.resident()})
	traffic := p.firstLoad(b, server)
	report("bookings", map[string]float64{"requests": float64(traffic.Count), "kB": float64(traffic.Bytes) / 1e3})
	b.Log(strings.Join(traffic.URLs, "\n"))
	server.stop()
}

// build returns the size of the binary in MB.
func (p program) build(b *testing.B, flags ...string) float64 {
	b.Helper()
	args := append([]string{"build", "-trimpath", "-o", p.file}, flags...)
	out, err := exec.CommandContext(b.Context(), "go", append(args, ".")...).CombinedOutput()
	require.NoError(b, err, "%s", out)
	info, err := os.Stat(p.file)
	require.NoError(b, err)
	return float64(info.Size()) / 1e6
}

// startTime is how long a start with a database takes until a page has come, in
// the middle of nine.
func (p program) startTime(b *testing.B) time.Duration {
	b.Helper()
	took := make([]time.Duration, 9)
	for i := range took {
		began := time.Now()
		server := p.start(b)
		tick := time.NewTicker(time.Millisecond)
		for {
			a, err := server.send(b.Context(), http.MethodGet, "/login", nil)
			if err == nil && a.status == http.StatusOK {
				break
			}
			<-tick.C
		}
		took[i] = time.Since(began)
		tick.Stop()
		server.stop()
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// resident returns the memory of the process in MB, where the system tells it.
func (p *process) resident() float64 {
	p.t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	require.NotEmpty(p.t, fields)
	kib, err := strconv.ParseFloat(fields[0], 64)
	require.NoError(p.t, err)
	return kib * 1024 / 1e6
}

// firstLoad shows the page to a browser that has nothing but the session.
func (p program) firstLoad(b *testing.B, server *process) browsertest.Traffic {
	b.Helper()
	const email = "vera.sundin@example.com" // has many
	out, err := exec.CommandContext(b.Context(), p.file, "signin", "-db", filepath.Join(p.dir, "venuekit.db"), "-tenant", "klotet", "-email", email).Output()
	require.NoError(b, err)
	lines := strings.Fields(string(out))
	link, err := url.Parse(lines[len(lines)-1])
	require.NoError(b, err)
	cookie, to := server.signIn(link.Path, email)
	origin := "http://" + link.Host
	page := browsertest.New(b, browsertest.Options{Width: 390})
	page.Goto(origin + "/healthz") // needs nothing of what is measured
	page.Eval("document.cookie = "+strconv.Quote(cookie[1]+"; path=/"), nil)
	page.Goto(origin + to)
	page.WaitText("h1", "")
	return page.Requests()
}
