package booking_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

// machine runs any sequence of verbs on one venue and keeps what each booking
// was last seen as.
type machine struct {
	*house
	t    *testing.T
	n    int
	seen map[booking.Key]booking.Booking
	keys []booking.Key
}

func TestAnySequenceOfVerbs(t *testing.T) {
	t.Parallel()
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		t.Run(d.String(), func(t *testing.T) {
			db := dbtest.Open(t, d)
			require.NoError(t, booking.Migrate(t.Context(), db, d))
			rapid.Check(t, func(rt *rapid.T) {
				m := &machine{house: newHouse(t, db, d, booking.Config{}), t: t, seen: map[booking.Key]booking.Booking{}}
				rt.Repeat(m.actions())
			})
		})
	}
}

func (m *machine) actions() map[string]func(*rapid.T) {
	verb := func(f func(rt *rapid.T, k booking.Key) (booking.Booking, error)) func(*rapid.T) {
		return func(rt *rapid.T) {
			if len(m.keys) == 0 {
				rt.Skip("no booking yet")
			}
			m.saw(rt, f)
		}
	}
	ctx := m.t.Context()
	return map[string]func(*rapid.T){
		"":     m.check,
		"book": m.bookAny,
		"confirm": verb(func(rt *rapid.T, k booking.Key) (booking.Booking, error) {
			m.n++
			return m.Confirm(ctx, k, booking.Payment{ID: fmt.Sprint("pay-", m.n), Amount: booking.Money{Amount: 100, Currency: "SEK"}})
		}),
		"cancel":       verb(func(_ *rapid.T, k booking.Key) (booking.Booking, error) { return m.Cancel(ctx, k, "ill") }),
		"check in":     verb(func(_ *rapid.T, k booking.Key) (booking.Booking, error) { return m.CheckIn(ctx, k, m.now()) }),
		"undo":         verb(func(_ *rapid.T, k booking.Key) (booking.Booking, error) { return m.UndoCheckIn(ctx, k) }),
		"mark no-show": verb(func(_ *rapid.T, k booking.Key) (booking.Booking, error) { return m.MarkNoShow(ctx, k) }),
		"to completed": verb(func(_ *rapid.T, k booking.Key) (booking.Booking, error) { return m.Correct(ctx, k, booking.Completed) }),
		"to no-show":   verb(func(_ *rapid.T, k booking.Key) (booking.Booking, error) { return m.Correct(ctx, k, booking.NoShow) }),
		"change holder": verb(func(rt *rapid.T, k booking.Key) (booking.Booking, error) {
			return m.ChangeHolder(ctx, k, holders.Draw(rt, "holder"))
		}),
		"change party": verb(func(rt *rapid.T, k booking.Key) (booking.Booking, error) {
			return m.ChangeParty(ctx, k, rapid.IntRange(1, 14).Draw(rt, "party"))
		}),
		"move": verb(func(rt *rapid.T, k booking.Key) (booking.Booking, error) {
			return m.Move(ctx, k, booking.Place{
				StartsAt: starts.Draw(rt, "start"), Duration: lengths.Draw(rt, "length"), ResourceCount: rapid.IntRange(0, 2).Draw(rt, "count"),
			})
		}),
		"time passes": func(rt *rapid.T) {
			m.set(m.now().Add(time.Duration(rapid.IntRange(1, 180).Draw(rt, "minutes")) * time.Minute))
		},
		"sweep": func(rt *rapid.T) {
			_, err := m.Lapse(ctx, m.now(), 100)
			require.NoError(rt, err)
			_, err = m.Settle(ctx, m.now(), 100)
			require.NoError(rt, err)
		},
	}
}

var (
	holders = rapid.SampledFrom([]string{"anna", "bertil"})
	starts  = rapid.Custom(func(rt *rapid.T) time.Time {
		return at19.Add(time.Duration(rapid.IntRange(-4, 8).Draw(rt, "half hours")) * 15 * time.Minute)
	})
	lengths = rapid.Custom(func(rt *rapid.T) time.Duration {
		return time.Duration(rapid.IntRange(1, 5).Draw(rt, "units")) * booking.Unit
	})
)

func (m *machine) bookAny(rt *rapid.T) {
	m.n++
	r := m.request(fmt.Sprint("key-", m.n))
	r.Kind = rapid.SampledFrom([]booking.Kind{booking.Lane, booking.Table, booking.Event}).Draw(rt, "kind")
	r.Hold = rapid.Bool().Draw(rt, "hold")
	r.PartySize = rapid.IntRange(1, 8).Draw(rt, "party")
	r.CustomerID = holders.Draw(rt, "holder")
	if r.Kind != booking.Event {
		r.StartsAt, r.Duration = starts.Draw(rt, "start"), lengths.Draw(rt, "length")
	}
	b, err := m.Book(m.t.Context(), r)
	if err != nil {
		requireExpected(rt, err)
		return
	}
	m.keys = append(m.keys, b.Key())
	m.seen[b.Key()] = b
}

// saw runs a verb on some booking: it either fails as it may and changes
// nothing, or returns what is kept.
func (m *machine) saw(rt *rapid.T, f func(rt *rapid.T, k booking.Key) (booking.Booking, error)) {
	k := rapid.SampledFrom(m.keys).Draw(rt, "booking")
	got, err := f(rt, k)
	if err != nil {
		requireExpected(rt, err)
		got = m.seen[k]
	}
	kept, err := m.Get(m.t.Context(), k)
	require.NoError(rt, err)
	if err == nil && got.Revision == kept.Revision {
		require.Equal(rt, kept, got)
	}
}

func requireExpected(rt *rapid.T, err error) {
	for _, may := range []error{booking.ErrConflict, booking.ErrUnavailable, booking.ErrInvalid} {
		if errors.Is(err, may) {
			return
		}
	}
	require.NoError(rt, err)
}

// check holds the tables against the bookings, and each booking against what it
// was before.
func (m *machine) check(rt *rapid.T) {
	all, err := m.VenueDay(m.t.Context(), m.venueKey(), tonight, booking.Position{}, 1000)
	require.NoError(rt, err)
	require.Len(rt, all, len(m.keys))
	for _, b := range all {
		m.compare(rt, m.seen[b.Key()], b)
		m.seen[b.Key()] = b
	}
	units, seats := owned(all...)
	soldUnits, soldSeats := m.sold(rt)
	require.Equal(rt, units, soldUnits, "the slots are the live bookings' units, each once")
	require.Equal(rt, seats, soldSeats)
}

func (m *machine) compare(rt *rapid.T, old, b booking.Booking) {
	if old.Revision == b.Revision {
		require.Equal(rt, old, b, "no change without a revision")
		return
	}
	require.Greater(rt, b.Revision, old.Revision)
	holder := b.CustomerID != old.CustomerID
	slot := holder || b.VenueID != old.VenueID || !b.StartsAt.Equal(old.StartsAt)
	require.Equal(rt, slot, b.SlotRevision > old.SlotRevision, "%+v\n%+v", old, b)
	require.Equal(rt, holder, b.HolderRevision > old.HolderRevision)
	require.LessOrEqual(rt, b.SlotRevision, b.Revision)
	if slot {
		require.Equal(rt, b.UpdatedAt, b.SlotRevisedAt)
	} else {
		require.Equal(rt, old.SlotRevisedAt, b.SlotRevisedAt)
	}
	require.Equal(rt, b.Status == booking.Pending, !b.HoldUntil.IsZero())
	if b.Status == booking.CheckedIn {
		require.False(rt, b.CheckedInAt.IsZero())
	}
}
