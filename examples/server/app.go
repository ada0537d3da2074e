package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
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

	kind          kind
	secretsText   string
	smtp          *mail.SMTP // nil without a mail server
	settings      *settings.Store
	checkinStores checkinbun.Stores
	metrics       *metrics
	names         *names
	stopping      atomic.Bool
	now           func() time.Time
	logger        *slog.Logger
}

// NewApp builds the services over the database, whose tables it brings up to
// date. It starts nothing, and what it refuses it leaves as it is.
func NewApp(ctx context.Context, o Options, logger *slog.Logger) (*App, error) {
	a := &App{Options: o, now: time.Now, logger: logger, metrics: newMetrics()}
	found, d, err := kindAt(ctx, o.DB)
	if err != nil {
		return nil, err
	}
	a.kind, err = o.choose(found, d)
	if err != nil {
		return nil, err
	}
	a.Demo = a.kind == demoKind
	if err := a.readOptions(); err != nil {
		return nil, err
	}
	if a.DB, a.Dialect, err = sqldb.Open(ctx, o.DB); err != nil {
		return nil, err
	}
	a.metrics.watch(a.DB)
	a.settings = settings.New(a.DB, a.Dialect)
	if err := a.build(ctx); err != nil {
		return nil, errors.Join(err, a.DB.Close())
	}
	return a, nil
}

// Close lets go of the database.
func (a *App) Close() error { return a.DB.Close() }

// readOptions reads what the options name, so that nothing is made for a start
// that lacks some of it. A demo brings its own tenants and secret.
func (a *App) readOptions() (err error) {
	if !a.Demo {
		if a.Tenants, err = readTenants(a.Options.Tenants); err != nil {
			return err
		}
	}
	if a.secretsText, err = a.Options.secrets(); err != nil {
		return err
	}
	if a.secretsText == "" && !a.Demo {
		return errors.New("no secrets: set VENUEKIT_SECRETS or -secrets-file, for instance id:$(head -c 32 /dev/urandom | base64)")
	}
	if a.secretsText != "" {
		if _, err = secret.ParseList(a.secretsText); err != nil {
			return err
		}
	}
	if a.Options.SMTP != "" {
		if a.smtp, err = dialSMTP(a.Options.SMTP); err != nil {
			return fmt.Errorf("-smtp: %w", err)
		}
	}
	return nil
}

func (a *App) build(ctx context.Context) (err error) {
	if err := a.migrate(ctx); err != nil {
		return err
	}
	if a.Demo {
		if err := a.outfitDemo(ctx); err != nil {
			return err
		}
	}
	secrets, err := secret.ParseList(a.secretsText)
	if err != nil {
		return err
	}
	if a.Secrets, err = secret.New(secrets...); err != nil {
		return err
	}
	if a.Accounts, err = account.New(a.DB, a.Dialect, account.Config{Secrets: a.Secrets, NoPrepare: saysHow(a.Options.DB), Now: a.now, Logger: a.logger}); err != nil {
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

// migrate brings every package's tables up to date. The kind is kept first: of
// replicas that start at once one decides, and a start that breaks off has.
func (a *App) migrate(ctx context.Context) error {
	if err := settings.Migrate(ctx, a.DB, a.Dialect); err != nil {
		return err
	}
	kept, err := a.settings.Keep(ctx, kindSetting, string(a.kind))
	if err != nil {
		return err
	}
	if k := kind(kept); k != a.kind {
		return k.refusal()
	}
	for _, migrate := range []func(context.Context, *sql.DB, bunx.Dialect) error{
		account.Migrate, booking.Migrate, checkinbun.Migrate, mail.Migrate,
	} {
		if err := migrate(ctx, a.DB, a.Dialect); err != nil {
			return err
		}
	}
	return nil
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

// outfitDemo gives a demo its tenants, and a secret that it keeps in its
// database; nothing else has a default.
func (a *App) outfitDemo(ctx context.Context) (err error) {
	if err := a.recallAddr(ctx); err != nil {
		return err
	}
	tenants := demo.Tenants(a.port())
	if a.Options.TLSCert != "" {
		for i := range tenants {
			tenants[i].Origin = "https" + strings.TrimPrefix(tenants[i].Origin, "http")
		}
	}
	if a.Tenants, err = brand.NewRegistry(tenants...); err != nil || a.secretsText != "" {
		return err
	}
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	a.secretsText, err = a.settings.Keep(ctx, "demo_secret", "demo:"+base64.StdEncoding.EncodeToString(raw[:]))
	return err
}

const addrSetting = "addr"

// recallAddr takes the address of the last start where none is given: the links
// that a subcommand prints lead to the server.
func (a *App) recallAddr(ctx context.Context) error {
	if a.Options.Addr != "" {
		return nil
	}
	addr, err := a.settings.Get(ctx, addrSetting)
	if errors.Is(err, settings.ErrNotFound) {
		addr, err = defaultAddr, nil
	}
	a.Options.Addr = addr
	return err
}

// saysHow reports whether a -db value says how statements are to be run: there
// is a pooler then that prepared ones don't suit.
func saysHow(addr string) bool {
	u, err := url.Parse(addr)
	return err == nil && (u.Query().Has("default_query_exec_mode") || u.Query().Get("statement_cache_capacity") == "0")
}

func readTenants(file string) (*brand.Registry, error) {
	if file == "" {
		return nil, errors.New("no tenants: name a file of them by -tenants, or make a demo in an empty database by -demo on")
	}
	f, err := os.Open(file) //nolint:gosec // named by whoever starts the program
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	list, err := brand.ParseTenants(f, os.DirFS(filepath.Dir(file)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return brand.NewRegistry(list...)
}

// secrets returns the text of the deployment's secrets, from flag, environment
// or file.
func (o Options) secrets() (string, error) {
	if o.SecretsFile == "" {
		return o.Secrets, nil
	}
	raw, err := os.ReadFile(o.SecretsFile)
	return string(raw), err
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
	const seeded = "demo_seeded"
	if _, err := a.settings.Get(ctx, seeded); err == nil {
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
	if err := demo.Seed(ctx, demo.Target{Engine: quiet, Accounts: a.Accounts, Now: at, Seed: 1, Share: a.Options.DemoShare}); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return a.settings.Put(ctx, seeded, made)
}

// port returns the port that pages are reached at.
func (a *App) port() string {
	if _, port, err := net.SplitHostPort(a.Options.Addr); err == nil {
		return port
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
