package checkin_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

var evening = time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)

// clock is a hand that tests set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// bench is a service for one tenant, with a booking of tonight observed.
type bench struct {
	svc    *checkin.Service
	keys   *checkin.Keyring
	stores checkinbun.Stores
	db     *sql.DB
	clock  *clock
	tenant string
	b      checkin.Booking
}

var secretA = checkin.Secret{ID: "s1", Key: []byte("0123456789abcdef0123456789abcdef")}

func newBench(t testing.TB, d checkinbun.Dialect) *bench {
	t.Helper()
	db := dbtest.Shared(t, d, "checkin", func(ctx context.Context, db *sql.DB) error { return checkinbun.Migrate(ctx, db, d) })
	x := &bench{db: db, stores: checkinbun.New(db, d), clock: &clock{at: evening}, tenant: dbtest.Tenant(t)}
	var err error
	x.keys, err = checkin.NewKeyring(x.stores.Keys, secretA)
	require.NoError(t, err)
	require.NoError(t, x.keys.Provision(t.Context(), x.tenant, checkin.HS256, evening))
	x.svc, err = checkin.New(x.stores.Stores, x.keys, checkin.Config{Now: x.clock.now})
	require.NoError(t, err)
	x.b = checkin.Booking{
		TenantID: x.tenant, ID: "0199f0a0-0000-7000-8000-0000000000aa", VenueID: "sthlm", CustomerID: "anna", Revision: 1, SlotRevision: 1,
		SlotRevisedAt: evening.Add(-72 * time.Hour), Reference: "7KM2QX", StartsAt: evening, EndsAt: evening.Add(2 * time.Hour),
		Status: checkin.StatusConfirmed, PartySize: 4,
	}
	require.NoError(t, x.svc.Observe(t.Context(), x.b))
	return x
}

// change observes the booking with a change of its slot or holder.
func (x *bench) change(t testing.TB, f func(*checkin.Booking)) {
	t.Helper()
	x.b.Revision++
	f(&x.b)
	require.NoError(t, x.svc.Observe(t.Context(), x.b))
}

func (x *bench) token(t testing.TB) checkin.Token {
	t.Helper()
	token, err := x.svc.Issue(t.Context(), x.b.Key())
	require.NoError(t, err)
	return token
}

func (x *bench) scan(t testing.TB, text, nonce string) checkin.Verdict {
	t.Helper()
	v, err := x.svc.Scan(t.Context(), checkin.ScanRequest{
		TenantID: x.tenant, VenueID: "sthlm", Text: text, Device: "door-1", Nonce: nonce,
	})
	require.NoError(t, err)
	return v
}

func eachDatabase(t *testing.T, f func(t *testing.T, x *bench)) {
	for _, d := range []checkinbun.Dialect{checkinbun.SQLite, checkinbun.Postgres} {
		t.Run(d.String(), func(t *testing.T) { f(t, newBench(t, d)) })
	}
}

func TestService_letsAGuestInAndTellsTheHost(t *testing.T) {
	eachDatabase(t, func(t *testing.T, x *bench) {
		token := x.token(t)
		v := x.scan(t, token.Packed, "n1")
		require.Equal(t, checkin.OK, v.Code)
		require.Equal(t, 1, v.State.Admission.Guests)
		x.clock.set(evening.Add(10 * time.Minute))
		v, err := x.svc.Scan(t.Context(), checkin.ScanRequest{
			TenantID: x.tenant, VenueID: "sthlm", Text: token.JWT, Device: "door-2", Nonce: "n1", Guests: 3,
		})
		require.NoError(t, err)
		require.Equal(t, checkin.AlreadyCheckedIn, v.Code)
		require.Equal(t, checkin.Admission{ScanID: v.State.Admission.ScanID, At: evening, Device: "door-1", Guests: 4}, v.State.Admission)

		var told []checkin.Event
		hand := func(_ context.Context, e checkin.Event) error {
			if e.TenantID == x.tenant {
				told = append(told, e)
			}
			return nil
		}
		require.NoError(t, x.svc.Relay(t.Context(), evening.Add(time.Hour), hand))
		require.NoError(t, x.svc.Relay(t.Context(), evening.Add(time.Hour), hand))
		require.Len(t, told, 1)
		require.Equal(t, checkin.EventAdmitted, told[0].Kind)
		a, err := checkin.ParseAdmitted(told[0])
		require.NoError(t, err)
		require.Equal(t, checkin.Admitted{
			BookingID: x.b.ID, VenueID: "sthlm", ScanID: v.State.Admission.ScanID, At: evening, Device: "door-1",
		}, a)
	})
}

