// Command minimal lets one guest in by QR code: check-in alone, on SQLite.
package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
	"github.com/petanque-life/venuekit/checkin/checkinqr"
)

const usage = `A booking starts in fifteen minutes. See the guest's code, then let two of the party in:
  curl http://127.0.0.1:8080/me/bookings/b1/qr.svg
  curl -H 'Content-Type: application/json' -d '{"token":"%s","venue":"south","nonce":"1","guests":2}' http://127.0.0.1:8080/ops/checkin/scans
`

func main() {
	// In memory. A file wants _pragma=journal_mode(WAL) as well.
	db, err := sql.Open("sqlite", "file:/minimal?vfs=memdb&_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		log.Fatal(err)
	}
	handler, token, err := open(context.Background(), db, time.Now)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf(usage, token.Packed)
	log.Fatal((&http.Server{Addr: "127.0.0.1:8080", Handler: handler, ReadHeaderTimeout: 5 * time.Second}).ListenAndServe())
}

// open returns the site, and the token of the one booking in it.
func open(ctx context.Context, db *sql.DB, now func() time.Time) (http.Handler, checkin.Token, error) {
	if err := checkinbun.Migrate(ctx, db, checkinbun.SQLite); err != nil {
		return nil, checkin.Token{}, err
	}
	stores := checkinbun.New(db, checkinbun.SQLite)
	secret := checkin.Secret{ID: "demo", Key: []byte(rand.Text() + rand.Text())} // DEMO SHORTCUT: keep yours, or codes die with the process
	keys, err := checkin.NewKeyring(stores.Keys, secret)
	if err != nil {
		return nil, checkin.Token{}, err
	}
	svc, err := checkin.New(stores.Stores, keys, checkin.Config{Now: now})
	if err != nil {
		return nil, checkin.Token{}, err
	}
	booking := checkin.Booking{
		TenantID: "boule", ID: "b1", VenueID: "south", CustomerID: "ada", Status: checkin.StatusConfirmed, PartySize: 4,
		Revision: 1, SlotRevision: 1, SlotRevisedAt: now(), StartsAt: now().Add(15 * time.Minute), EndsAt: now().Add(2 * time.Hour),
	}
	if err := errors.Join(keys.Provision(ctx, "boule", checkin.HS256, now()), svc.Observe(ctx, booking)); err != nil {
		return nil, checkin.Token{}, err
	}
	identify := func(*http.Request) (checkin.Principal, error) { // DEMO SHORTCUT: everybody is Ada, who minds the door too; ask your session
		return checkin.Principal{TenantID: "boule", Subject: "ada", Venues: []string{"south"}}, nil
	}
	mux := http.NewServeMux()
	mux.Handle("/me/", svc.CustomerHandler(checkin.HandlerConfig{Identify: identify, DrawSVG: checkinqr.SVG}))
	mux.Handle("/ops/checkin/", svc.OperatorHandler(checkin.HandlerConfig{Identify: identify}))
	token, err := svc.Issue(ctx, booking.Key())
	return mux, token, err
}
