package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/examples/server/brand"
	"github.com/petanque-life/venuekit/examples/server/demo"
	"github.com/petanque-life/venuekit/examples/server/mail"
	"github.com/petanque-life/venuekit/examples/server/settings"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/secret"
	"github.com/petanque-life/venuekit/internal/sqldb"
	"github.com/petanque-life/venuekit/portal"
)

// App is the server, built by hand in the order of what depends on what. Tests
// build the same that the program does.
type App struct {
	Options  Options
	Demo     bool
	DB       *sql.DB
	Dialect  bunx.Dialect
	Tenants  *brand.Registry
	Secrets  *secret.Secrets
	Accounts *account.Service
	Engine   *booking.Engine
	Checkin  *checkin.Service
	Keyring  *checkin.Keyring
	Portal   *portal.Service
	Mail     *mail.Queue

	settings      *settings.Store
	checkinStores checkinbun.Stores
	metrics       *metrics
	names         *names
	stopping      atomic.Bool
	now           func() time.Time
	logger        *slog.Logger
}

// NewApp opens the database, brings its tables up to date and builds the
// services. It starts nothing.
func NewApp(ctx context.Context, o Options, logger *slog.Logger) (*App, error) {
	a := &App{Options: o, now: time.Now, logger: logger, metrics: newMetrics()}
	var err error
	if a.DB, a.Dialect, err = sqldb.Open(ctx, o.DB); err != nil {
		return nil, err
	}
	a.metrics.watch(a.DB)
	if err := a.build(ctx); err != nil {
		return nil, errors.Join(err, a.DB.Close())
	}
	return a, nil
}

// Close lets go of the database.
func (a *App) Close() error { return a.DB.Close() }

func (a *App) build(ctx context.Context) error {
	fresh, err := a.migrate(ctx)
	if err != nil {
		return err
	}
	a.settings = settings.New(a.DB, a.Dialect)
	if err := a.recallAddr(ctx); err != nil {
		return err
	}
	if err := a.decideDemo(ctx, fresh); err != nil {
		return err
	}
	if err := a.loadTenants(); err != nil {
		return err
	}
	secrets, err := a.loadSecrets(ctx)
	if err != nil {
		return err
	}
	if a.Secrets, err = secret.New(secrets...); err != nil {
		return err
	}
	if a.Accounts, err = account.New(a.DB, a.Dialect, account.Config{Secrets: a.Secrets, Now: a.now, Logger: a.logger}); err != nil {
		return err
	}
	if err := a.buildCheckin(secrets); err != nil {
		return err
	}
	if err := a.buildMail(); err != nil {
		return err
	}
	a.Engine = booking.New(a.DB, a.Dialect, booking.Config{Now: a.now, Logger: a.logger, Changed: a.bookingChanged})
	a.names = newNames(a.Engine, a.now)
	if a.Portal, err = portal.New(portal.Sources{Bookings: bookings{a}}, portal.Config{Now: a.now, Logger: a.logger}); err != nil {
		return err
	}
	for _, t := range a.Tenants.All() {
		if err := a.Keyring.Provision(ctx, t.ID, checkin.HS256, a.now()); err != nil {
			return err
		}
	}
	if a.Demo {
		return a.seed(ctx)
	}
	return nil
}

// migrate brings every package's tables up to date and reports whether there
// were none before.
func (a *App) migrate(ctx context.Context) (fresh bool, err error) {
	fresh = settings.CheckSchema(ctx, a.DB, a.Dialect) != nil
	for _, migrate := range []func(context.Context, *sql.DB, bunx.Dialect) error{
		settings.Migrate, account.Migrate, booking.Migrate, checkinbun.Migrate, mail.Migrate,
	} {
		if err := migrate(ctx, a.DB, a.Dialect); err != nil {
			return false, err
		}
	}
	return fresh, nil
}

// checkSchema reports tables that are older than the program.
func (a *App) checkSchema(ctx context.Context) error {
	for _, check := range []func(context.Context, *sql.DB, bunx.Dialect) error{
		settings.CheckSchema, account.CheckSchema, booking.CheckSchema, checkinbun.CheckSchema, mail.CheckSchema,
	} {
		if err := check(ctx, a.DB, a.Dialect); err != nil {
			return err
		}
	}
	return nil
}

// recallAddr takes the address of the last start where none is given, and keeps
// the one that is: the links that a subcommand prints lead to the server.
func (a *App) recallAddr(ctx context.Context) error {
	if a.Options.Addr != "" {
		return a.settings.Put(ctx, "addr", a.Options.Addr)
	}
	addr, err := a.settings.Get(ctx, "addr")
	if errors.Is(err, settings.ErrNotFound) {
		addr, err = defaultAddr, nil
	}
	a.Options.Addr = addr
	return err
}