func TestService_issuingAgainGivesTheSameTokenUntilTheSlotChanges(t *testing.T) {
	eachDatabase(t, func(t *testing.T, x *bench) {
		first := x.token(t)
		x.clock.set(evening.Add(time.Hour))
		x.change(t, func(b *checkin.Booking) { b.PartySize = 8 })
		require.Equal(t, first, x.token(t))
		x.change(t, func(b *checkin.Booking) {
			b.StartsAt, b.EndsAt, b.SlotRevision = b.StartsAt.Add(time.Hour), b.EndsAt.Add(time.Hour), b.Revision
		})
		require.NotEqual(t, first.JWT, x.token(t).JWT)
	})
}

func TestService_onlyAConfirmedBookingHasAToken(t *testing.T) {
	x := newBench(t, checkinbun.SQLite)
	for _, status := range []checkin.Status{checkin.StatusPending, checkin.StatusCancelled, checkin.StatusCompleted, checkin.StatusNoShow} {
		x.change(t, func(b *checkin.Booking) { b.Status = status })
		_, err := x.svc.Issue(t.Context(), x.b.Key())
		require.ErrorIs(t, err, checkin.ErrNotConfirmed, status)
	}
	_, err := x.svc.Issue(t.Context(), checkin.Key{TenantID: x.tenant, BookingID: "none"})
	require.ErrorIs(t, err, checkin.ErrNotFound)
	_, err = x.svc.Issue(t.Context(), checkin.Key{TenantID: dbtest.Tenant(t), BookingID: x.b.ID})
	require.ErrorIs(t, err, checkin.ErrNotFound)
}

func TestService_aMovedBookingIsShownByItsOldCode(t *testing.T) {
	x := newBench(t, checkinbun.SQLite)
	mailed := x.token(t)
	x.change(t, func(b *checkin.Booking) {
		b.StartsAt, b.EndsAt, b.SlotRevision = evening.Add(time.Hour), evening.Add(3*time.Hour), b.Revision
	})
	v := x.scan(t, mailed.Packed, "n1")
	require.Equal(t, checkin.Superseded, v.Code)
	require.Equal(t, evening.Add(time.Hour), v.State.Booking.StartsAt)
	x.clock.set(evening.Add(40 * time.Minute))
	require.Equal(t, checkin.OK, x.scan(t, mailed.Packed, "n2").Code)
}

func TestService_aTransferredBookingRefusesItsFormerHolder(t *testing.T) {
	x := newBench(t, checkinbun.SQLite)
	mailed := x.token(t)
	x.change(t, func(b *checkin.Booking) {
		b.CustomerID, b.SlotRevision, b.HolderRevision = "bo", b.Revision, b.Revision
	})
	require.Equal(t, checkin.Superseded, x.scan(t, mailed.Packed, "n1").Code)
	require.Equal(t, checkin.OK, x.scan(t, x.token(t).Packed, "n2").Code)
}

