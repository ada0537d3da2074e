package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/examples/server/web"
	"github.com/petanque-life/venuekit/internal/httpx"
)

//go:embed openapi.yaml
var openapiYAML []byte

// openapiJSON is the document as it is served.
var openapiJSON = sync.OnceValues(func() ([]byte, error) {
	var doc any
	if err := yaml.Unmarshal(openapiYAML, &doc); err != nil {
		return nil, err
	}
	return json.Marshal(doc)
})

// Handler returns everything that the server serves at its address.
func (a *App) Handler() (http.Handler, error) {
	cookies := account.Cookies{Plain: a.Options.TLSCert == "" && a.Demo}
	site, err := web.New(web.Config{
		Tenants: a.Tenants, Accounts: a.Accounts, Cookies: cookies, Engine: a.Engine, Portal: a.Portal, Checkin: a.Checkin, Secrets: a.Secrets,
		Mail: a.Mail, Demo: a.Demo, Now: a.now, Logger: a.logger,
	})
	if err != nil {
		return nil, err
	}
	tenants := http.NewServeMux()
	a.api(tenants)
	tenants.Handle("/", site.Handler())
	guard, err := edge.New(edge.Config{
		Tenants: a.Tenants, Accounts: a.Accounts, Cookies: cookies, TrustedProxies: a.Options.Proxies, Logger: a.logger,
		Fail: site.Fail, NoTenant: site.NoTenant(),
	})
	if err != nil {
		return nil, err
	}
	root := http.NewServeMux()
	root.Handle("GET /healthz", httpx.Errors{}.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		return httpx.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	}))
	root.Handle("GET /readyz", a.problems().Handle(a.serveReady))
	root.Handle("GET /openapi.json", a.problems().Handle(serveOpenAPI))
	if a.Options.MetricsAddr == "" {
		root.Handle("GET /metrics", loopbackOnly(a.metrics.handler()))
	}
	root.Handle("/", a.metrics.measure(guard.Wrap, tenants))
	return a.problems().Recover(root), nil
}

func serveOpenAPI(w http.ResponseWriter, _ *http.Request) error {
	doc, err := openapiJSON()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, err = w.Write(doc)
	return err
}

var notReady = httpx.NewProblem(http.StatusServiceUnavailable, "not_ready", "The server is not ready.", "Servern är inte redo.")

// serveReady says no while the server stops, and when the database doesn't
// answer or is older than the program.
func (a *App) serveReady(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if a.stopping.Load() {
		return notReady
	}
	if err := a.checkSchema(ctx); err != nil {
		return notReady.WithCause(err)
	}
	return httpx.WriteJSON(w, http.StatusOK, map[string]string{"status": "ready"})
}

// stopFor is how long requests under way may take after the signal to stop.
const stopFor = 10 * time.Second

// Serve listens, runs the jobs, and stops in order when ctx ends: readiness
// first, after StopDelay the listener, then requests and jobs under way.
func (a *App) Serve(ctx context.Context, stdout io.Writer) error {
	err := a.serve(ctx, stdout)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // stopped before it had begun
	}
	return err
}

func (a *App) serve(ctx context.Context, stdout io.Writer) error {
	handler, err := a.Handler()
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", a.Options.Addr)
	if err != nil {
		return fmt.Errorf("%w; -addr names another address", err)
	}
	if err := a.settings.Put(ctx, addrSetting, a.Options.Addr); err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(a.logger.Handler(), slog.LevelDebug),
	}
	jobs, stopJobs := context.WithCancel(context.WithoutCancel(ctx))
	defer stopJobs()
	var wg sync.WaitGroup
	wg.Go(func() { a.runJobs(jobs) })
	failed := make(chan error, 2)
	wg.Go(func() { failed <- a.listen(server, listener) })
	servers := []*http.Server{server}
	if a.Options.MetricsAddr != "" {
		m := &http.Server{Addr: a.Options.MetricsAddr, Handler: a.metrics.handler(), ReadHeaderTimeout: 5 * time.Second}
		servers = append(servers, m)
		wg.Go(func() { failed <- m.ListenAndServe() })
	}
	a.logger.InfoContext(ctx, "serving", slog.String("addr", listener.Addr().String()), slog.Bool("demo", a.Demo))
	if a.Demo {
		welcome(ctx, a, stdout)
	}
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	a.stopping.Store(true)
	if err == nil {
		select {
		case <-time.After(a.Options.StopDelay):
		case err = <-failed:
		}
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopFor)
	defer cancel()
	for _, s := range servers {
		err = errors.Join(err, s.Shutdown(stop))
	}
	stopJobs()
	wg.Wait()
	return err
}

func (a *App) listen(s *http.Server, l net.Listener) error {
	var err error
	if a.Options.TLSCert != "" || a.Options.TLSKey != "" {
		err = s.ServeTLS(l, a.Options.TLSCert, a.Options.TLSKey)
	} else {
		err = s.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
