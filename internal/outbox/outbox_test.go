package outbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/outbox"
)

func TestAnEventArrivesAsItWasWrittenAndOnce(t *testing.T) {
	each(t, func(t *testing.T, b box) {
		e := outbox.Event{
			TenantID: "t", ID: "id?", Subject: "it's ?TableName å", Kind: "test.happened",
			At: clock.Add(999).In(time.FixedZone("CET", 3600)), Data: json.RawMessage(`{"z":"?","a": [1,2]}`),
		}
		b.append(t, e)
		var got []outbox.Event
		hand := func(_ context.Context, e outbox.Event) error { got = append(got, e); return nil }
		for _, now := range []time.Time{clock.Add(-time.Microsecond), clock, clock.Add(2 * lease)} {
			_, err := outbox.Relay(t.Context(), b, now, atOnce, hand)
			require.NoError(t, err)
		}
		e.At = clock
		require.Equal(t, []outbox.Event{e}, got)
		b.requireEmpty(t)
	})
}

func TestEventsOfARolledBackTransactionNeverAppear(t *testing.T) {
	each(t, func(t *testing.T, b box) {
		require.ErrorIs(t, b.db.InTx(t.Context(), func(q bunx.Queries) error {
			require.NoError(t, b.Append(t.Context(), q, event("t", "own", 1)))
			return errRefused
		}), errRefused)
		b.append(t, event("t", "both", 1))
		tx, err := b.pool.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		joined := b.db.WithTx(tx)
		for _, subject := range []string{"both", "host"} {
			require.NoError(t, joined.InTx(t.Context(), func(q bunx.Queries) error { return b.Append(t.Context(), q, event("t", subject, 2)) }))
		}
		require.NoError(t, tx.Rollback())

		b.append(t, event("t", "both", 3))
		require.Equal(t, []string{"t/both/1", "t/both/3"}, b.relay(t, new(receiver), clock))
		b.requireEmpty(t)
	})
}

func TestEverySubjectOfEveryTenantIsServedInOrder(t *testing.T) {
	each(t, func(t *testing.T, b box) {
		want := map[string][]string{}
		var events []outbox.Event
		add := func(tenant, subject string, n int) {
			e := event(tenant, subject, n)
			events, want[tenant+"/"+subject] = append(events, e), append(want[tenant+"/"+subject], e.ID)
		}
		for n := range 1100 { // more than one claim reads
			add("t1", "long", n)
		}
		for i := range 40 { // more than one claim takes
			for n := range 3 {
				add("t1", fmt.Sprintf("s%d", i), n)
				add("t2", fmt.Sprintf("s%d", i), n)
			}
		}
		b.append(t, events...)
		ids := b.relay(t, new(receiver), clock)
		require.Len(t, ids, len(events))
		require.Equal(t, want, bySubject(ids))
		b.requireEmpty(t)
	})
}

func TestARefusedEventIsTriedAgainAfterAGrowingPause(t *testing.T) {
	each(t, func(t *testing.T, b box) {
		b.append(t, event("t", "a", 1), event("t", "a", 2))
		r := &receiver{refuse: map[string]bool{"a": true}}
		tries := 0
		hand := func(ctx context.Context, e outbox.Event) error {
			require.Equal(t, "t/a/1", e.ID, "the second isn't tried before the first is taken")
			tries++
			return r.hand(ctx, e)
		}
		now := clock
		for i, pause := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600} {
			_, err := outbox.Relay(t.Context(), b, now, atOnce, hand)
			require.ErrorIs(t, err, errRefused)
			require.ErrorContains(t, err, "outbox: hand over test.happened t/a/1")
			require.Equal(t, i+1, tries)
			now = now.Add(pause * time.Second)
			_, err = outbox.Relay(t.Context(), b, now.Add(-time.Microsecond), atOnce, hand)
			require.NoError(t, err)
			require.Equal(t, i+1, tries, "not before %d s", pause)
		}

		// The first is taken now, and the second refused: the pauses begin anew.
		onlyFirst := func(_ context.Context, e outbox.Event) error {
			if e.ID == "t/a/2" {
				return errRefused
			}
			return nil
		}
		r.refuse = nil
		for _, pause := range []time.Duration{1, 2, 4} {
			_, err := outbox.Relay(t.Context(), b, now, atOnce, onlyFirst)
			require.ErrorIs(t, err, errRefused)
			now = now.Add(pause * time.Second)
			require.Empty(t, b.relay(t, r, now.Add(-time.Microsecond)), "not before %d s", pause)
		}
		require.Equal(t, []string{"t/a/2"}, b.relay(t, r, now))
		b.requireEmpty(t)
	})
}

