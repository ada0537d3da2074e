package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/demo"
)

// Options are the flags, each with its twin in the environment.
type Options struct {
	Addr        string
	DB          string
	Demo        string // "auto", "on" or "off"
	Tenants     string
	Secrets     string
	SecretsFile string
	TLSCert     string
	TLSKey      string
	MetricsAddr string
	Proxies     []netip.Prefix
	SMTP        string
	StopDelay   time.Duration
	LogLevel    slog.Level
	DemoShare   float64 // 0 for all
}

const defaultAddr = "127.0.0.1:8080"

const usage = `usage: server [flags]                       serve
       server signin -tenant T -email E     print a one-time sign-in link, as the last line
       server accounts                      print the demo's accounts, tab-separated:
                                            tenant, host name, role, email, note
       server migrate                       bring the tables up to date and end

Every subcommand takes the flags. Each flag has a twin in the environment:
-db is VENUEKIT_DB, -tls-cert is VENUEKIT_TLS_CERT, and so on.

`

var commands = []string{"serve", "signin", "accounts", "migrate", "help"}

// command is what the arguments ask for.
type command struct {
	name   string
	opts   Options
	tenant string
	email  string
}

func parse(args []string, env func(string) (string, bool), stderr io.Writer) (command, error) {
	c := command{name: "serve"}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		c.name, args = args[0], args[1:]
	}
	if !slices.Contains(commands, c.name) {
		return c, fmt.Errorf("unknown command %q; server help tells", c.name)
	}
	fs := flag.NewFlagSet("server", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		_, _ = io.WriteString(stderr, usage)
		fs.PrintDefaults()
	}
	o := &c.opts
	var proxies string
	fs.StringVar(&o.Addr, "addr", defaultAddr, "`address` to serve at")
	fs.StringVar(&o.DB, "db", "venuekit.db", "database: the path of a SQLite `file`, or a postgres:// URL")
	fs.StringVar(&o.Demo, "demo", "auto", "demo data and sign-in links: on (in an empty database), off, or auto: on for a SQLite file that this program makes without -tenants, or made as a demo")
	fs.StringVar(&o.Tenants, "tenants", "", "`file` of tenants (JSON), where there is no demo")
	fs.StringVar(&o.Secrets, "secrets", "", "the deployment's secrets, newest first: `id:base64`,...; better in the environment or in -secrets-file")
	fs.StringVar(&o.SecretsFile, "secrets-file", "", "`file` of secrets, one to a line")
	fs.StringVar(&o.TLSCert, "tls-cert", "", "certificate `file`; with -tls-key serves https")
	fs.StringVar(&o.TLSKey, "tls-key", "", "key `file`")
	fs.StringVar(&o.MetricsAddr, "metrics-addr", "", "`address` of a listener of its own for /metrics; else it is served to loopback")
	fs.StringVar(&proxies, "trusted-proxies", "", "networks, comma-separated, whose forwarded headers count")
	fs.StringVar(&o.SMTP, "smtp", "", "mail server: smtp://user:password@host:port; without it mail stays in the outbox")
	fs.DurationVar(&o.StopDelay, "stop-delay", 0, "how long /readyz says no before a stopping server takes no more requests, for a load balancer to notice")
	fs.Float64Var(&o.DemoShare, "demo-share", 1, "how much of the demo's ordinary bookings is made, above 0 to 1")
	fs.TextVar(&o.LogLevel, "log-level", slog.LevelInfo, "debug, info, warn or error")
	fs.StringVar(&c.tenant, "tenant", "", "signin: the tenant's `id`")
	fs.StringVar(&c.email, "email", "", "signin: the `address`")
	if c.name == "help" {
		fs.Usage()
		return c, flag.ErrHelp
	}
	if err := fromEnv(fs, env); err != nil {
		return c, err
	}
	if err := fs.Parse(args); err != nil {
		return c, err
	}
	if fs.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q; server help tells", fs.Arg(0))
	}
	for _, text := range strings.FieldsFunc(proxies, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return c, fmt.Errorf("-trusted-proxies: %w", err)
		}
		o.Proxies = append(o.Proxies, p)
	}
	// A subcommand speaks of the address that the server was last started at.
	if c.name != "serve" && !given(fs, "addr") {
		o.Addr = ""
	}
	if o.DemoShare <= 0 || o.DemoShare > 1 {
		return c, fmt.Errorf("-demo-share is %v, want more than 0 to 1", o.DemoShare)
	}
	if o.Demo != "auto" && o.Demo != "on" && o.Demo != "off" {
		return c, fmt.Errorf("-demo is %q, want on, off or auto", o.Demo)
	}
	if o.StopDelay < 0 {
		return c, fmt.Errorf("-stop-delay is %v, want none or some time", o.StopDelay)
	}
	return c, nil
}

