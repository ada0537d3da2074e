package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/petanque-life/venuekit/examples/server/settings"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/sqldb"
)

// kind is what a database is for. Its first start says so before it makes
// anything else, and every later start and other replica goes by it.
type kind string

const (
	undecided kind = ""
	demoKind  kind = "demo"
	plainKind kind = "plain"
)

const kindSetting = "kind"

// kindAt returns the kind of the database at a -db value, and its dialect. It
// changes nothing: what isn't there isn't made. What has tables and no kind was
// made by another program, and is plain.
func kindAt(ctx context.Context, addr string) (kind, bunx.Dialect, error) {
	asItIs, there := untouched(addr)
	if !there {
		return undecided, bunx.SQLite, nil
	}
	db, d, err := sqldb.Open(ctx, asItIs)
	if err != nil {
		return undecided, d, err
	}
	k, err := kindOf(ctx, db, d)
	return k, d, errors.Join(err, db.Close())
}

// untouched returns a -db value that opens a SQLite file for reading only, and
// whether there is one.
func untouched(addr string) (string, bool) {
	if addr == "" || strings.Contains(addr, "://") && !strings.HasPrefix(addr, "file:") {
		return addr, true
	}
	file, name := &url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(filepath.Clean(addr))}).EscapedPath()}, addr
	if strings.HasPrefix(addr, "file:") {
		u, err := url.Parse(addr)
		if err != nil {
			return addr, true // opening it tells
		}
		file, name = u, u.Path
		if u.Opaque != "" {
			name, _ = url.PathUnescape(u.Opaque) // it was parsed
		}
	}
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return "", false
	}
	query := file.Query()
	query.Set("mode", "ro")
	query.Set("_pragma", "journal_mode") // asked for, and so not set
	file.RawQuery = query.Encode()
	return file.String(), true
}

// kindOf reads the tables before the kind, which is older than all but its own.
func kindOf(ctx context.Context, db *sql.DB, d bunx.Dialect) (kind, error) {
	query := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`
	if d == bunx.Postgres {
		query = `SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()`
	}
	var tables []string
	if err := bunx.New(db, d).Q().All(ctx, &tables, query); err != nil {
		return undecided, err
	}
	if len(tables) == 0 {
		return undecided, nil
	}
	made := undecided // with the settings alone, a first start broke off
	for _, name := range tables {
		switch name {
		case "settings_schema":
		case "settings_values":
			value, err := settings.New(db, d).Get(ctx, kindSetting)
			if err == nil {
				return kind(value), nil
			}
			if !errors.Is(err, settings.ErrNotFound) {
				return undecided, err
			}
		default:
			made = plainKind
		}
	}
	return made, nil
}

// choose returns the kind that a start is to go on with, where the database is
// of the kind found, or says why it can't. By itself a demo is made in a new
// SQLite file only: it holds invented people, and shows their mail to anybody.
func (o Options) choose(found kind, d bunx.Dialect) (kind, error) {
	want := found
	switch {
	case o.Demo == "on":
		want = demoKind
	case o.Demo == "off", o.Tenants != "":
		want = plainKind
	case found == undecided && d == bunx.SQLite:
		want = demoKind
	case found == undecided:
		want = plainKind
	}
	if found != undecided && found != want {
		return want, found.refusal()
	}
	if want == demoKind && o.Addr != "" && !isLoopback(o.Addr) {
		return want, fmt.Errorf("the demo serves loopback only, not %q: its mail and sign-in links are open to whoever reaches it", o.Addr)
	}
	return want, nil
}

// refusal tells who wanted the other kind.
func (k kind) refusal() error {
	if k == demoKind {
		return errors.New("this database is a demo: start another one with -db")
	}
	return errors.New("-demo on: this database wasn't made as a demo, and its data stays as it is")
}

// isLoopback reports whether only this machine reaches what listens at addr.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
