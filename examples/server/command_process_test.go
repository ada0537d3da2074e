package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/demo"
	"github.com/petanque-life/venuekit/examples/server/settings"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
	"github.com/petanque-life/venuekit/internal/sqldb"
)

// One server, on an empty directory, and what goes with it.
func TestTheProgramServesItsDemoFromAnEmptyDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startServer(t, dir, "klotet.localhost", nil).ready()
	require.Contains(t, p.do(http.StatusOK, "GET", "/", nil, "Accept", "text/html").body, "Klotet")
	p.do(http.StatusOK, "GET", "/healthz", nil)
	require.FileExists(t, filepath.Join(dir, "venuekit.db"))

	t.Run("accounts prints five columns for each account", func(t *testing.T) {
		lines := subcommand(t, dir, nil, "accounts")
		require.Len(t, lines, len(demo.Accounts()))
		roles := map[string]bool{}
		for _, line := range lines {
			columns := strings.Split(line, "\t")
			require.Len(t, columns, 5, line)
			roles[columns[2]] = true
		}
		require.Equal(t, map[string]bool{"customer": true, "owner": true, "manager": true, "host": true, "support": true}, roles)
	})
	for _, a := range demo.Accounts() {
		kind, home := "customer", "/account/bookings"
		switch {
		case a.Role == demo.RoleOwner:
			kind, home = "operator", "/console"
		case a.Note != demo.NoteManyBookings:
			continue
		}
		t.Run(fmt.Sprintf("signin lets a %s of %s in", kind, a.TenantID), func(t *testing.T) {
			p := *p
			p.t, p.host = t, a.Host
			lines := subcommand(t, dir, nil, "signin", "-tenant", a.TenantID, "-email", a.Email)
			link, err := url.Parse(lines[len(lines)-1])
			require.NoError(t, err)
			_, port, _ := net.SplitHostPort(p.addr)
			require.Equal(t, a.Host+":"+port, link.Host, "where the server was started last")
			cookie, to := p.signIn(link.Path, a.Email)
			require.Equal(t, home, to)
			var me struct{ Email, Kind string }
			p.get(&me, "/me", cookie[:]...)
			require.Equal(t, a.Email, me.Email)
			require.Equal(t, kind, me.Kind)
			p.do(http.StatusOK, "GET", home, nil, append(cookie[:], "Accept", "text/html")...)
		})
	}
}

func TestTheFirstOperatorOfAnEmptyTenantGetsInBySignin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args, env := tenantsFile(t, "8080")
	p := startServer(t, dir, "chain.localhost", env, args...).ready()
	signin := func(email string) (lines []string, to string, cookie [2]string) {
		lines = subcommand(t, dir, env, append([]string{"signin", "-tenant", "chain", "-email", email}, args...)...)
		link, err := url.Parse(lines[len(lines)-1])
		require.NoError(t, err)
		require.Equal(t, "chain.localhost:8080", link.Host, "the tenant's origin")
		cookie, to = p.signIn(link.Path, email)
		return lines, to, cookie
	}
	_, to, cookie := signin("first@chain.example")
	require.Equal(t, "/console", to)
	var me struct{ Kind, Role string }
	p.get(&me, "/me", cookie[:]...)
	require.Equal(t, "operator", me.Kind)
	require.Equal(t, "owner", me.Role)

	lines, to, _ := signin("second@chain.example")
	require.Len(t, lines, 1, "nothing is said of an owner")
	require.Equal(t, "/account/bookings", to, "who comes second is a customer")
	p.do(http.StatusNotFound, "GET", "/dev/outbox", nil)
}

func TestTheProgramRefusesToStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args, env := tenantsFile(t, "8080")
	secrets := environment("VENUEKIT_SECRETS", testSecrets)
	plain, foreign, made := filepath.Join(dir, "plain.db"), filepath.Join(dir, "foreign.db"), filepath.Join(dir, "demo.db")
	subcommand(t, dir, env, append([]string{"migrate", "-db", plain}, args...)...)
	subcommand(t, dir, nil, "migrate", "-db", made)
	db, _, err := sqldb.Open(t.Context(), foreign)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "CREATE TABLE invoices (id TEXT PRIMARY KEY) STRICT")
	require.NoError(t, err)
	require.NoError(t, db.Close())

	fresh := func(name string) string { return filepath.Join(dir, name) }
	for name, c := range map[string]struct {
		want string
		env  func(string) (string, bool)
		args []string
	}{
		"a demo for the network":              {"loopback", environment(), []string{"migrate", "-db", fresh("a.db"), "-addr", "0.0.0.0:0"}},
		"a demo for the network by a name":    {"loopback", environment(), []string{"migrate", "-db", fresh("b.db"), "-addr", "example.com:0"}},
		"a demo on every address":             {"loopback", environment(), []string{"migrate", "-db", fresh("b.db"), "-addr", ":0"}},
		"an old demo for the network":         {"loopback", environment(), []string{"migrate", "-db", made, "-addr", "0.0.0.0:0"}},
		"no secrets where there is no demo":   {"no secrets", environment(), append([]string{"migrate", "-db", fresh("c.db")}, args...)},
		"no tenants where there is no demo":   {"no tenants", secrets, []string{"migrate", "-db", fresh("d.db"), "-demo", "off"}},
		"a demo in a chain's database":        {"made as a demo", environment(), []string{"migrate", "-db", plain, "-demo", "on"}},
		"a demo in another program's":         {"made as a demo", environment(), []string{"migrate", "-db", foreign, "-demo", "on"}},
		"another program's, unless told":      {"no tenants", secrets, []string{"migrate", "-db", foreign}},
		"a chain in a demo's database":        {"is a demo", secrets, append([]string{"migrate", "-db", made}, args...)},
		"accounts where there is no demo":     {"no demo", secrets, append([]string{"accounts", "-db", plain}, args...)},
		"a link for an unknown tenant":        {"no tenant", environment(), []string{"signin", "-db", made, "-tenant", "nobody", "-email", "a@example.com"}},
		"a link for what is no address":       {"email", environment(), []string{"signin", "-db", made, "-tenant", "klotet", "-email", "nobody"}},
		"a database that isn't there":         {"unable to open", environment(), []string{"migrate", "-db", fresh("absent/a.db")}},
		"a mail server that is no address":    {"-smtp", secrets, append([]string{"migrate", "-db", fresh("f.db"), "-smtp", "localhost"}, args...)},
		"secrets that are none, unread aloud": {"secret", environment("VENUEKIT_SECRETS", "swordfish"), append([]string{"migrate", "-db", fresh("g.db")}, args...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			err := run(t.Context(), c.args, c.env, &stdout, &stderr)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error()+stderr.String(), "swordfish")
			require.Empty(t, stdout.String())
		})
	}
	t.Run("an unknown command, and touches nothing", func(t *testing.T) {
		t.Parallel()
		empty := t.TempDir()
		p := launch(t, empty, nil, "serv")
		require.Equal(t, 1, p.exit())
		require.Contains(t, p.log.String(), `unknown command "serv"`)
		files, err := os.ReadDir(empty)
		require.NoError(t, err)
		require.Empty(t, files)
	})
}

// A mistake in an address must not spoil the database for what was meant.
func TestADemoThatWasRefusedCanBeMadeAfterAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, args := range [][]string{
		{"-addr", "0.0.0.0:0"}, {"-demo", "off"}, {"-db", "file:venuekit.db", "-addr", ":0"}, {"-demo", "on", "-smtp", "localhost"},
	} {
		require.Equal(t, 1, launch(t, dir, nil, args...).exit())
		files, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, files, args)
	}
	require.NotEmpty(t, subcommand(t, dir, nil, "accounts"))
}