// decideDemo turns the demo on only for a database that this program made, and
// only on loopback: it holds invented people, and shows their mail to anybody.
func (a *App) decideDemo(ctx context.Context, fresh bool) error {
	_, err := a.settings.Get(ctx, "demo")
	marked := err == nil
	if err != nil && !errors.Is(err, settings.ErrNotFound) {
		return err
	}
	made := fresh && (a.Dialect == bunx.SQLite || a.Options.Demo == "on")
	switch {
	case a.Options.Demo == "off":
		if marked {
			return errors.New("this database is a demo: start another one with -db")
		}
		return nil
	case a.Options.Demo == "on" && !marked && !made:
		return errors.New("-demo on: this database wasn't made as a demo, and its data stays as it is")
	case a.Options.Demo == "auto" && !marked && (!made || a.Options.Tenants != ""):
		return nil
	}
	if addr, err := netip.ParseAddrPort(a.Options.Addr); err != nil || !addr.Addr().IsLoopback() {
		return fmt.Errorf("the demo serves loopback only, not %q: its mail and sign-in links are open to whoever reaches it", a.Options.Addr)
	}
	a.Demo = true
	_, err = a.settings.Keep(ctx, "demo", "made")
	return err
}

func (a *App) loadTenants() (err error) {
	switch {
	case a.Demo:
		tenants := demo.Tenants(a.port())
		if a.Options.TLSCert != "" {
			for i := range tenants {
				tenants[i].Origin = "https" + strings.TrimPrefix(tenants[i].Origin, "http")
			}
		}
		a.Tenants, err = brand.NewRegistry(tenants...)
		return err
	case a.Options.Tenants == "":
		return errors.New("no tenants: name a file of them by -tenants, or start a demo on a new database")
	}
	f, err := os.Open(a.Options.Tenants)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	list, err := brand.ParseTenants(f, os.DirFS(filepath.Dir(a.Options.Tenants)))
	if err != nil {
		return fmt.Errorf("%s: %w", a.Options.Tenants, err)
	}
	a.Tenants, err = brand.NewRegistry(list...)
	return err
}

// loadSecrets takes the deployment's secrets from flag, environment or file. A
// demo makes its own and keeps it in its database; nothing else has a default.
func (a *App) loadSecrets(ctx context.Context) ([]secret.Secret, error) {
	text := a.Options.Secrets
	if a.Options.SecretsFile != "" {
		raw, err := os.ReadFile(a.Options.SecretsFile)
		if err != nil {
			return nil, err
		}
		text = string(raw)
	}
	if text == "" && a.Demo {
		var raw [32]byte
		_, _ = rand.Read(raw[:]) // never fails
		var err error
		if text, err = a.settings.Keep(ctx, "demo_secret", "demo:"+base64.StdEncoding.EncodeToString(raw[:])); err != nil {
			return nil, err
		}
	}
	if text == "" {
		return nil, errors.New("no secrets: set VENUEKIT_SECRETS or -secrets-file, for instance id:$(head -c 32 /dev/urandom | base64)")
	}
	return secret.ParseList(text)
}

func (a *App) buildCheckin(secrets []secret.Secret) (err error) {
	a.checkinStores = checkinbun.New(a.DB, a.Dialect)
	if a.Keyring, err = checkin.NewKeyring(a.checkinStores.Keys, secrets...); err != nil {
		return err
	}
	a.Checkin, err = checkin.New(a.checkinStores.Stores, a.Keyring, checkin.Config{Now: a.now, Logger: a.logger})
	return err
}

// seed makes the demo, or what is missing of it when its making was cut short.
// Import starts no mail: its engine tells check-in only.
func (a *App) seed(ctx context.Context) error {
	if done, err := a.settings.Get(ctx, "demo"); err == nil && done == "seeded" {
		return nil
	}
	made, err := a.settings.Keep(ctx, "demo_made_at", a.now().UTC().Format(time.RFC3339))
	if err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339, made)
	if err != nil {
		return err
	}
	quiet := booking.New(a.DB, a.Dialect, booking.Config{Now: a.now, Logger: a.logger, Changed: a.observe})
	if err := demo.Seed(ctx, demo.Target{Engine: quiet, Accounts: a.Accounts, Now: at, Seed: 1}); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return a.settings.Put(ctx, "demo", "seeded")
}

// port returns the port that pages are reached at.
func (a *App) port() string {
	if addr, err := netip.ParseAddrPort(a.Options.Addr); err == nil {
		return fmt.Sprint(addr.Port())
	}
	return "8080"
}

// baseURL is where a person at this machine begins.
func (a *App) baseURL() string {
	if a.Options.TLSCert != "" {
		return "https://localhost:" + a.port()
	}
	return "http://localhost:" + a.port()
}
