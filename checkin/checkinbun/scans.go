package checkinbun

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/internal/bunx"
)

type scans struct {
	db       *bunx.DB
	events   *bunx.Outbox
	families *bunx.Customers
}

var _ checkin.Scans = scans{}

func (s scans) Observe(ctx context.Context, b checkin.Booking) (changed bool, err error) {
	err = s.db.Run(ctx, func(q bunx.Queries) error {
		holder, err := s.families.Living(ctx, q, b.TenantID, b.CustomerID)
		if err != nil {
			return err
		}
		n, err := q.Exec(ctx, `
			INSERT INTO checkin_bookings AS b (tenant_id, booking_id, venue_id, customer_id, revision, slot_revision, slot_revised_at,
				holder_revision, reference, starts_at, ends_at, status, party_size)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (tenant_id, booking_id) DO UPDATE SET
				venue_id = EXCLUDED.venue_id, customer_id = EXCLUDED.customer_id, revision = EXCLUDED.revision,
				slot_revision = EXCLUDED.slot_revision, slot_revised_at = EXCLUDED.slot_revised_at,
				holder_revision = EXCLUDED.holder_revision, reference = EXCLUDED.reference,
				starts_at = EXCLUDED.starts_at, ends_at = EXCLUDED.ends_at, status = EXCLUDED.status, party_size = EXCLUDED.party_size
			WHERE b.revision < EXCLUDED.revision`,
			b.TenantID, b.ID, b.VenueID, holder, b.Revision, b.SlotRevision, bunx.Time(b.SlotRevisedAt),
			b.HolderRevision, b.Reference, bunx.Time(b.StartsAt), bunx.Time(b.EndsAt), string(b.Status), b.PartySize)
		changed = n == 1
		return err
	})
	return changed, err
}

func (s scans) State(ctx context.Context, key checkin.Key) (checkin.State, error) {
	return state(ctx, s.db.Q(), key, "")
}

func state(ctx context.Context, q bunx.Queries, key checkin.Key, lock string) (checkin.State, error) {
	var row bookingRow
	err := q.Get(ctx, &row, `SELECT `+bookingColumns+` FROM checkin_bookings AS b WHERE b.tenant_id = ? AND b.booking_id = ?`+lock,
		key.TenantID, key.BookingID)
	if err != nil {
		return checkin.State{}, notFound(err)
	}
	return row.state(), nil
}

func (s scans) ByReference(ctx context.Context, r checkin.ReferenceQuery) ([]checkin.State, error) {
	var rows []bookingRow
	err := s.db.Q().All(ctx, &rows, `
		SELECT `+bookingColumns+` FROM checkin_bookings AS b
		WHERE b.tenant_id = ? AND b.venue_id = ? AND b.reference = ? AND b.starts_at < ? AND b.ends_at > ?
		ORDER BY b.starts_at, b.booking_id`,
		r.TenantID, r.VenueID, r.Reference, bunx.Time(r.Until), bunx.Time(r.From))
	return states(rows), err
}

func (s scans) Day(ctx context.Context, d checkin.DayQuery) ([]checkin.State, error) {
	var rows []bookingRow
	err := s.db.Q().All(ctx, &rows, `
		SELECT `+bookingColumns+` FROM checkin_bookings AS b
		WHERE b.tenant_id = ? AND b.venue_id = ? AND b.starts_at >= ? AND b.starts_at < ? AND (b.starts_at, b.booking_id) > (?, ?)
		ORDER BY b.starts_at, b.booking_id LIMIT ?`,
		d.TenantID, d.VenueID, bunx.Time(d.From), bunx.Time(d.Until), bunx.Time(d.After.StartsAt), d.After.BookingID, d.Limit)
	return states(rows), err
}

