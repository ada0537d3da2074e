package checkin_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"time"

	_ "modernc.org/sqlite"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
)

// A booking is observed, its token is scanned at the door, and scanned again.
func Example() {
	ctx := context.Background()
	db, err := sql.Open("sqlite", "file:/example?vfs=memdb&_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := checkinbun.Migrate(ctx, db, checkinbun.SQLite); err != nil {
		log.Fatal(err)
	}
	stores := checkinbun.New(db, checkinbun.SQLite)
	keys, err := checkin.NewKeyring(stores.Keys, checkin.Secret{ID: "2026", Key: []byte("an example's secret of 32 bytes..")})
	if err != nil {
		log.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 17, 45, 0, 0, time.UTC)
	if err := keys.Provision(ctx, "klotet", checkin.HS256, now); err != nil {
		log.Fatal(err)
	}
	svc, err := checkin.New(stores.Stores, keys, checkin.Config{Now: func() time.Time { return now }})
	if err != nil {
		log.Fatal(err)
	}

	booking := checkin.Booking{
		TenantID: "klotet", ID: "b1", VenueID: "sthlm", Revision: 1, SlotRevision: 1, SlotRevisedAt: now.Add(-time.Hour),
		StartsAt: now.Add(15 * time.Minute), EndsAt: now.Add(135 * time.Minute), Status: checkin.StatusConfirmed, PartySize: 4,
	}
	if err := svc.Observe(ctx, booking); err != nil {
		log.Fatal(err)
	}
	token, err := svc.Issue(ctx, booking.Key())
	if err != nil {
		log.Fatal(err)
	}
	for _, nonce := range []string{"1", "2"} {
		verdict, err := svc.Scan(ctx, checkin.ScanRequest{
			TenantID: "klotet", VenueID: "sthlm", Text: token.Packed, Device: "door-1", Nonce: nonce, Guests: 2,
		})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %d of %d\n", verdict.Code, verdict.State.Admission.Guests, verdict.State.Booking.PartySize)
	}
	// Output:
	// ok: 2 of 4
	// already_checked_in: 4 of 4
}