// fromEnv sets each flag from its twin; the command line comes after and wins.
func fromEnv(fs *flag.FlagSet, env func(string) (string, bool)) (err error) {
	fs.VisitAll(func(f *flag.Flag) {
		name := "VENUEKIT_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if value, ok := env(name); ok {
			if e := fs.Set(f.Name, value); e != nil {
				err = errors.Join(err, fmt.Errorf("%s: %w", name, e))
			}
		}
	})
	return err
}

// given reports whether a flag was set, by whatever means.
func given(fs *flag.FlagSet, name string) (set bool) {
	fs.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, env func(string) (string, bool), stdout, stderr io.Writer) error {
	c, err := parse(args, env, stderr)
	if err != nil {
		return err
	}
	if c.name == "signin" && (c.tenant == "" || c.email == "") {
		return errors.New("signin wants -tenant and -email")
	}
	logger := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: c.opts.LogLevel}))
	app, err := NewApp(ctx, c.opts, logger)
	if err != nil {
		return err
	}
	defer func() { _ = app.Close() }()
	switch c.name {
	case "signin":
		return signin(ctx, app, c.tenant, c.email, stdout)
	case "accounts":
		return accounts(app, stdout)
	case "migrate":
		return nil // opening the app did it
	}
	return app.Serve(ctx, stdout)
}

// signin prints a link for an operator or customer. The first operator of a
// tenant that has none yet becomes its owner: who can run this command on the
// database could become that anyway.
func signin(ctx context.Context, app *App, tenantID, email string, stdout io.Writer) error {
	tenant, ok := app.Tenants.ByID(tenantID)
	if !ok {
		return fmt.Errorf("-tenant is %q, which is no tenant's id", tenantID)
	}
	operators, err := app.Accounts.Operators(ctx, tenantID)
	if err != nil {
		return err
	}
	if len(operators) == 0 {
		if _, err := app.Accounts.PutOperator(ctx, account.Operator{TenantID: tenantID, Email: email, Role: account.RoleOwner}); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(stdout, "%s is now the owner of %s.\n", email, tenant.Name); err != nil {
			return err
		}
	}
	token, err := app.Accounts.IssueLink(ctx, tenantID, email, account.KindOperator)
	if errors.Is(err, account.ErrNotFound) {
		token, err = app.Accounts.IssueLink(ctx, tenantID, email, account.KindCustomer)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, tenant.URL("/login/"+token))
	return err
}

func accounts(app *App, stdout io.Writer) error {
	if !app.Demo {
		return errors.New("this database is no demo")
	}
	for _, a := range demo.Accounts() {
		if _, err := fmt.Fprintf(stdout, "%s\t%s\t%s\t%s\t%s\n", a.TenantID, a.Host, a.Role, a.Email, a.Note); err != nil {
			return err
		}
	}
	return nil
}

// welcome tells a developer at a terminal where to look.
func welcome(ctx context.Context, app *App, stdout io.Writer) {
	_, _ = fmt.Fprintf(stdout, "\nvenuekit's demo is at %s\n\nSign in, each link once:\n\n", app.baseURL())
	w := tabwriter.NewWriter(stdout, 0, 4, 2, ' ', 0)
	for _, a := range demo.Accounts() {
		tenant, ok := app.Tenants.ByID(a.TenantID)
		if a.Note == "" || !ok {
			continue
		}
		kind := account.KindOperator
		if a.Role == demo.RoleCustomer {
			kind = account.KindCustomer
		}
		token, err := app.Accounts.IssueLink(ctx, a.TenantID, a.Email, kind)
		if err != nil {
			app.logger.WarnContext(ctx, "no sign-in link", "email", a.Email, "error", err)
			continue
		}
		_, _ = fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", tenant.Name, a.Role, a.Note, tenant.URL("/login/"+token))
	}
	_ = w.Flush()
	_, _ = fmt.Fprintf(stdout, "\nOr ask for a link at /login and read it at /dev/outbox.\n\n")
}