func TestService_findsTheNearestBookingOfAReference(t *testing.T) {
	eachDatabase(t, func(t *testing.T, x *bench) {
		tomorrow := x.b
		tomorrow.ID, tomorrow.StartsAt, tomorrow.EndsAt = "tomorrow", evening.Add(24*time.Hour), evening.Add(26*time.Hour)
		require.NoError(t, x.svc.Observe(t.Context(), tomorrow))
		v := x.scan(t, " 7km-2qx ", "n1")
		require.Equal(t, checkin.OK, v.Code)
		require.Equal(t, x.b.ID, v.State.Booking.ID)
		require.Equal(t, checkin.ByReference, v.Scan.Kind)
		x.clock.set(evening.Add(24 * time.Hour))
		require.Equal(t, "tomorrow", x.scan(t, "7KM2QX", "n2").State.Booking.ID)
		require.Equal(t, checkin.BadToken, x.scan(t, "NOSUCH", "n3").Code)
	})
}

func TestService_aRepeatedScanReturnsTheFirstAnswer(t *testing.T) {
	eachDatabase(t, func(t *testing.T, x *bench) {
		token := x.token(t)
		first := x.scan(t, token.Packed, "n1")
		x.clock.set(evening.Add(time.Hour))
		again := x.scan(t, token.Packed, "n1")
		require.Equal(t, first.Code, again.Code)
		require.Equal(t, first.Scan, again.Scan)
		_, err := x.svc.Scan(t.Context(), checkin.ScanRequest{
			TenantID: x.tenant, VenueID: "sthlm", Text: "7KM2QX", Device: "door-1", Nonce: "n1",
		})
		require.ErrorIs(t, err, checkin.ErrConflict)
	})
}

func TestService_twoHundredScansAtOnceAreOneCheckIn(t *testing.T) {
	eachDatabase(t, func(t *testing.T, x *bench) {
		const n = 200
		token := x.token(t)
		codes := make([]checkin.Code, n)
		errs := make([]error, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				v, err := x.svc.Scan(t.Context(), checkin.ScanRequest{
					TenantID: x.tenant, VenueID: "sthlm", Text: token.Packed, Device: fmt.Sprint("door-", i%7), Nonce: fmt.Sprint("n", i),
				})
				codes[i], errs[i] = v.Code, err
			})
		}
		wg.Wait()
		require.NoError(t, errors.Join(errs...))
		slices.Sort(codes)
		require.Equal(t, []checkin.Code{checkin.AlreadyCheckedIn, checkin.OK}, slices.Compact(slices.Clone(codes)))
		require.Equal(t, 1, len(codes)-slices.Index(codes, checkin.OK))
	})
}

func TestService_aRecordedScanIsAnsweredTheSameWhateverHasChangedSince(t *testing.T) {
	eachDatabase(t, func(t *testing.T, x *bench) {
		token := x.token(t)
		byToken := x.scan(t, token.JWT, "n1")
		byReference := x.scan(t, "7KM2QX", "n2")
		keys, err := x.stores.Keys.List(t.Context(), x.tenant)
		require.NoError(t, err)
		require.NoError(t, x.stores.Keys.SetState(t.Context(), x.tenant, keys[0].ID, checkin.KeyActive, checkin.KeyRevoked, evening))
		x.change(t, func(b *checkin.Booking) { b.Reference = "OTHER1" })
		require.Equal(t, byToken.Scan, x.scan(t, token.JWT, "n1").Scan)
		require.Equal(t, byReference.Scan, x.scan(t, "7km-2qx", "n2").Scan)
		require.Equal(t, checkin.Revoked, x.scan(t, token.JWT, "n3").Code)
	})
}

