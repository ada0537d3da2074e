// Package checkin lets guests in by a signed QR code.
//
// # The mental model
//
// A host platform's booking engine is the truth of bookings. It tells this
// package of every change by [Service.Observe], and a confirmed booking then
// has a token: a JWT that names tenant, venue, booking and window and no
// person. [Service.Issue] is a function of the booking and the tenant's key;
// nothing is stored, and issuing again gives the same token. The QR code
// carries the token's packed form ([Token].Packed), links carry the JWT.
//
// At the door [Service.Scan] judges what was read and records it. Its answer
// is a [Verdict] with a [Code], the same codes wherever a token is verified.
// The record of scans is append-only and is the truth of who came; of many
// scans of one booking, however they race, one checks it in. The host's engine
// follows by [Service.Relay], which hands over each check-in and each undo at
// least once and in order for each booking.
//
// # Quick start
//
//	db, _ := sql.Open("pgx", dsn)
//	_ = checkinbun.Migrate(ctx, db, checkinbun.Postgres)
//	stores := checkinbun.New(db, checkinbun.Postgres)
//
//	keys, _ := checkin.NewKeyring(stores.Keys, checkin.Secret{ID: "2026", Key: secret})
//	_ = keys.Provision(ctx, "klotet", checkin.HS256, time.Now())
//
//	svc, _ := checkin.New(stores.Stores, keys, checkin.Config{})
//	_ = svc.Observe(ctx, checkin.Booking{TenantID: "klotet", ID: "b1", VenueID: "sthlm", ...})
//
//	token, _ := svc.Issue(ctx, checkin.Key{TenantID: "klotet", BookingID: "b1"})
//	picture, _ := checkinqr.PNG(token.Packed, 8)
//
//	verdict, _ := svc.Scan(ctx, checkin.ScanRequest{
//		TenantID: "klotet", VenueID: "sthlm", Text: scanned, Device: "door-1", Nonce: nonce,
//	})
//	if verdict.Code == checkin.OK { ... }
//
// [Service.CustomerHandler] and [Service.OperatorHandler] are the same verbs
// over HTTP, to be mounted wherever a host wants them.
//
// # Joining the host's transaction
//
// What is written beside the host's own data commits with it:
//
//	tx, _ := db.BeginTx(ctx, nil)
//	// ... the host changes the booking ...
//	err := svc.WithStores(stores.WithTx(tx)).Observe(ctx, booking)
//	// ... tx.Commit()
//
// Observe, Merge and Erase may be joined. A transaction that was joined stays
// usable after every error that this package names. Retrying it when the
// database refuses it is its owner's business.
//
// # Following the door
//
// The host calls Relay from a loop of its own, every second or so, on any
// number of replicas:
//
//	err := svc.Relay(ctx, time.Now(), func(ctx context.Context, e checkin.Event) error {
//		// In one transaction: return nil if e.ID was seen, else note it and act.
//		switch e.Kind {
//		case checkin.EventAdmitted: // CONFIRMED -> CHECKED_IN, a late NO_SHOW -> COMPLETED
//		case checkin.EventUndone: // CHECKED_IN -> CONFIRMED, COMPLETED -> NO_SHOW
//		}
//		return nil // also for a booking that was cancelled meanwhile, and for other kinds
//	})
//
// An error has the event handed over again later; the events of other bookings
// go on. The host's own change of the booking is observed like any other.
//
// # Threats
//
//   - The operators' handler takes POSTs. A host that signs staff in by cookie
//     puts [net/http.CrossOriginProtection] in front of it.
//   - Who can verify an HS256 token can make one. Keys are therefore derived for
//     each venue, never stored, and never in a public key set. Under EdDSA a
//     verifier holds no signing key at all.
//   - The algorithm is the key record's. A token's header is compared with it
//     and never obeyed; a token is accepted only when it is byte for byte what
//     this package would render, which leaves no room for crit, jwk, duplicate
//     members, padding or line breaks.
//   - A token says that it was issued, not that it still holds: the verdict
//     asks the booking as it stands. A booking handed to another holder makes
//     the tokens before that worthless.
//   - A check-in token signs nobody in, and a typed reference proves nothing
//     about who stands at the door; scans say which of the two it was.
//   - Every tenant's keys, bookings and scans are its own; another's are
//     answered as if they didn't exist.
package checkin
