package mail

import "errors"

var (
	// ErrInvalid is in the chain of the error for a message, job or key that
	// can't be queued or sent as it is. Correct it; trying again won't help.
	ErrInvalid = errors.New("mail: invalid")
	// ErrPermanent is what a Transport wraps when it can never send the message,
	// such as to a mailbox that doesn't exist. The mail has failed then.
	ErrPermanent = errors.New("mail: refused for good")
	// ErrObsolete is what a Render returns when there is nothing to send any
	// more, such as for a booking that was cancelled meanwhile.
	ErrObsolete = errors.New("mail: obsolete")
	// ErrNotFound is returned for a mail that isn't there, or is another tenant's.
	ErrNotFound = errors.New("mail: not found")
)
