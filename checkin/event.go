package checkin

import (
	"encoding/json"
	"fmt"
	"time"
)

// The kinds of events that [Service.Relay] hands over. The subject of each is
// the booking's id, its data an [Admitted].
const (
	// EventAdmitted: the booking was checked in. The host's engine makes it
	// CHECKED_IN, or COMPLETED when the slot has ended since.
	EventAdmitted = "checkin.admitted"
	// EventUndone: the check-in was taken back. The host's engine makes it
	// CONFIRMED again, or NO_SHOW when it was COMPLETED.
	EventUndone = "checkin.undone"
)

// Admitted is the data of the events.
type Admitted struct {
	BookingID string `json:"booking_id"`
	VenueID   string `json:"venue_id"`
	// ScanID is the scan that did it.
	ScanID string `json:"scan_id"`
	// UndoOf is the scan that was taken back; empty for [EventAdmitted].
	UndoOf string `json:"undo_of,omitempty"`
	// At is when the guest stood at the door, or when it was taken back.
	At time.Time `json:"at"`
	// ByReference tells that a reference was typed, which proves nothing of who came.
	ByReference bool   `json:"by_reference"`
	Device      string `json:"device"`
}

// ParseAdmitted reads the data of an event of this package.
func ParseAdmitted(e Event) (Admitted, error) {
	var a Admitted
	if err := json.Unmarshal(e.Data, &a); err != nil {
		return Admitted{}, fmt.Errorf("checkin: event %s: %w", e.ID, err)
	}
	return a, nil
}

func (s *Service) event(kind string, scan Scan) (Event, error) {
	data, err := json.Marshal(Admitted{
		BookingID: scan.BookingID, VenueID: scan.VenueID, ScanID: scan.ID, UndoOf: scan.UndoOf, At: scan.At.UTC(),
		ByReference: scan.Kind == ByReference, Device: scan.Device,
	})
	return Event{
		TenantID: scan.TenantID, ID: s.cfg.NewID(), Subject: scan.BookingID, Kind: kind, At: scan.ReceivedAt, Data: data,
	}, err
}
