// Command host is a booking system that was there before venuekit: plain SQL
// on tables of its own, a router, a sign-in and a migration tool of its own.
// It takes in check-in and the portal; README.md says where to look.
package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"
	_ "time/tzdata" // venues have zones, also where the machine knows none

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	addr := flag.String("addr", "127.0.0.1:8081", "where to listen")
	dsn := flag.String("db", "host.db", "a SQLite file or a postgres:// URL")
	flag.Parse()
	if err := run(ctx, *addr, *dsn, os.Getenv("HOST_SECRET")); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr, dsn, secret string) error {
	if secret == "" {
		secret = rand.Text() + rand.Text() // DEMO SHORTCUT: sign-ins and QR codes die with the process
	}
	db, d, err := open(dsn)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := migrate(ctx, db, d); err != nil {
		return err
	}
	a, err := newApp(db, d, []byte(secret), time.Now)
	if err != nil {
		return err
	}
	handler, err := a.handler()
	if err != nil {
		return err
	}
	if err := a.demo(ctx, os.Stdout, "http://"+addr); err != nil {
		return err
	}
	go a.relayUntil(ctx)
	server := &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// open opens the pool that our own SQL and venuekit's stores share.
func open(dsn string) (*sql.DB, checkinbun.Dialect, error) {
	if strings.HasPrefix(dsn, "postgres://") {
		db, err := sql.Open("pgx", dsn)
		return db, checkinbun.Postgres, err
	}
	db, err := sql.Open("sqlite", "file:"+dsn+
		"?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_txlock=immediate")
	return db, checkinbun.SQLite, err
}

// demo makes a new chain with a guest whose lane is booked for soon, and says
// what to try.
func (a *app) demo(ctx context.Context, w io.Writer, at string) error {
	chain, err := a.addChain(ctx, "Klot & Kägla")
	if err != nil {
		return err
	}
	var venue, guest, door int64
	for _, row := range []struct {
		id     *int64
		insert string
		of     *int64
	}{
		{&venue, "INSERT INTO anlaggning (kedja_id, namn, tidszon, avbokning_timmar) VALUES ($1, 'Hornstull', 'Europe/Stockholm', 24) RETURNING id", &chain},
		{&guest, "INSERT INTO kund (kedja_id, epost) VALUES ($1, 'ada@example.com') RETURNING id", &chain},
		{&door, "INSERT INTO personal (anlaggning_id) VALUES ($1) RETURNING id", &venue},
	} {
		if err := a.store.db.QueryRowContext(ctx, row.insert, *row.of).Scan(row.id); err != nil {
			return err
		}
	}
	starts := a.now().Add(15 * time.Minute)
	id, err := a.store.book(ctx, guest, venue, starts, starts.Add(2*time.Hour))
	if err != nil {
		return err
	}
	token, err := a.checkin.Issue(ctx, checkin.Key{TenantID: outward(chain), BookingID: outward(id)})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, `A booking starts in fifteen minutes. Its guest sees it, and its code; the door takes the code; the guest looks again:
  curl -b '%[2]s' %[1]s/konto/bookings
  curl -b '%[2]s' %[1]s/konto/kod/bookings/%[4]s/qr.svg
  curl -b '%[3]s' -H 'Content-Type: application/json' -d '{"token":"%[6]s","venue":"%[5]s","nonce":"1","guests":4}' %[1]s/personal/incheckning/scans
  curl -b '%[2]s' %[1]s/konto/bookings/%[4]s
`, at, pair(a.signin.cookie(customer, guest)), pair(a.signin.cookie(staff, door)), outward(id), outward(venue), token.Packed)
	return err
}

// pair is the cookie as a client sends it.
func pair(c *http.Cookie) string { return c.Name + "=" + c.Value }
