package portal

import "time"

// ActionName is something that a customer may do about a booking.
type ActionName string

// The actions, in the order in which [Actions] returns them.
const (
	// Repeat fills a new booking in as this one was. It creates nothing.
	Repeat ActionName = "repeat"
	// Rebook moves the booking to another slot.
	Rebook ActionName = "rebook"
	// Cancel gives the booking up.
	Cancel ActionName = "cancel"
	// PartySize changes how many people come.
	PartySize ActionName = "party_size"
)

// Reason is why an action isn't allowed. It is a stable code, not a text.
type Reason string

// The reasons. Where several hold, the first in this order is told.
const (
	// ReasonCancelled: the booking was cancelled.
	ReasonCancelled Reason = "cancelled"
	// ReasonEnded: the booking is over, whether anybody came or not.
	ReasonEnded Reason = "ended"
	// ReasonCheckedIn: the guests are in; from then on only staff may change it.
	ReasonCheckedIn Reason = "checked_in"
	// ReasonStarted: the slot has begun.
	ReasonStarted Reason = "started"
	// ReasonTooLate: the venue's rules allowed it until some time before the start.
	ReasonTooLate Reason = "too_late"
	// ReasonNotConfirmed: the booking isn't paid or confirmed yet.
	ReasonNotConfirmed Reason = "not_confirmed"
)

// Action says whether a customer may do something about a booking now.
type Action struct {
	Name    ActionName
	Allowed bool
	// Until is the first moment at which the action is no longer allowed, or,
	// when time has taken it away, the moment it did. Zero where time alone
	// doesn't decide: for Repeat, and for what the booking's state forbids.
	Until time.Time
	// Reason is why the action isn't allowed; empty when it is.
	Reason Reason
}

// Actions returns what the customer may do about the booking at the time now:
// always all four, in the order Repeat, Rebook, Cancel, PartySize. It is a
// function of its arguments alone.
//
//   - Repeat is allowed in every state but PENDING, whose own wizard is still
//     open, and for ever: it takes nothing from the booking it repeats.
//   - The others are allowed for a CONFIRMED booking before ChangesUntil, and
//     never from StartsAt on. A check-in ends them, also one before the start.
//   - A PENDING booking can be cancelled until StartsAt: nothing has been paid
//     that ChangesUntil would guard. It must be confirmed before it is changed.
//
// An allowed action is an offer, not a promise: whoever carries it out asks anew.
func Actions(b Booking, now time.Time) []Action {
	return []Action{repeat(b), change(Rebook, b, now), change(Cancel, b, now), change(PartySize, b, now)}
}

func repeat(b Booking) Action {
	if b.Status == StatusPending {
		return Action{Name: Repeat, Reason: ReasonNotConfirmed}
	}
	return Action{Name: Repeat, Allowed: true}
}

func change(name ActionName, b Booking, now time.Time) Action {
	until := b.ChangesUntil
	if until.IsZero() || until.After(b.StartsAt) || b.Status == StatusPending {
		until = b.StartsAt
	}
	a := Action{Name: name}
	switch over := !now.Before(b.EndsAt); {
	case b.Status == StatusCancelled:
		a.Reason = ReasonCancelled
	case over:
		a.Reason, a.Until = ReasonEnded, until
	case b.Status == StatusCompleted || b.Status == StatusNoShow:
		a.Reason = ReasonEnded
	case b.Status == StatusCheckedIn:
		a.Reason = ReasonCheckedIn
	case !now.Before(b.StartsAt):
		a.Reason, a.Until = ReasonStarted, until
	case !now.Before(until):
		a.Reason, a.Until = ReasonTooLate, until
	case b.Status == StatusConfirmed || b.Status == StatusPending && name == Cancel:
		a.Allowed, a.Until = true, until
	default:
		a.Reason = ReasonNotConfirmed
	}
	return a
}
