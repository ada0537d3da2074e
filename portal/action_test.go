package portal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/petanque-life/venuekit/portal"
)

func TestActions(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	starts := now.Add(48 * time.Hour)
	free, limited := starts, starts.Add(-day)
	allowed := func(until time.Time) portal.Action { return portal.Action{Allowed: true, Until: until} }
	refused := func(r portal.Reason, until time.Time) portal.Action { return portal.Action{Reason: r, Until: until} }
	never := time.Time{}
	same := func(a portal.Action) [3]portal.Action { return [3]portal.Action{a, a, a} }
	notYet := refused(portal.ReasonNotConfirmed, never)

	for _, c := range []struct {
		name   string
		status portal.Status
		until  time.Time     // ChangesUntil
		at     time.Duration // after the start, which is two hours before the end
		repeat bool
		want   [3]portal.Action // rebook, cancel, party size
	}{
		{"confirmed may be changed until it starts", portal.StatusConfirmed, never, -48 * time.Hour, true, same(allowed(free))},
		{"confirmed may be changed the moment before it starts", portal.StatusConfirmed, never, -1, true, same(allowed(free))},
		{"confirmed may not be changed when it starts", portal.StatusConfirmed, never, 0, true, same(refused(portal.ReasonStarted, free))},
		{"confirmed may not be changed while it lasts", portal.StatusConfirmed, never, 2*time.Hour - 1, true, same(refused(portal.ReasonStarted, free))},
		{"confirmed may not be changed when it has ended", portal.StatusConfirmed, never, 2 * time.Hour, true, same(refused(portal.ReasonEnded, free))},
		{"the venue's rule shows before it bites", portal.StatusConfirmed, limited, -day - 1, true, same(allowed(limited))},
		{"the venue's rule bites at its moment", portal.StatusConfirmed, limited, -day, true, same(refused(portal.ReasonTooLate, limited))},
		{"the venue's rule tells when it was, after the start", portal.StatusConfirmed, limited, 0, true, same(refused(portal.ReasonStarted, limited))},
		{"the venue's rule tells when it was, after the end", portal.StatusConfirmed, limited, 5 * day, true, same(refused(portal.ReasonEnded, limited))},
		{"a rule beyond the start is the start", portal.StatusConfirmed, starts.Add(time.Hour), -1, true, same(allowed(free))},
		{"a rule beyond the start doesn't reach over it", portal.StatusConfirmed, starts.Add(time.Hour), 0, true, same(refused(portal.ReasonStarted, free))},
		{"pending may only be cancelled", portal.StatusPending, never, -1, false, [3]portal.Action{notYet, allowed(free), notYet}},
		{"pending may be cancelled against the rule", portal.StatusPending, limited, -1, false, [3]portal.Action{notYet, allowed(free), notYet}},
		{"pending may not be cancelled when it starts", portal.StatusPending, never, 0, false, same(refused(portal.ReasonStarted, free))},
		{"pending may not be cancelled when it has ended", portal.StatusPending, never, day, false, same(refused(portal.ReasonEnded, free))},
		{"a check-in before the start ends changes", portal.StatusCheckedIn, never, -30 * time.Minute, true, same(refused(portal.ReasonCheckedIn, never))},
		{"a check-in is told rather than the start", portal.StatusCheckedIn, limited, time.Hour, true, same(refused(portal.ReasonCheckedIn, never))},
		{"the end is told rather than the check-in", portal.StatusCheckedIn, never, 2 * time.Hour, true, same(refused(portal.ReasonEnded, free))},
		{"completed has ended", portal.StatusCompleted, never, day, true, same(refused(portal.ReasonEnded, free))},
		{"completed has ended even before its end", portal.StatusCompleted, never, time.Hour, true, same(refused(portal.ReasonEnded, never))},
		{"a no-show has ended", portal.StatusNoShow, limited, day, true, same(refused(portal.ReasonEnded, limited))},
		{"a no-show marked early has ended", portal.StatusNoShow, never, 20 * time.Minute, true, same(refused(portal.ReasonEnded, never))},
		{"cancelled before its slot", portal.StatusCancelled, limited, -2 * day, true, same(refused(portal.ReasonCancelled, never))},
		{"cancelled after its slot", portal.StatusCancelled, never, 2 * day, true, same(refused(portal.ReasonCancelled, never))},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := booking("b", c.status, 48*time.Hour)
			b.ChangesUntil = c.until
			want := []portal.Action{{Name: portal.Repeat, Allowed: c.repeat}, c.want[0], c.want[1], c.want[2]}
			if !c.repeat {
				want[0].Reason = portal.ReasonNotConfirmed
			}
			want[1].Name, want[2].Name, want[3].Name = portal.Rebook, portal.Cancel, portal.PartySize
			require.Equal(t, want, portal.Actions(b, b.StartsAt.Add(c.at)))
		})
	}
}

func TestActionsNeverContradictThemselves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := drawBooking(t, "b")
		at := now.Add(time.Duration(rapid.IntRange(-10*60, 10*60).Draw(t, "minutes")) * time.Minute)
		names := []portal.ActionName{}
		for _, a := range portal.Actions(b, at) {
			names = append(names, a.Name)
			if a.Allowed != (a.Reason == "") {
				t.Fatalf("%s is allowed %t for reason %q", a.Name, a.Allowed, a.Reason)
			}
			if !a.Until.IsZero() && a.Allowed != at.Before(a.Until) {
				t.Fatalf("%s is allowed %t until %s, now %s", a.Name, a.Allowed, a.Until, at)
			}
			if a.Until.After(b.StartsAt) {
				t.Fatalf("%s is allowed after the start", a.Name)
			}
			if a.Name == portal.Repeat {
				continue
			}
			if portal.BucketOf(b, at) != portal.Upcoming && a.Allowed {
				t.Fatalf("%s is allowed in bucket %s", a.Name, portal.BucketOf(b, at))
			}
			// Time only ever takes away.
			for _, later := range portal.Actions(b, at.Add(time.Hour)) {
				if later.Name == a.Name && later.Allowed && !a.Allowed {
					t.Fatalf("%s is allowed again", a.Name)
				}
			}
		}
		require.Equal(t, []portal.ActionName{portal.Repeat, portal.Rebook, portal.Cancel, portal.PartySize}, names)
	})
}