// What a start that was killed leaves behind; a replica that comes at that
// moment finds the same.
func TestADemoWhoseMakingBrokeOffIsMadeByTheNext(t *testing.T) {
	t.Parallel()
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		for name, begin := range map[string]func(t *testing.T, db *sql.DB){
			"before its first table": func(*testing.T, *sql.DB) {},
			"at its first table":     func(t *testing.T, db *sql.DB) { require.NoError(t, settings.Migrate(t.Context(), db, d)) },
			"within its second ones": func(t *testing.T, db *sql.DB) {
				require.NoError(t, settings.Migrate(t.Context(), db, d))
				require.NoError(t, settings.New(db, d).Put(t.Context(), kindSetting, string(demoKind)))
				_, err := db.ExecContext(t.Context(), "CREATE TABLE account_schema (version bigint PRIMARY KEY)")
				require.NoError(t, err)
			},
		} {
			t.Run(d.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				at := dbtest.URL(t, d)
				db, _, err := sqldb.Open(t.Context(), at)
				require.NoError(t, err)
				begin(t, db)
				require.NoError(t, db.Close())
				app := newTestApp(t, Options{DB: at, Demo: "on"})
				require.True(t, app.Demo)
				require.NoError(t, app.checkSchema(t.Context()))
				require.Positive(t, countRows(t, app.DB, "SELECT count(*) FROM booking_bookings"))
			})
		}
	}
}

func TestTheProgramLeavesAnotherProgramsTablesAlone(t *testing.T) {
	t.Parallel()
	tenants, env := tenantsFile(t, "8080")
	secrets := environment("VENUEKIT_SECRETS", testSecrets)
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		for name, table := range map[string]string{"with a table of its own": "invoices", "with a table named like ours": "booking_rooms"} {
			t.Run(d.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				at := dbtest.URL(t, d)
				db := openPlain(t, at)
				_, err := db.ExecContext(t.Context(), "CREATE TABLE "+table+" (id TEXT PRIMARY KEY)")
				require.NoError(t, err)
				var before []byte
				if d == bunx.SQLite {
					before, err = os.ReadFile(at)
					require.NoError(t, err)
				}
				var stdout, stderr bytes.Buffer
				for _, args := range [][]string{{"accounts"}, {"accounts", "-demo", "on"}, {"migrate", "-demo", "auto"}} {
					require.Error(t, run(t.Context(), append(args, "-db", at), secrets, &stdout, &stderr), args)
				}
				if d == bunx.SQLite {
					after, err := os.ReadFile(at)
					require.NoError(t, err)
					require.Equal(t, before, after, "not a byte of it")
				} else {
					require.Equal(t, 1, countRows(t, db, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
				}

				// Told to, it lives beside them, and goes on so.
				subcommand(t, t.TempDir(), env, append([]string{"migrate", "-db", at}, tenants...)...)
				require.Positive(t, countRows(t, db, "SELECT count(*) FROM booking_schema"))
				require.ErrorContains(t, run(t.Context(), []string{"accounts", "-db", at, "-demo", "on"}, secrets, &stdout, &stderr), "made as a demo")
			})
		}
	}
}

// openPlain opens a database as another program would: a SQLite file without WAL.
func openPlain(t testing.TB, at string) *sql.DB {
	t.Helper()
	if !strings.HasPrefix(at, "postgres") {
		at = "file:" + at + "?_pragma=journal_mode(DELETE)"
	}
	db, _, err := sqldb.Open(t.Context(), at)
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

// Who is first decides, however the others were started.
func TestReplicasThatWantDifferentThingsMakeOneOfThem(t *testing.T) {
	t.Parallel()
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			at := dbtest.URL(t, d)
			args, _ := tenantsFile(t, "8080")
			wishes := []Options{
				{DB: at, Demo: "on"}, {DB: at, Demo: "off", Tenants: args[3], Secrets: testSecrets},
				{DB: at, Demo: "on"}, {DB: at, Demo: "auto", Tenants: args[3], Secrets: testSecrets},
			}
			apps, errs := make([]*App, len(wishes)), make([]error, len(wishes))
			var wg sync.WaitGroup
			for i, o := range wishes {
				wg.Go(func() { apps[i], errs[i] = NewApp(t.Context(), o, slog.New(slog.DiscardHandler)) })
			}
			wg.Wait()
			made, _, err := kindAt(t.Context(), at)
			require.NoError(t, err)
			require.NotEqual(t, undecided, made)
			for i, o := range wishes {
				if (o.Demo == "on") != (made == demoKind) {
					require.ErrorContains(t, errs[i], "demo")
					continue
				}
				require.NoError(t, errs[i])
				require.Equal(t, made == demoKind, apps[i].Demo)
				require.NoError(t, apps[i].Close())
			}
		})
	}
}

