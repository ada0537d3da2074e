package checkin

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/internal/ids"
	"github.com/petanque-life/venuekit/internal/outbox"
)

// Config adjusts a Service. The zero value works.
type Config struct {
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// NewID makes the ids of scans and events. Default UUIDv7.
	NewID func() string
	// Logger is told what no caller is. Default slog.Default().
	Logger *slog.Logger
	// OpensBefore is how long before its slot a booking can be checked in.
	// At most 30 days. Default [OpensBefore], 30 minutes.
	OpensBefore time.Duration
}

const maxOpensBefore = 30 * 24 * time.Hour

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = ids.New
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.OpensBefore == 0 {
		c.OpensBefore = OpensBefore
	}
	return c
}

// Service issues tokens, judges scans and remembers who came. It is safe for
// concurrent use, starts nothing and holds nothing in memory: any number of
// replicas may run.
type Service struct {
	stores Stores
	keys   *Keyring
	cfg    Config
}

// New returns a Service over the stores and the keyring.
func New(stores Stores, keys *Keyring, cfg Config) (*Service, error) {
	switch {
	case stores.Scans == nil || stores.Keys == nil || stores.Customers == nil || stores.Outbox == nil:
		return nil, fmt.Errorf("%w: a store is missing", ErrInvalid)
	case keys == nil:
		return nil, fmt.Errorf("%w: keyring is missing", ErrInvalid)
	case cfg.OpensBefore < 0 || cfg.OpensBefore > maxOpensBefore:
		return nil, fmt.Errorf("%w: OpensBefore is %v, want 0 to %v", ErrInvalid, cfg.OpensBefore, maxOpensBefore)
	}
	return &Service{stores, keys, cfg.withDefaults()}, nil
}

// WithStores returns a copy of the Service over other stores: those that are
// joined to a transaction of the host. Its keys are read there too.
//
//	err := svc.WithStores(checkinStores.WithTx(tx)).Observe(ctx, booking)
func (s *Service) WithStores(stores Stores) *Service {
	joined := *s
	joined.stores, joined.keys = stores, s.keys.WithKeys(stores.Keys)
	return &joined
}

// Observe tells check-in how a booking stands. Tell it of every change, best in
// the transaction of the change; order and repetition don't matter, since an
// older or equal Revision has no effect.
func (s *Service) Observe(ctx context.Context, b Booking) error {
	if b.SlotRevision == 0 {
		b.SlotRevision = b.Revision
	}
	if err := b.validate(); err != nil {
		return err
	}
	b.Reference = normalReference(b.Reference)
	_, err := s.stores.Scans.Observe(ctx, b)
	return err
}

// Issue returns the token of a confirmed booking as it stands. It is a
// function of the booking and the tenant's active key: nothing is stored, and
// issuing again gives the same token. It is ErrNotConfirmed for a booking in
// another state; a guest who is in keeps the token, for the rest of the party.
// Other errors are ErrNotFound, ErrNoKey, and ErrInvalid for a slot that no
// token can carry.
func (s *Service) Issue(ctx context.Context, key Key) (Token, error) {
	state, err := s.Booking(ctx, key)
	if err != nil {
		return Token{}, err
	}
	return s.issue(ctx, state.Booking)
}

func (s *Service) issue(ctx context.Context, b Booking) (Token, error) {
	if b.Status != StatusConfirmed && b.Status != StatusCheckedIn {
		return Token{}, ErrNotConfirmed
	}
	record, err := s.keys.active(ctx, b.TenantID)
	if err == nil && !s.keys.secrets.Has(record.SecretID) {
		err = ErrNoKey
	}
	if err != nil {
		return Token{}, err
	}
	jti, err := s.keys.tokenID(record, b.ID, b.SlotRevision)
	if err != nil {
		return Token{}, err
	}
	material, err := s.keys.signing(record, b.VenueID)
	if err != nil {
		return Token{}, err
	}
	return sign(record, material, Claims{
		TenantID: b.TenantID, BookingID: b.ID, VenueID: b.VenueID, Rev: b.SlotRevision,
		IssuedAt: b.SlotRevisedAt.Truncate(time.Second).UTC(), Opens: b.StartsAt.Add(-s.cfg.OpensBefore).Truncate(time.Second).UTC(),
		Expires: b.EndsAt.Truncate(time.Second).UTC(), ID: jti, KeyID: record.ID,
	})
}

