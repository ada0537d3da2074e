package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
	"github.com/petanque-life/venuekit/portal"
)

// errNotFound: there is no such booking, or it isn't in a state for this.
var errNotFound = errors.New("no such booking")

// booking is a row of bokning, with what we need of its venue.
type booking struct {
	id, chain, venue     int64
	customer             sql.Null[int64]
	code, status         string
	lane, party          int64
	starts, ends         int64 // seconds since 1970, the slot is [starts, ends)
	price                int64 // öre
	version, slotVersion int64
	slotChanged          int64 // seconds since 1970
	venueName, zone      string
	cancelHours          int64
}

const selectBooking = `
	SELECT b.id, b.kedja_id, b.anlaggning_id, b.kund_id, b.kod, b.status, b.bana, b.antal, b.start, b.slut, b.pris_ore,
		b.version, b.tid_version, b.tid_andrad, a.namn, a.tidszon, a.avbokning_timmar
	FROM bokning b JOIN anlaggning a ON a.id = b.anlaggning_id `

func scanBooking(row interface{ Scan(dest ...any) error }) (b booking, err error) {
	err = row.Scan(&b.id, &b.chain, &b.venue, &b.customer, &b.code, &b.status, &b.lane, &b.party, &b.starts, &b.ends, &b.price,
		&b.version, &b.slotVersion, &b.slotChanged, &b.venueName, &b.zone, &b.cancelHours)
	return b, err
}

// states are our words for the states of a booking.
var states = map[string]portal.Status{
	"preliminär": portal.StatusPending,
	"bekräftad":  portal.StatusConfirmed,
	"incheckad":  portal.StatusCheckedIn,
	"genomförd":  portal.StatusCompleted,
	"avbokad":    portal.StatusCancelled,
	"utebliven":  portal.StatusNoShow,
}

// observed is what check-in has to know of the booking.
func (b booking) observed() checkin.Booking {
	out := checkin.Booking{
		TenantID: outward(b.chain), ID: outward(b.id), VenueID: outward(b.venue),
		Revision: b.version, SlotRevision: b.slotVersion, SlotRevisedAt: time.Unix(b.slotChanged, 0),
		Reference: b.code, StartsAt: time.Unix(b.starts, 0), EndsAt: time.Unix(b.ends, 0),
		Status: checkin.Status(states[b.status]), PartySize: int(b.party),
	}
	if b.customer.Valid {
		out.CustomerID = outward(b.customer.V)
	}
	return out
}

// store is our booking engine, as far as this example needs one.
type store struct {
	db      *sql.DB
	stores  checkinbun.Stores
	checkin *checkin.Service
	now     func() time.Time
}

// book takes a lane for a customer and returns the booking's id.
func (s *store) book(ctx context.Context, customer, venue int64, starts, ends time.Time) (id int64, err error) {
	err = inTx(ctx, s.db, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `
			INSERT INTO bokning (kedja_id, kund_id, epost, anlaggning_id, kod, bana, antal, start, slut, status, pris_ore, version, tid_version, tid_andrad)
			SELECT k.kedja_id, k.id, k.epost, a.id, $1, 7, 4, $2, $3, 'bekräftad', 39600, 1, 1, $4
			FROM kund k JOIN anlaggning a ON a.kedja_id = k.kedja_id WHERE k.id = $5 AND a.id = $6 RETURNING id`,
			newCode(), starts.Unix(), ends.Unix(), s.now().Unix(), customer, venue).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return errNotFound
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, id, "kund", "bokad")
	})
	return id, err
}

// move gives a booking another time, and with it the guest another QR code.
func (s *store) move(ctx context.Context, customer, id int64, starts, ends time.Time) error {
	return s.change(ctx, id, "kund", "flyttad", `
		UPDATE bokning SET start = $1, slut = $2, version = version + 1, tid_version = version + 1, tid_andrad = $3
		WHERE id = $4 AND kund_id = $5 AND status = 'bekräftad'`,
		starts.Unix(), ends.Unix(), s.now().Unix(), id, customer)
}

// cancel gives a booking up.
func (s *store) cancel(ctx context.Context, customer, id int64) error {
	return s.change(ctx, id, "kund", "avbokad", `
		UPDATE bokning SET status = 'avbokad', version = version + 1
		WHERE id = $1 AND kund_id = $2 AND status = 'bekräftad'`, id, customer)
}

// change runs an update of one booking in a transaction of its own.
func (s *store) change(ctx context.Context, id int64, who, what, update string, args ...any) error {
	return inTx(ctx, s.db, func(tx *sql.Tx) error {
		found, err := affected(tx.ExecContext(ctx, update, args...))
		if err == nil && !found {
			err = errNotFound
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, id, who, what)
	})
}

// record ends every change of a booking, in its transaction: our log has it,
// and check-in knows it. Either all three are kept or none is.
func (s *store) record(ctx context.Context, tx *sql.Tx, id int64, who, what string) error {
	b, err := scanBooking(tx.QueryRowContext(ctx, selectBooking+"WHERE b.id = $1", id))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO logg (bokning_id, version, tid, vem, vad) VALUES ($1, $2, $3, $4, $5)",
		id, b.version, s.now().Unix(), who, what)
	if err != nil {
		return err
	}
	return s.checkin.WithStores(s.stores.WithTx(tx)).Observe(ctx, b.observed())
}

// follow is what [checkin.Service.Relay] hands its events to. It may be handed
// one again, also after it had succeeded.
func (s *store) follow(ctx context.Context, e checkin.Event) error {
	id, ok := inward(e.Subject)
	if !ok {
		return fmt.Errorf("event %s is about no booking of ours: %q", e.ID, e.Subject)
	}
	var update string
	switch e.Kind {
	case checkin.EventAdmitted:
		update = `UPDATE bokning SET status = CASE status WHEN 'utebliven' THEN 'genomförd' ELSE 'incheckad' END, version = version + 1
			WHERE id = $1 AND status IN ('bekräftad', 'utebliven')`
	case checkin.EventUndone:
		update = `UPDATE bokning SET status = CASE status WHEN 'genomförd' THEN 'utebliven' ELSE 'bekräftad' END, version = version + 1
			WHERE id = $1 AND status IN ('incheckad', 'genomförd')`
	default:
		return nil // of a later release
	}
	return inTx(ctx, s.db, func(tx *sql.Tx) error {
		first, err := affected(tx.ExecContext(ctx, "INSERT INTO sedd_handelse (id) VALUES ($1) ON CONFLICT DO NOTHING", e.ID))
		if err != nil || !first {
			return err
		}
		changed, err := affected(tx.ExecContext(ctx, update, id))
		if err != nil || !changed { // cancelled or finished by us meanwhile
			return err
		}
		return s.record(ctx, tx, id, "dörren", e.Kind)
	})
}

// newCode returns what a guest says at the door. Check-in hears I and L as 1
// and O as 0, so that none of these letters is needed twice.
func newCode() string { return rand.Text()[:8] }

// outward writes one of our ids for venuekit. The portal orders ids by their
// bytes, and in bytes "10" comes before "9": so all have the same length.
func outward(id int64) string { return fmt.Sprintf("%010d", id) }

// inward reads an id back. It refuses whatever outward doesn't write.
func inward(text string) (int64, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && outward(id) == text
}

func inTx(ctx context.Context, db *sql.DB, do func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// affected reports whether a statement found a row to change.
func affected(r sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}
