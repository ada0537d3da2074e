package checkinbun

import (
	"encoding/hex"
	"time"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/internal/bunx"
)

type bookingRow struct {
	TenantID       string     `bun:"tenant_id"`
	BookingID      string     `bun:"booking_id"`
	VenueID        string     `bun:"venue_id"`
	CustomerID     string     `bun:"customer_id"`
	Revision       int64      `bun:"revision"`
	SlotRevision   int64      `bun:"slot_revision"`
	SlotRevisedAt  time.Time  `bun:"slot_revised_at"`
	HolderRevision int64      `bun:"holder_revision"`
	Reference      string     `bun:"reference"`
	StartsAt       time.Time  `bun:"starts_at"`
	EndsAt         time.Time  `bun:"ends_at"`
	Status         string     `bun:"status"`
	PartySize      int        `bun:"party_size"`
	AdmittedBy     string     `bun:"admitted_by"`
	AdmittedAt     *time.Time `bun:"admitted_at"`
	AdmittedDevice string     `bun:"admitted_device"`
	AdmittedGuests int        `bun:"admitted_guests"`
}

// bookingColumns is every column of bookingRow, in a select.
const bookingColumns = `b.tenant_id, b.booking_id, b.venue_id, b.customer_id, b.revision, b.slot_revision, b.slot_revised_at,
	b.holder_revision, b.reference, b.starts_at, b.ends_at, b.status, b.party_size,
	b.admitted_by, b.admitted_at, b.admitted_device, b.admitted_guests`

func (r bookingRow) state() checkin.State {
	return checkin.State{
		Booking: checkin.Booking{
			TenantID: r.TenantID, ID: r.BookingID, VenueID: r.VenueID, CustomerID: r.CustomerID,
			Revision: r.Revision, SlotRevision: r.SlotRevision, SlotRevisedAt: r.SlotRevisedAt.UTC(), HolderRevision: r.HolderRevision,
			Reference: r.Reference, StartsAt: r.StartsAt.UTC(), EndsAt: r.EndsAt.UTC(),
			Status: checkin.Status(r.Status), PartySize: r.PartySize,
		},
		Admission: checkin.Admission{
			ScanID: r.AdmittedBy, At: bunx.FromPtr(r.AdmittedAt), Device: r.AdmittedDevice, Guests: r.AdmittedGuests,
		},
	}
}

func states(rows []bookingRow) []checkin.State {
	out := make([]checkin.State, len(rows))
	for i, r := range rows {
		out[i] = r.state()
	}
	return out
}

type scanRow struct {
	TenantID   string    `bun:"tenant_id"`
	ScanID     string    `bun:"scan_id"`
	BookingID  string    `bun:"booking_id"`
	VenueID    string    `bun:"venue_id"`
	Device     string    `bun:"device"`
	Nonce      string    `bun:"nonce"`
	Kind       string    `bun:"kind"`
	Digest     string    `bun:"digest"`
	Rev        int64     `bun:"rev"`
	Code       string    `bun:"code"`
	Guests     int       `bun:"guests"`
	At         time.Time `bun:"at"`
	ReceivedAt time.Time `bun:"received_at"`
	UndoOf     string    `bun:"undo_of"`
}

const scanColumns = `tenant_id, scan_id, booking_id, venue_id, device, nonce, kind, digest, rev, code, guests, at, received_at, undo_of`

func (r scanRow) scan() checkin.Scan {
	s := checkin.Scan{
		TenantID: r.TenantID, ID: r.ScanID, BookingID: r.BookingID, VenueID: r.VenueID, Device: r.Device, Nonce: r.Nonce,
		Kind: checkin.Kind(r.Kind), Rev: r.Rev, Code: checkin.Code(r.Code), Guests: r.Guests,
		At: r.At.UTC(), ReceivedAt: r.ReceivedAt.UTC(), UndoOf: r.UndoOf,
	}
	_, _ = hex.Decode(s.Digest[:], []byte(r.Digest)) // written by us alone
	return s
}