// Verify checks that a text is a token of the tenant, in either form, and
// returns what it says. Whether it opens the door is another question: see
// [Service.Scan]. The errors are ErrBadToken, ErrUnknownKey, ErrRevoked and
// ErrWrongTenant.
func (s *Service) Verify(ctx context.Context, tenantID, text string) (Claims, error) {
	u, err := parse(tenantID, cleanText(text))
	if err != nil {
		return Claims{}, err
	}
	if u.claims.TenantID != tenantID {
		return Claims{}, ErrWrongTenant
	}
	record, err := s.keys.find(ctx, tenantID, u.claims.KeyID)
	if err != nil {
		return Claims{}, err
	}
	material, err := s.keys.verifying(record, u.claims.VenueID)
	if err != nil {
		return Claims{}, err
	}
	return u.claims, u.verify(record, material)
}

// Scan judges what was read at a door and records it. What a token may not do
// is a verdict and no error; errors are ErrInvalid, ErrConflict (the device's
// nonce came back with another text) and those of the stores. A scan that was
// recorded before is answered as it was then, whatever has changed since.
//
// However many scans of one booking come at once, one of them checks it in.
func (s *Service) Scan(ctx context.Context, r ScanRequest) (Verdict, error) {
	if err := r.validate(); err != nil {
		return Verdict{}, err
	}
	now := s.cfg.Now()
	text := cleanText(r.Text)
	draft := Scan{
		TenantID: r.TenantID, ID: s.cfg.NewID(), VenueID: r.VenueID, Device: r.Device, Nonce: r.Nonce, Kind: ByToken,
		Digest: digest(text), Guests: max(r.Guests, 1), At: now, ReceivedAt: now,
	}
	first, err := s.stores.Scans.ByNonce(ctx, r.TenantID, r.Device, r.Nonce)
	if err == nil {
		return s.repeated(ctx, first, draft)
	}
	if !errors.Is(err, ErrNotFound) {
		return Verdict{}, err
	}
	if reference := normalReference(text); reference != "" {
		state, err := s.byReference(ctx, r, reference, now)
		if err != nil {
			return refused(err)
		}
		draft.Kind, draft.BookingID = ByReference, state.Booking.ID
	} else {
		claims, err := s.Verify(ctx, r.TenantID, text)
		if err != nil {
			return refused(err)
		}
		draft.BookingID, draft.Rev = claims.BookingID, claims.Rev
	}
	look := sighting{venueID: r.VenueID, rev: draft.Rev, now: now, opens: s.cfg.OpensBefore}
	attempt := Attempt{Key{r.TenantID, draft.BookingID}, r.Device, r.Nonce, draft.Digest}
	scan, state, err := s.stores.Scans.Record(ctx, attempt, func(state State) (Outcome, error) {
		return s.admit(state, draft, look)
	})
	if errors.Is(err, ErrNotFound) {
		// The signature is ours, so the booking exists; check-in will hear of it.
		return Verdict{Code: Provisional}, nil
	}
	if err != nil {
		return Verdict{}, err
	}
	return s.verdict(scan, state), nil
}

func (s *Service) verdict(scan Scan, state State) Verdict {
	return Verdict{Code: scan.Code, Scan: scan, State: &state, Opens: state.Booking.StartsAt.Add(-s.cfg.OpensBefore)}
}

// repeated answers a scan that was recorded before.
func (s *Service) repeated(ctx context.Context, first, again Scan) (Verdict, error) {
	if first.Digest != again.Digest {
		return Verdict{}, ErrConflict
	}
	state, err := s.stores.Scans.State(ctx, Key{first.TenantID, first.BookingID})
	if err != nil {
		return Verdict{}, err
	}
	return s.verdict(first, state), nil
}

// digest is of what a text means: case and groups are as the reader has them.
func digest(text string) [sha256.Size]byte {
	if reference := normalReference(text); reference != "" {
		text = reference
	} else if !strings.Contains(text, ".") {
		text = strings.ToUpper(text)
	}
	return sha256.Sum256([]byte(text))
}

// admit is what a scan does to a booking.
func (s *Service) admit(state State, draft Scan, look sighting) (Outcome, error) {
	draft.Code = judge(state, look)
	out := Outcome{Scan: draft, Admission: state.Admission}
	switch draft.Code {
	case OK:
		out.Admission = Admission{ScanID: draft.ID, At: draft.At, Device: draft.Device, Guests: draft.Guests}
		e, err := s.event(EventAdmitted, draft)
		if err != nil {
			return Outcome{}, err
		}
		out.Events = []Event{e}
	case AlreadyCheckedIn:
		out.Admission.Guests += draft.Guests
	default:
		out.Scan.Guests = 0
	}
	return out, nil
}

// refused turns what is wrong with a text into the verdict on it.
func refused(err error) (Verdict, error) {
	for _, v := range []struct {
		err  error
		code Code
	}{
		{ErrBadToken, BadToken}, {ErrUnknownKey, UnknownKey}, {ErrRevoked, Revoked}, {ErrWrongTenant, WrongTenant},
	} {
		if errors.Is(err, v.err) {
			return Verdict{Code: v.code}, nil
		}
	}
	return Verdict{}, err
}