// A start that got no listener must not lead the links astray.
func TestTheAddressOfAStartThatFailedIsForgotten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, port, err := net.SplitHostPort(freeAddr(t))
	require.NoError(t, err)
	p := launch(t, dir, nil, "-addr", "localhost:"+port).at("127.0.0.1:"+port, "klotet.localhost").ready()
	require.Equal(t, 1, launch(t, dir, nil, "-addr", taken.Addr().String()).exit())
	lines := subcommand(t, dir, nil, "signin", "-tenant", "klotet", "-email", demo.Accounts()[0].Email)
	require.Contains(t, lines[len(lines)-1], "http://klotet.localhost:"+port+"/login/")
	p.signal(syscall.SIGTERM)
	require.Zero(t, p.exit())
}

func countRows(t testing.TB, db *sql.DB, query string) (n int) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

// The body of a request under way comes slowly; meanwhile the server is told
// to stop.
func TestARequestUnderWayIsAnsweredBeforeTheServerStops(t *testing.T) {
	t.Parallel()
	p := startServer(t, t.TempDir(), "klotet.localhost", nil).ready()
	conn, err := net.Dial("tcp", p.addr)
	require.NoError(t, err)
	defer conn.Close()
	const body = "lang=en&back=/"
	_, err = fmt.Fprintf(conn, "POST /language HTTP/1.1\r\nHost: klotet.localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(body))
	require.NoError(t, err)
	from := bufio.NewReader(conn)
	line, err := from.ReadString('\n') // it has begun to read
	require.NoError(t, err)
	require.Contains(t, line, "100 Continue")
	_, err = from.ReadString('\n')
	require.NoError(t, err)

	p.signal(syscall.SIGTERM)
	until(t, "the server takes no more", func() bool {
		c, err := net.Dial("tcp", p.addr)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	_, err = conn.Write([]byte(body))
	require.NoError(t, err)
	res, err := http.ReadResponse(from, nil)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.Zero(t, p.exit())
}

// The load balancer sees it before connections are refused.
func TestAServerThatStopsIsNotReadyFirst(t *testing.T) {
	t.Parallel()
	args, env := tenantsFile(t, "8080")
	p := startServer(t, t.TempDir(), "chain.localhost", env, append(args, "-stop-delay", "3s")...).ready()
	p.signal(syscall.SIGTERM)
	until(t, "it says that it isn't ready", func() bool {
		a, err := p.send(t.Context(), http.MethodGet, "/readyz", nil)
		require.NoError(t, err, "and takes requests meanwhile")
		return a.status == http.StatusServiceUnavailable
	})
	p.do(http.StatusOK, http.MethodGet, "/login", nil, "Accept", "text/html")
	require.Zero(t, p.exit())
}

func TestReadinessIsRefusedWhileTheServerStops(t *testing.T) {
	t.Parallel()
	args, _ := tenantsFile(t, "8080")
	app := newTestApp(t, Options{DB: filepath.Join(t.TempDir(), "a.db"), Demo: "off", Tenants: args[3], Secrets: testSecrets})
	handler, err := app.Handler()
	require.NoError(t, err)
	ask := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return w
	}
	require.Equal(t, http.StatusOK, ask("/readyz").Code)
	app.stopping.Store(true)
	refused := ask("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, refused.Code)
	require.Contains(t, refused.Body.String(), `"not_ready"`)
	require.Equal(t, http.StatusOK, ask("/healthz").Code, "it is alive all the same")
}

func TestAServerThatIsStoppedBeforeItBeginsStopsWell(t *testing.T) {
	app := newTestApp(t, Options{Addr: freeAddr(t), DB: filepath.Join(t.TempDir(), "a.db"), Demo: "on"})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	require.NoError(t, app.Serve(ctx, io.Discard))
}