func TestKeyring_replacesAKeyWhoseSecretIsGone(t *testing.T) {
	eachDatabase(t, func(t *testing.T, x *bench) {
		old := x.token(t)
		ring, err := checkin.NewKeyring(x.stores.Keys, checkin.Secret{ID: "s2", Key: []byte("another secret of thirty-two bytes")})
		require.NoError(t, err)
		svc, err := checkin.New(x.stores.Stores, ring, checkin.Config{Now: x.clock.now})
		require.NoError(t, err)
		_, err = svc.Issue(t.Context(), x.b.Key())
		require.ErrorIs(t, err, checkin.ErrNoKey)
		_, err = svc.Verify(t.Context(), x.tenant, old.JWT)
		require.ErrorIs(t, err, checkin.ErrUnknownKey)
		for range 2 {
			require.NoError(t, ring.Provision(t.Context(), x.tenant, checkin.HS256, evening))
		}
		_, err = svc.Verify(t.Context(), x.tenant, old.JWT)
		require.ErrorIs(t, err, checkin.ErrRevoked)
		fresh, err := svc.Issue(t.Context(), x.b.Key())
		require.NoError(t, err)
		_, err = svc.Verify(t.Context(), x.tenant, fresh.Packed)
		require.NoError(t, err)
	})
}

func TestService_anErasedHolderStaysErased(t *testing.T) {
	eachDatabase(t, func(t *testing.T, x *bench) {
		require.NoError(t, x.svc.Erase(t.Context(), checkin.CustomerKey{TenantID: x.tenant, CustomerID: "anna"}))
		x.change(t, func(b *checkin.Booking) { b.PartySize++ })
		state, err := x.svc.Booking(t.Context(), x.b.Key())
		require.NoError(t, err)
		require.Empty(t, state.Booking.CustomerID)
		require.Equal(t, 404, x.ask(t, "GET", "/me/bookings/"+x.b.ID+"/token", "anna", "").status)
	})
}

func TestService_issuesNoTokenThatADoorWouldRefuse(t *testing.T) {
	x := newBench(t, checkinbun.SQLite)
	for name, change := range map[string]func(*checkin.Booking){
		"in 2199": func(b *checkin.Booking) {
			b.StartsAt = b.StartsAt.AddDate(173, 0, 0)
			b.EndsAt = b.StartsAt.Add(time.Hour)
		},
		"in 2019": func(b *checkin.Booking) {
			b.StartsAt = b.StartsAt.AddDate(-7, 0, 0)
			b.EndsAt = b.StartsAt.Add(time.Hour)
		},
		"revised before 2020": func(b *checkin.Booking) { b.SlotRevisedAt = evening.AddDate(-10, 0, 0) },
	} {
		t.Run("a slot "+name, func(t *testing.T) {
			b := x.b
			b.ID = name
			change(&b)
			require.NoError(t, x.svc.Observe(t.Context(), b), "it is a booking all the same")
			_, err := x.svc.Issue(t.Context(), b.Key())
			require.ErrorIs(t, err, checkin.ErrInvalid)
		})
	}
	long := x.b
	long.ID, long.StartsAt, long.EndsAt = "long", evening, evening.Add(checkin.MaxSlot)
	require.NoError(t, x.svc.Observe(t.Context(), long))
	token, err := x.svc.Issue(t.Context(), long.Key())
	require.NoError(t, err)
	_, err = x.svc.Verify(t.Context(), x.tenant, token.Packed)
	require.NoError(t, err)
}

func TestService_undoTakesACheckInBackOnce(t *testing.T) {
	eachDatabase(t, func(t *testing.T, x *bench) {
		v := x.scan(t, x.token(t).Packed, "n1")
		state, err := x.svc.Undo(t.Context(), checkin.UndoRequest{TenantID: x.tenant, ScanID: v.Scan.ID, By: "host-1", Nonce: "u1"})
		require.NoError(t, err)
		require.False(t, state.Admission.In())
		again, err := x.svc.Undo(t.Context(), checkin.UndoRequest{TenantID: x.tenant, ScanID: v.Scan.ID, By: "host-1", Nonce: "u1"})
		require.NoError(t, err, "the same undo sent again")
		require.Equal(t, state, again)
		_, err = x.svc.Undo(t.Context(), checkin.UndoRequest{TenantID: x.tenant, ScanID: v.Scan.ID, By: "host-1", Nonce: "u2"})
		require.ErrorIs(t, err, checkin.ErrNothingToUndo)
		require.Equal(t, checkin.OK, x.scan(t, x.token(t).Packed, "n2").Code)

		var kinds []string
		var undone checkin.Admitted
		require.NoError(t, x.svc.Relay(t.Context(), evening, func(_ context.Context, e checkin.Event) error {
			if e.TenantID != x.tenant {
				return nil
			}
			kinds = append(kinds, e.Kind)
			if e.Kind == checkin.EventUndone {
				var err error
				undone, err = checkin.ParseAdmitted(e)
				return err
			}
			return nil
		}))
		require.Equal(t, []string{checkin.EventAdmitted, checkin.EventUndone, checkin.EventAdmitted}, kinds)
		require.Equal(t, v.Scan.ID, undone.UndoOf)
	})
}