// byReference finds the booking that a typed reference means: the one whose
// window is open, else the nearest. References come round again on other days.
func (s *Service) byReference(ctx context.Context, r ScanRequest, reference string, now time.Time) (State, error) {
	found, err := s.stores.Scans.ByReference(ctx, ReferenceQuery{
		TenantID: r.TenantID, VenueID: r.VenueID, Reference: reference, From: now.Add(-reach), Until: now.Add(reach),
	})
	if err != nil {
		return State{}, err
	}
	if len(found) == 0 {
		return State{}, ErrBadToken
	}
	distance := func(st State) time.Duration {
		opens := st.Booking.StartsAt.Add(-s.cfg.OpensBefore)
		switch {
		case now.Before(opens):
			return opens.Sub(now)
		case now.Before(st.Booking.EndsAt):
			return 0
		}
		return now.Sub(st.Booking.EndsAt)
	}
	best := found[0]
	for _, st := range found[1:] {
		if distance(st) < distance(best) {
			best = st
		}
	}
	return best, nil
}

// Undo takes back the scan that checked a booking in: its guests are out
// again, and a later scan may check it in anew. It returns the booking after
// it. It is ErrNothingToUndo when the scan isn't what the booking's admission
// rests on, ErrNotFound for no scan of the tenant's, ErrConflict when the nonce
// was another undo's.
func (s *Service) Undo(ctx context.Context, r UndoRequest) (State, error) {
	if err := r.validate(); err != nil {
		return State{}, err
	}
	first, err := s.stores.Scans.Scan(ctx, r.TenantID, r.ScanID)
	if err != nil {
		return State{}, err
	}
	now := s.cfg.Now()
	draft := Scan{
		TenantID: r.TenantID, ID: s.cfg.NewID(), BookingID: first.BookingID, VenueID: first.VenueID, Device: r.By,
		Nonce: "undo:" + r.Nonce, // apart from the nonces of the same person's scans
		Kind:  Undone, Digest: sha256.Sum256([]byte(r.ScanID)), At: now, ReceivedAt: now, UndoOf: r.ScanID,
	}
	attempt := Attempt{Key{r.TenantID, first.BookingID}, draft.Device, draft.Nonce, draft.Digest}
	_, state, err := s.stores.Scans.Record(ctx, attempt, func(state State) (Outcome, error) {
		if state.Admission.ScanID != r.ScanID {
			return Outcome{}, ErrNothingToUndo
		}
		e, err := s.event(EventUndone, draft)
		return Outcome{Scan: draft, Events: []Event{e}}, err
	})
	return state, err
}

// Booking returns a booking with its admission, or ErrNotFound.
func (s *Service) Booking(ctx context.Context, key Key) (State, error) {
	if err := key.check(); err != nil {
		return State{}, err
	}
	return s.stores.Scans.State(ctx, key)
}

// Day returns a page of a venue's bookings that start in [From, Until), each
// with its admission, in the order of their start. It is ErrInvalid for a Limit
// outside 0 to 1000 and for times that no booking has.
func (s *Service) Day(ctx context.Context, q DayQuery) ([]State, error) {
	if q.Limit == 0 {
		q.Limit = 50
	}
	switch {
	case found(q.TenantID, q.VenueID) != nil || q.After.BookingID != "" && found(q.After.BookingID) != nil:
		return nil, fmt.Errorf("%w: an id of the day", ErrInvalid)
	case q.Limit < 0 || q.Limit > 1000:
		return nil, fmt.Errorf("%w: day Limit is %d, want 1 to 1000", ErrInvalid, q.Limit)
	case !usual(q.From) || !usual(q.Until) || !q.After.StartsAt.IsZero() && !usual(q.After.StartsAt):
		return nil, fmt.Errorf("%w: day isn't in the years 1900 to 2199", ErrInvalid)
	}
	return s.stores.Scans.Day(ctx, q)
}

// Relay hands the events that are due at now to hand, at least once and in
// order for each booking; what hand refuses is tried again later, after a pause
// that grows to an hour. It is one round: a host calls it from its own loop, on
// any number of replicas. Receivers do nothing for an Event.ID that they have
// seen. A call of hand must end within a minute, or another replica may hand
// the same booking's events over beside it.
func (s *Service) Relay(ctx context.Context, now time.Time, hand func(context.Context, Event) error) error {
	began := s.cfg.Now()
	elapsed := func() time.Duration { return s.cfg.Now().Sub(began) }
	n, err := outbox.Relay(ctx, s.stores.Outbox, now, elapsed, hand)
	if n > 0 {
		s.cfg.Logger.DebugContext(ctx, "checkin: events handed over", slog.Int("count", n))
	}
	return err
}