func TestAnEventThatJoinsAFailingSubjectWaitsItsTurn(t *testing.T) {
	each(t, func(t *testing.T, b box) {
		b.append(t, event("t", "a", 1))
		r := &receiver{refuse: map[string]bool{"a": true}}
		require.Empty(t, b.relay(t, r, clock))
		b.append(t, event("t", "a", 2))
		r.refuse = nil
		require.Empty(t, b.relay(t, r, clock))
		require.Equal(t, []string{"t/a/1", "t/a/2"}, b.relay(t, r, clock.Add(time.Second)))
	})
}

func TestASubjectThatFailsHoldsNoOther(t *testing.T) {
	each(t, func(t *testing.T, b box) {
		for _, tenant := range []string{"t1", "t2"} {
			for _, subject := range []string{"a", "b", "c"} {
				b.append(t, event(tenant, subject, 1), event(tenant, subject, 2))
			}
		}
		r := &receiver{refuse: map[string]bool{"a": true, "b": true}}
		require.Equal(t, []string{"t1/c/1", "t1/c/2", "t2/c/1", "t2/c/2"}, sorted(b.relay(t, r, clock)))
		r.refuse = map[string]bool{"a": true}
		require.Equal(t, []string{"t1/b/1", "t1/b/2", "t2/b/1", "t2/b/2"}, sorted(b.relay(t, r, clock.Add(time.Second))))
	})
}

func TestALeaseThatEndedMarksNothing(t *testing.T) {
	each(t, func(t *testing.T, b box) {
		ctx := t.Context()
		b.append(t, event("t", "a", 1), event("t", "a", 2))
		claim := func(owner string, now time.Time) []outbox.Lease {
			leases, err := b.Claim(ctx, "t", owner, now, now.Add(lease), 10)
			require.NoError(t, err)
			return leases
		}
		old := claim("first", clock)
		require.Len(t, old, 1)
		require.Len(t, old[0].Events, 2)
		require.Empty(t, claim("second", clock.Add(lease-time.Microsecond)), "nobody else has it meanwhile")
		// The same owner by name: the attempt tells them apart.
		current := claim("first", clock.Add(lease))
		require.Len(t, current, 1)
		require.Equal(t, old[0].Attempt+1, current[0].Attempt)

		require.ErrorIs(t, b.Delivered(ctx, old[0], "t/a/1"), outbox.ErrLost)
		require.NoError(t, b.Release(ctx, old[0], clock, true), "a lost lease is no error")
		require.Empty(t, claim("third", clock.Add(lease)), "and ends nothing")
		require.NoError(t, b.Delivered(ctx, current[0], "t/a/1"))
		require.NoError(t, b.Release(ctx, current[0], clock, false))

		last := claim("third", clock.Add(lease))
		require.Len(t, last, 1)
		require.Zero(t, last[0].Failures)
		require.Equal(t, "t/a/2", last[0].Events[0].ID)
		require.ErrorIs(t, b.Delivered(ctx, current[0], "t/a/2"), outbox.ErrLost, "a released lease is over")
	})
}

func TestARelayThatIsOvertakenLeavesTheSubjectToTheOther(t *testing.T) {
	each(t, func(t *testing.T, b box) {
		b.append(t, event("t", "a", 1), event("t", "a", 2), event("t", "b", 1))
		other := new(receiver)
		var slow []string
		n, err := outbox.Relay(t.Context(), b, clock, atOnce, func(_ context.Context, e outbox.Event) error {
			slow = append(slow, e.ID)
			if e.ID == "t/a/1" {
				b.relay(t, other, clock.Add(lease))
			}
			return nil
		})
		require.NoError(t, err)
		require.Len(t, slow, n)
		require.Contains(t, slow, "t/a/1")
		require.NotContains(t, slow, "t/a/2", "the slow one has lost it")
		require.Subset(t, other.ids, []string{"t/a/1", "t/a/2"})
		b.requireEmpty(t)
	})
}