func TestService_refusesWhatIsNotAScan(t *testing.T) {
	x := newBench(t, checkinbun.SQLite)
	good := checkin.ScanRequest{TenantID: x.tenant, VenueID: "sthlm", Text: "7KM2QX", Device: "door-1", Nonce: "n"}
	for name, breakIt := range map[string]func(*checkin.ScanRequest){
		"without a tenant":  func(r *checkin.ScanRequest) { r.TenantID = "" },
		"without a venue":   func(r *checkin.ScanRequest) { r.VenueID = "" },
		"without a nonce":   func(r *checkin.ScanRequest) { r.Nonce = "" },
		"with a NUL":        func(r *checkin.ScanRequest) { r.Device = "a\x00b" },
		"with -1 guests":    func(r *checkin.ScanRequest) { r.Guests = -1 },
		"with 1,001 guests": func(r *checkin.ScanRequest) { r.Guests = 1001 },
	} {
		t.Run(name, func(t *testing.T) {
			r := good
			breakIt(&r)
			_, err := x.svc.Scan(t.Context(), r)
			require.ErrorIs(t, err, checkin.ErrInvalid)
		})
	}
}

func TestService_refusesABookingThatBreaksItsRules(t *testing.T) {
	x := newBench(t, checkinbun.SQLite)
	for name, breakIt := range map[string]func(*checkin.Booking){
		"without an id":                    func(b *checkin.Booking) { b.ID = "" },
		"with a revision of 0":             func(b *checkin.Booking) { b.Revision = 0 },
		"with a slot revision below zero":  func(b *checkin.Booking) { b.SlotRevision = -1 },
		"with a slot revision ahead":       func(b *checkin.Booking) { b.SlotRevision = b.Revision + 1 },
		"with a holder revision ahead":     func(b *checkin.Booking) { b.HolderRevision = b.SlotRevision + 1 },
		"without the time of its slot":     func(b *checkin.Booking) { b.SlotRevisedAt = time.Time{} },
		"that lasts longer than a year":    func(b *checkin.Booking) { b.EndsAt = b.StartsAt.Add(checkin.MaxSlot + 1) },
		"of the year 2200":                 func(b *checkin.Booking) { b.StartsAt = b.StartsAt.AddDate(174, 0, 0); b.EndsAt = b.StartsAt.Add(1) },
		"that ends before it starts":       func(b *checkin.Booking) { b.EndsAt = b.StartsAt },
		"in a state that doesn't exist":    func(b *checkin.Booking) { b.Status = "confirmed" },
		"with a party below zero":          func(b *checkin.Booking) { b.PartySize = -1 },
		"with a reference that is no code": func(b *checkin.Booking) { b.Reference = "a.b" },
		"with an id of more than 64 bytes": func(b *checkin.Booking) { b.ID = fmt.Sprintf("%065d", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			b := x.b
			b.Revision++
			breakIt(&b)
			require.ErrorIs(t, x.svc.Observe(t.Context(), b), checkin.ErrInvalid)
		})
	}
}