func (s scans) Record(
	ctx context.Context, a checkin.Attempt, decide func(checkin.State) (checkin.Outcome, error),
) (checkin.Scan, checkin.State, error) {
	var scan checkin.Scan
	var after checkin.State
	err := s.db.InTx(ctx, func(q bunx.Queries) error {
		now, err := state(ctx, q, a.Key, q.ForUpdate())
		if err != nil {
			return err
		}
		scan, after = checkin.Scan{}, now
		first, err := byNonce(ctx, q, a.Key.TenantID, a.Device, a.Nonce)
		if err == nil {
			if first.BookingID != a.Key.BookingID || first.Digest != a.Digest {
				return checkin.ErrConflict
			}
			scan = first
			return nil
		}
		if !errors.Is(err, checkin.ErrNotFound) {
			return err
		}
		out, err := decide(now)
		if err != nil {
			return err
		}
		scan, err = insertScan(ctx, q, a, out.Scan)
		if err != nil {
			return err
		}
		after.Admission, err = s.admit(ctx, q, a.Key, out)
		return err
	})
	if err != nil {
		return checkin.Scan{}, checkin.State{}, err
	}
	return scan, after, nil
}

// insertScan adds the scan. Its nonce can only be taken if another booking's
// scan took it since it was looked up, which makes it another text's.
func insertScan(ctx context.Context, q bunx.Queries, a checkin.Attempt, s checkin.Scan) (checkin.Scan, error) {
	s.TenantID, s.BookingID, s.Device, s.Nonce, s.Digest = a.Key.TenantID, a.Key.BookingID, a.Device, a.Nonce, a.Digest
	s.At, s.ReceivedAt = bunx.Time(s.At), bunx.Time(s.ReceivedAt)
	n, err := q.Exec(ctx, `
		INSERT INTO checkin_scans (`+scanColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		s.TenantID, s.ID, s.BookingID, s.VenueID, s.Device, s.Nonce, string(s.Kind), hex.EncodeToString(s.Digest[:]), s.Rev,
		string(s.Code), s.Guests, s.At, s.ReceivedAt, s.UndoOf)
	if err == nil && n == 0 {
		err = checkin.ErrConflict
	}
	return s, err
}

func (s scans) admit(ctx context.Context, q bunx.Queries, key checkin.Key, out checkin.Outcome) (checkin.Admission, error) {
	a := out.Admission
	if !a.At.IsZero() {
		a.At = bunx.Time(a.At)
	}
	_, err := q.Exec(ctx, `
		UPDATE checkin_bookings SET admitted_by = ?, admitted_at = ?, admitted_device = ?, admitted_guests = ?
		WHERE tenant_id = ? AND booking_id = ?`,
		a.ScanID, bunx.TimePtr(a.At), a.Device, a.Guests, key.TenantID, key.BookingID)
	if err != nil {
		return a, err
	}
	for _, e := range out.Events {
		if err := s.events.Append(ctx, q, e); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (s scans) ByNonce(ctx context.Context, tenantID, device, nonce string) (checkin.Scan, error) {
	return byNonce(ctx, s.db.Q(), tenantID, device, nonce)
}

func byNonce(ctx context.Context, q bunx.Queries, tenantID, device, nonce string) (checkin.Scan, error) {
	return oneScan(ctx, q, "tenant_id = ? AND device = ? AND nonce = ?", tenantID, device, nonce)
}

func (s scans) Scan(ctx context.Context, tenantID, scanID string) (checkin.Scan, error) {
	return oneScan(ctx, s.db.Q(), "tenant_id = ? AND scan_id = ?", tenantID, scanID)
}

func oneScan(ctx context.Context, q bunx.Queries, where string, args ...any) (checkin.Scan, error) {
	var row scanRow
	if err := q.Get(ctx, &row, "SELECT "+scanColumns+" FROM checkin_scans WHERE "+where, args...); err != nil {
		return checkin.Scan{}, notFound(err)
	}
	return row.scan(), nil
}

func (s scans) History(ctx context.Context, key checkin.Key) ([]checkin.Scan, error) {
	var rows []scanRow
	err := s.db.Q().All(ctx, &rows, `
		SELECT `+scanColumns+` FROM checkin_scans WHERE tenant_id = ? AND booking_id = ? ORDER BY received_at, scan_id`,
		key.TenantID, key.BookingID)
	out := make([]checkin.Scan, len(rows))
	for i, r := range rows {
		out[i] = r.scan()
	}
	return out, err
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return checkin.ErrNotFound
	}
	return err
}