func TestARelayThatIsStoppedLosesNothingAndHoldsNothing(t *testing.T) {
	for name, refuses := range map[string]bool{"after an event was taken": false, "in the middle of an event": true} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, b box) {
				var want []string
				for _, subject := range []string{"a", "b", "c"} {
					b.append(t, event("t", subject, 1), event("t", subject, 2))
					want = append(want, "t/"+subject+"/1", "t/"+subject+"/2")
				}
				ctx, cancel := context.WithCancel(t.Context())
				var taken []string
				n, err := outbox.Relay(ctx, b, clock, atOnce, func(ctx context.Context, e outbox.Event) error {
					cancel()
					if refuses {
						return ctx.Err()
					}
					taken = append(taken, e.ID)
					return nil
				})
				require.Len(t, taken, n)
				if refuses {
					require.ErrorIs(t, err, context.Canceled)
				} else {
					require.NoError(t, err)
					require.Len(t, taken, 1, "nothing is handed over after the end")
				}
				// At the same instant: neither a lease nor a pause is left.
				require.Equal(t, want, sorted(append(taken, b.relay(t, new(receiver), clock)...)))
				b.requireEmpty(t)
			})
		})
	}
}

func TestARelayTellsWhatItsStoreSays(t *testing.T) {
	each(t, func(t *testing.T, b box) {
		require.NoError(t, b.pool.Close())
		n, err := outbox.Relay(t.Context(), b, clock, atOnce, new(receiver).hand)
		require.ErrorContains(t, err, "closed")
		require.Zero(t, n)
	})
}

func TestASubjectThatIsBeingWrittenIsLeftForLater(t *testing.T) {
	each(t, func(t *testing.T, b box) {
		b.append(t, event("t", "a", 1), event("t", "b", 1))
		if b.db.Dialect() == bunx.SQLite {
			return // a relay waits for the writer there
		}
		require.NoError(t, b.db.InTx(t.Context(), func(q bunx.Queries) error {
			require.NoError(t, b.Append(t.Context(), q, event("t", "a", 2)))
			require.Equal(t, []string{"t/b/1"}, b.relay(t, new(receiver), clock))
			return nil
		}))
		require.Equal(t, []string{"t/a/1", "t/a/2"}, b.relay(t, new(receiver), clock))
		b.requireEmpty(t)
	})
}

func TestARelayHandsOverNothingThatItsLeaseNoLongerCovers(t *testing.T) {
	each(t, func(t *testing.T, b box) {
		for _, subject := range []string{"a", "b", "c"} {
			b.append(t, event("t", subject, 1), event("t", subject, 2))
		}
		lasted := time.Duration(0)
		var taken []string
		hand := func(_ context.Context, e outbox.Event) error {
			taken = append(taken, e.ID)
			if len(taken) == 1 {
				lasted = 2 * lease // a receiver that hangs
			}
			return nil
		}
		n, err := outbox.Relay(t.Context(), b, clock, func() time.Duration { return lasted }, hand)
		require.NoError(t, err)
		require.Len(t, taken, n)
		// What was held is claimed anew, on a clock that has gone on, each once.
		require.Equal(t, map[string][]string{
			"t/a": {"t/a/1", "t/a/2"}, "t/b": {"t/b/1", "t/b/2"}, "t/c": {"t/c/1", "t/c/2"},
		}, bySubject(taken))
		require.Len(t, taken, 6)
		b.requireEmpty(t)
	})
}

// unmarked is a store that can't mark what was handed over.
type unmarked struct{ box }

func (unmarked) Delivered(context.Context, outbox.Lease, string) error { return errRefused }

func TestAnEventThatCannotBeMarkedIsHandedOverOnceACall(t *testing.T) {
	each(t, func(t *testing.T, b box) {
		b.append(t, event("t", "a", 1))
		r := new(receiver)
		for call := 1; call <= 3; call++ {
			_, err := outbox.Relay(t.Context(), unmarked{b}, clock.Add(time.Duration(call)*time.Hour), atOnce, r.hand)
			require.ErrorIs(t, err, errRefused)
			require.Len(t, r.ids, call)
		}
	})
}
