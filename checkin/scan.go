package checkin

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/internal/ids"
)

// maxText is how many bytes of a scanned text are looked at.
const maxText = 1 << 10

// maxGuests bounds the people one scan can let in.
const maxGuests = 1000

// Kind tells how a scan named its booking, or that it takes another back.
type Kind string

// The kinds of scans.
const (
	// ByToken: the guest showed a token.
	ByToken Kind = "token"
	// ByReference: a reference was typed, which proves nothing of who stands there.
	ByReference Kind = "reference"
	// Undone: the scan takes back an earlier one.
	Undone Kind = "undo"
)

// Scan is one line of the append-only record of what happened at the doors.
type Scan struct {
	TenantID  string
	ID        string
	BookingID string
	VenueID   string // where it was taken
	// Device is the door or staff member that took it. Nonce was made there: a
	// second scan of the same device and nonce is the first one, sent again.
	Device string
	Nonce  string
	Kind   Kind
	// Digest is the SHA-256 of what was read.
	Digest [sha256.Size]byte
	// Rev is the token's revision; 0 without a token.
	Rev    int64
	Code   Code // the verdict; empty for an undo
	Guests int  // people let in
	// At is when it was taken, ReceivedAt when the server learned of it.
	At         time.Time
	ReceivedAt time.Time
	// UndoOf is the scan that this one takes back.
	UndoOf string
}

// ScanRequest is what was read at a door.
type ScanRequest struct {
	TenantID string
	VenueID  string
	// Text is what the scanner or a person gave: a JWT, its packed form, or a
	// booking's reference. At most 1 KiB is looked at.
	Text string
	// Device is the door, or the member of staff where a door has no name of its
	// own. Nonce is made anew for each scan, at random, and unique over all that
	// share the Device: the same Device and Nonce are the same scan sent again.
	Device string
	Nonce  string
	// Guests is how many people come in with this scan; default 1.
	Guests int
}

func (r ScanRequest) validate() error {
	for _, f := range []struct{ name, id string }{
		{"TenantID", r.TenantID}, {"VenueID", r.VenueID}, {"Device", r.Device}, {"Nonce", r.Nonce},
	} {
		if err := ids.Check(f.id); err != nil {
			return fmt.Errorf("%w: scan %s: %w", ErrInvalid, f.name, err)
		}
	}
	if r.Guests < 0 || r.Guests > maxGuests {
		return fmt.Errorf("%w: scan Guests is %d, want 0 to %d", ErrInvalid, r.Guests, maxGuests)
	}
	return nil
}

// Verdict is the answer to a scan.
type Verdict struct {
	Code Code
	// Scan is the record of it; zero when the text named no booking that
	// check-in has heard of, in which case nothing is recorded.
	Scan Scan
	// State is the booking after the scan; nil as Scan is zero. For [WrongVenue]
	// and [Superseded] it says where and when the booking is now.
	State *State
	// Opens is when check-in opens, for [TooEarly].
	Opens time.Time
}

// cleanText strips what scanners, wallets and people put around a code: white
// space, and an extended-channel prefix such as `\000026`.
func cleanText(text string) string {
	if len(text) > maxText {
		return ""
	}
	text = strings.TrimSpace(text)
	if len(text) > 7 && text[0] == '\\' && strings.Trim(text[1:7], "0123456789") == "" {
		text = strings.TrimSpace(text[7:])
	}
	return text
}

// UndoRequest takes back the scan that checked a booking in.
type UndoRequest struct {
	TenantID string
	ScanID   string
	// By is the member of staff who does it, Nonce the idempotency key: the same
	// two are the same undo sent again.
	By    string
	Nonce string
}

func (r UndoRequest) validate() error {
	for _, f := range []struct{ name, id string }{{"By", r.By}, {"Nonce", r.Nonce}} {
		if err := ids.Check(f.id); err != nil {
			return fmt.Errorf("%w: undo %s: %w", ErrInvalid, f.name, err)
		}
	}
	return found(r.TenantID, r.ScanID)
}

// normalReference returns a reference as it is kept, or "" when the text can't
// be one. People read O for 0 and I or L for 1, and write them in groups.
func normalReference(text string) string {
	text = strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(text))
	if len(text) == 0 || len(text) > 16 {
		return ""
	}
	for _, c := range text {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return ""
		}
	}
	return text
}