func TestService_joinsTheHostsTransaction(t *testing.T) {
	eachDatabase(t, func(t *testing.T, x *bench) {
		db := x.db
		for _, commit := range []bool{false, true} {
			tx, err := db.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			b := x.b
			b.ID, b.CustomerID = fmt.Sprint("joined-", commit), "what? ?0 'quoted'"
			joined := x.svc.WithStores(x.stores.WithTx(tx))
			require.NoError(t, joined.Observe(t.Context(), b))
			require.NoError(t, joined.Observe(t.Context(), b), "a duplicate inside changes nothing")
			if commit {
				require.NoError(t, tx.Commit())
			} else {
				require.NoError(t, tx.Rollback())
			}
			state, err := x.svc.Booking(t.Context(), b.Key())
			if commit {
				require.NoError(t, err)
				require.Equal(t, b.CustomerID, state.Booking.CustomerID)
			} else {
				require.ErrorIs(t, err, checkin.ErrNotFound)
			}
		}
	})
}

func TestService_aScanOfARolledBackTransactionTellsNobody(t *testing.T) {
	eachDatabase(t, func(t *testing.T, x *bench) {
		token := x.token(t)
		tx, err := x.db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		v, err := x.svc.WithStores(x.stores.WithTx(tx)).Scan(t.Context(), checkin.ScanRequest{
			TenantID: x.tenant, VenueID: "sthlm", Text: token.JWT, Device: "door-1", Nonce: "n1",
		})
		require.NoError(t, err)
		require.Equal(t, checkin.OK, v.Code)
		require.NoError(t, tx.Rollback())
		require.NoError(t, x.svc.Relay(t.Context(), evening, func(_ context.Context, e checkin.Event) error {
			require.NotEqual(t, x.tenant, e.TenantID)
			return nil
		}))
		require.Equal(t, checkin.OK, x.scan(t, token.JWT, "n1").Code)
	})
}

func TestService_mergeExportErase(t *testing.T) {
	eachDatabase(t, func(t *testing.T, x *bench) {
		x.scan(t, x.token(t).Packed, "n1")
		key := checkin.CustomerKey{TenantID: x.tenant, CustomerID: "anna.andersson"}
		require.NoError(t, x.svc.Merge(t.Context(), checkin.CustomerKey{TenantID: x.tenant, CustomerID: "anna"}, key.CustomerID))
		export, err := x.svc.Export(t.Context(), key)
		require.NoError(t, err)
		require.Len(t, export.Bookings, 1)
		require.Len(t, export.Bookings[0].Scans, 1)
		require.NoError(t, x.svc.Erase(t.Context(), key))
		export, err = x.svc.Export(t.Context(), key)
		require.NoError(t, err)
		require.Empty(t, export.Bookings)
		state, err := x.svc.Booking(t.Context(), x.b.Key())
		require.NoError(t, err)
		require.True(t, state.Admission.In(), "the venue's counts stay")
	})
}

func TestNew_refusesWhatIsMissing(t *testing.T) {
	x := newBench(t, checkinbun.SQLite)
	_, err := checkin.New(checkin.Stores{}, x.keys, checkin.Config{})
	require.ErrorIs(t, err, checkin.ErrInvalid)
	_, err = checkin.New(x.stores.Stores, nil, checkin.Config{})
	require.ErrorIs(t, err, checkin.ErrInvalid)
	_, err = checkin.NewKeyring(x.stores.Keys)
	require.ErrorIs(t, err, checkin.ErrInvalid)
	_, err = checkin.NewKeyring(x.stores.Keys, checkin.Secret{ID: "short", Key: []byte("too short")})
	require.ErrorIs(t, err, checkin.ErrInvalid)
}

func TestKeyring_replicasProvisionOneKey(t *testing.T) {
	eachDatabase(t, func(t *testing.T, x *bench) {
		tenant := dbtest.Tenant(t)
		errs := make([]error, 8)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = x.keys.Provision(t.Context(), tenant, checkin.EdDSA, evening) })
		}
		wg.Wait()
		require.NoError(t, errors.Join(errs...))
		records, err := x.stores.Keys.List(t.Context(), tenant)
		require.NoError(t, err)
		require.Len(t, records, 1)
	})
}
