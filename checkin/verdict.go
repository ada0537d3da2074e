package checkin

import "time"

// Code is the verdict on a scan. Doors and servers use the same codes; the
// texts that hosts read are [Code.Text]'s.
type Code string

// The verdicts.
const (
	// OK: the booking is checked in by this scan.
	OK Code = "ok"
	// AlreadyCheckedIn: an earlier scan did it, and the window is still open;
	// more of the party may come in.
	AlreadyCheckedIn Code = "already_checked_in"
	// TooEarly: the window isn't open yet.
	TooEarly Code = "too_early"
	// TooLate: the slot has ended.
	TooLate Code = "too_late"
	// WrongVenue: the booking is at another venue of the chain.
	WrongVenue Code = "wrong_venue"
	// OtherVenueUnverified: a door has no key for the token's venue, and can
	// neither trust nor show what it claims.
	OtherVenueUnverified Code = "other_venue_unverified"
	// WrongTenant: the token is another chain's.
	WrongTenant Code = "wrong_tenant"
	// Cancelled: the booking was cancelled.
	Cancelled Code = "cancelled"
	// Superseded: the token is from before the booking was handed to another
	// holder, or was moved to where this scan isn't; its slot is told. An older
	// token of the same holder is as good as a new one wherever that one is.
	Superseded Code = "superseded"
	// Revoked: the token's key was revoked.
	Revoked Code = "revoked"
	// UnknownKey: the token's key isn't known here; it may well be good.
	UnknownKey Code = "unknown_key"
	// BadToken: not a token of this chain.
	BadToken Code = "bad_token"
	// StaleDevice: a door has been offline too long to judge.
	StaleDevice Code = "stale_device"
	// Provisional: the token is good, but check-in hasn't heard of its booking,
	// or of its being confirmed, or of a change that the token is from. The
	// guest isn't in; scan again when the host has observed it.
	Provisional Code = "provisional"
)

// OpensBefore is how long before a slot its check-in opens.
const OpensBefore = 30 * time.Minute

// sighting is one look at a booking, by its token or by its reference.
type sighting struct {
	venueID string
	rev     int64 // the token's; 0 for a reference, which names the booking as it stands
	now     time.Time
	opens   time.Duration
}

// judge is the verdict on a booking whose token or reference was shown. It is
// a function of its arguments alone.
func judge(s State, look sighting) Code {
	b := s.Booking
	older := look.rev != 0 && look.rev < b.SlotRevision
	// What no longer holds is a matter of the booking's having been moved, when
	// the token is from before the move.
	moved := func(otherwise Code) Code {
		if older {
			return Superseded
		}
		return otherwise
	}
	switch {
	case b.Status == StatusCancelled:
		return Cancelled
	case older && look.rev < b.HolderRevision:
		return Superseded
	case b.VenueID != look.venueID:
		return moved(WrongVenue)
	case look.now.Before(b.StartsAt.Add(-look.opens)):
		return moved(TooEarly)
	case !look.now.Before(b.EndsAt):
		return moved(TooLate)
	case s.Admission.In():
		return AlreadyCheckedIn
	case b.Status == StatusPending, look.rev > b.SlotRevision:
		return Provisional
	}
	return OK
}
