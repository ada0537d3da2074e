package checkin

import (
	"errors"

	"github.com/petanque-life/venuekit/internal/outbox"
)

// The errors of the package. Compare with errors.Is; what a scan says about a
// guest is not an error but a [Code].
var (
	// ErrNotFound: there is no such booking, scan or key in the tenant. Another
	// tenant's is answered the same way.
	ErrNotFound = errors.New("checkin: not found")
	// ErrExists: the thing to be made is already there, and stays as it is.
	ErrExists = errors.New("checkin: already exists")
	// ErrConflict: somebody else changed it first, or an idempotency key came
	// back with other content. Read again before deciding anew.
	ErrConflict = errors.New("checkin: conflict")
	// ErrInvalid: an argument breaks a documented rule; the text says which.
	ErrInvalid = errors.New("checkin: invalid argument")
	// ErrNotConfirmed: only a confirmed booking carries a token. Issue it again
	// once the booking is confirmed.
	ErrNotConfirmed = errors.New("checkin: booking is not confirmed")
	// ErrNoKey: the tenant has no active key. Call [Keyring.Provision] once when
	// a tenant is set up.
	ErrNoKey = errors.New("checkin: tenant has no active key")
	// ErrLost is an [Outbox]'s answer to a relay whose lease has ended.
	ErrLost = outbox.ErrLost
	// ErrNothingToUndo: the scan didn't let anybody in, or was undone already.
	ErrNothingToUndo = errors.New("checkin: nothing to undo")

	// ErrBadToken: the text is no token, or not one that this tenant's keys
	// signed. Nothing that it claims may be shown.
	ErrBadToken = errors.New("checkin: bad token")
	// ErrUnknownKey: the token names a key that this verifier doesn't have. It
	// may be good: fetch the keys before judging it.
	ErrUnknownKey = errors.New("checkin: unknown key")
	// ErrRevoked: the token's key was revoked. A new token has to be issued.
	ErrRevoked = errors.New("checkin: key revoked")
	// ErrWrongTenant: the token says that it is another chain's.
	ErrWrongTenant = errors.New("checkin: token of another tenant")
)
