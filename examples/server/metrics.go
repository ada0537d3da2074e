package main

import (
	"cmp"
	"database/sql"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/petanque-life/venuekit/internal/httpx"
)

// metrics are what Prometheus reads. Labels are bounded: routes and never
// paths, no tenants.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	scans    *prometheus.CounterVec
	failures *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "venuekit_http_request_duration_seconds", Help: "Time to answer, by route and status.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"route", "status"}),
		scans: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "venuekit_checkin_answers_total", Help: "Answers of the check-in handlers, by status.",
		}, []string{"status"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "venuekit_job_failures_total", Help: "Rounds of background jobs that failed, by job.",
		}, []string{"job"}),
	}
	m.registry.MustRegister(m.requests, m.scans, m.failures, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watch adds the pool's figures.
func (m *metrics) watch(db *sql.DB) {
	m.registry.MustRegister(collectors.NewDBStatsCollector(db, "venuekit"))
}

func (m *metrics) jobFailed(name string) { m.failures.WithLabelValues(name).Inc() }

// handler serves the figures.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// loopbackOnly serves next to this machine alone, as seen from the connection:
// a proxy in front must not pass /metrics on.
func loopbackOnly(next http.Handler) http.Handler {
	return httpx.Errors{}.Handle(func(w http.ResponseWriter, r *http.Request) error {
		addr, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !addr.Addr().Unmap().IsLoopback() {
			return httpx.NotFound
		}
		for _, name := range forwarding {
			if r.Header.Get(name) != "" {
				return httpx.NotFound
			}
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// statusWriter remembers the status of an answer, and by which route it came.
type statusWriter struct {
	http.ResponseWriter
	status int
	route  string
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// noRoute is the route of requests that no handler of a tenant has seen.
const noRoute = "none"

// measure times every request that wrap lets through to next, and what it
// refuses, under the innermost pattern that served it.
func (m *metrics) measure(wrap func(http.Handler) http.Handler, next http.Handler) http.Handler {
	inner := wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		if s, ok := w.(*statusWriter); ok {
			s.route = r.Pattern // each mux on the way has set it
		}
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		s := &statusWriter{ResponseWriter: w, route: noRoute}
		inner.ServeHTTP(s, r)
		m.requests.WithLabelValues(s.route, strconv.Itoa(cmp.Or(s.status, http.StatusOK))).Observe(time.Since(began).Seconds())
	})
}

// countScans counts the answers of the check-in handlers.
func (a *App) countScans(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(s, r)
		a.metrics.scans.WithLabelValues(strconv.Itoa(s.status)).Inc()
	})
}

// forwarding are the headers by which proxies tell that they are there.
var forwarding = []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"}
