package checkintest_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/petanque-life/venuekit/checkin"
)

var scanMistakes = map[string]map[string]breakage{
	"a newer revision replaces every field and keeps the admission": {
		"keeps the first reference": observing(func(b *checkin.Booking, known bool) {
			if known {
				b.Reference = "ABC123"
			}
		}),
	},
	"revisions observed at once end with the greatest": {
		"lets the last of the revisions win": inScans(func(right checkin.Scans) scans {
			greatest := make(chan struct{}) // comes before another one, however busy the machine is
			return scans{observe: func(ctx context.Context, b checkin.Booking) (bool, error) {
				if b.Revision == 24 {
					<-greatest
					b.Revision = 26
				}
				changed, err := right.Observe(ctx, b)
				if b.Revision == 25 {
					close(greatest)
				}
				return changed, err
			}}
		}),
	},
	"text is kept as it is, with quotes, question marks and any script": {
		"takes a question mark in a text for an argument": observing(func(b *checkin.Booking, _ bool) {
			b.CustomerID = strings.ReplaceAll(b.CustomerID, "?", "NULL")
		}),
	},
	"an older or equal revision has no effect": {
		"takes an older revision for a newer": inScans(func(right checkin.Scans) scans {
			return scans{observe: func(ctx context.Context, b checkin.Booking) (bool, error) {
				if old, err := right.State(ctx, b.Key()); err == nil {
					b.Revision = max(b.Revision, old.Booking.Revision+1)
				}
				return right.Observe(ctx, b)
			}}
		}),
	},
	"an observed booking comes back in UTC to the microsecond": {
		"returns local times": inScans(func(right checkin.Scans) scans {
			return scans{state: func(ctx context.Context, key checkin.Key) (checkin.State, error) {
				st, err := right.State(ctx, key)
				st.Booking.StartsAt = st.Booking.StartsAt.In(time.FixedZone("CET", 3600))
				return st, err
			}}
		}),
	},
	"a booking that was never observed is ErrNotFound": {
		"answers an empty booking for an unknown one": inScans(func(right checkin.Scans) scans {
			return scans{state: func(ctx context.Context, key checkin.Key) (checkin.State, error) {
				st, _ := right.State(ctx, key)
				return st, nil
			}}
		}),
	},
	"a repeated nonce returns the first scan and decides nothing": {
		"forgets a nonce": forgetsNonces,
	},
	"a nonce that comes back with another text is ErrConflict": {
		"takes another text under the same nonce": inScans(func(right checkin.Scans) scans {
			return scans{record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
				a.Digest = [32]byte{}
				return right.Record(ctx, a, decide)
			}}
		}),
	},
	"of many scans at once one checks the booking in and all are kept": {
		"decides on what it read before it locked": inScans(func(right checkin.Scans) scans {
			var both sync.WaitGroup // two of the scans that are sent at once, so that they meet however busy the machine is
			both.Add(2)
			return scans{record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
				stale, err := right.State(ctx, a.Key)
				if a.Nonce == "n0" || a.Nonce == "n1" {
					both.Done()
					both.Wait()
				}
				if err != nil {
					return checkin.Scan{}, checkin.State{}, err
				}
				return right.Record(ctx, a, func(checkin.State) (checkin.Outcome, error) { return decide(stale) })
			}}
		}),
	},
	"the same nonce on another device is another scan": {
		"takes a nonce of another device for the same": inScans(func(right checkin.Scans) scans {
			return scans{record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
				a.Device = "door"
				return right.Record(ctx, a, decide)
			}}
		}),
	},
	"a scan of an unknown booking is ErrNotFound": {
		"says nothing of a booking that it can't scan": inScans(func(right checkin.Scans) scans {
			return scans{record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
				scan, st, err := right.Record(ctx, a, decide)
				if errors.Is(err, checkin.ErrNotFound) {
					err = nil
				}
				return scan, st, err
			}}
		}),
	},
	"an error of the decision comes back as it is and leaves nothing": {
		"keeps a scan that was refused": inScans(func(right checkin.Scans) scans {
			return scans{record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
				var refusal error
				scan, st, err := right.Record(ctx, a, func(st checkin.State) (out checkin.Outcome, err error) {
					out, refusal = decide(st)
					return out, nil
				})
				return scan, st, errors.Join(err, refusal)
			}}
		}),
		"has an error of its own for a scan that was refused": inScans(func(right checkin.Scans) scans {
			return scans{record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
				return right.Record(ctx, a, func(st checkin.State) (checkin.Outcome, error) {
					out, err := decide(st)
					if err != nil {
						err = errors.New("refused")
					}
					return out, err
				})
			}}
		}),
	},
	"a scan is found by its nonce on its own device and in its own tenant": {
		"finds a nonce on any device": inScans(func(right checkin.Scans) scans {
			return scans{byNonce: func(ctx context.Context, tenant, device, nonce string) (checkin.Scan, error) {
				scan, err := right.ByNonce(ctx, tenant, device, nonce)
				if err != nil {
					return right.ByNonce(ctx, tenant, "door", nonce)
				}
				return scan, nil
			}}
		}),
		"finds a nonce in any tenant": inScans(func(right checkin.Scans) scans {
			var tenants sync.Map // by nonce
			return scans{
				record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
					tenants.Store(a.Nonce, a.Key.TenantID)
					return right.Record(ctx, a, decide)
				},
				byNonce: func(ctx context.Context, _, device, nonce string) (checkin.Scan, error) {
					tenant, _ := tenants.LoadOrStore(nonce, "")
					return right.ByNonce(ctx, tenant.(string), device, nonce)
				},
			}
		}),
		"finds the first nonce of a device for any other": inScans(func(right checkin.Scans) scans {
			return scans{byNonce: func(ctx context.Context, tenant, device, _ string) (checkin.Scan, error) {
				return right.ByNonce(ctx, tenant, device, "n")
			}}
		}),
		"answers an empty scan for an unknown nonce": inScans(func(right checkin.Scans) scans {
			return scans{byNonce: func(ctx context.Context, tenant, device, nonce string) (checkin.Scan, error) {
				scan, _ := right.ByNonce(ctx, tenant, device, nonce)
				return scan, nil
			}}
		}),
		"finds no nonce": inScans(func(checkin.Scans) scans {
			return scans{byNonce: func(context.Context, string, string, string) (checkin.Scan, error) {
				return checkin.Scan{}, checkin.ErrNotFound
			}}
		}),
	},
	"an undo comes back as it was written and takes the admission back": {
		"forgets which scan was undone": inScans(func(right checkin.Scans) scans {
			return scans{scan: func(ctx context.Context, tenant, id string) (checkin.Scan, error) {
				scan, err := right.Scan(ctx, tenant, id)
				scan.UndoOf = ""
				return scan, err
			}}
		}),
		"gives an undo a verdict": inScans(func(right checkin.Scans) scans {
			return scans{record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
				return right.Record(ctx, a, func(st checkin.State) (checkin.Outcome, error) {
					out, err := decide(st)
					if out.Scan.Code == "" {
						out.Scan.Code = checkin.OK
					}
					return out, err
				})
			}}
		}),
		"keeps a booking checked in when that is undone": inScans(func(right checkin.Scans) scans {
			return scans{record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
				return right.Record(ctx, a, func(st checkin.State) (checkin.Outcome, error) {
					out, err := decide(st)
					if !out.Admission.In() {
						out.Admission = st.Admission
					}
					return out, err
				})
			}}
		}),
	},
	"of the same scan sent many times at once one is kept": {
		"forgets a nonce": forgetsNonces,
	},
	"a recorded scan comes back by id and in the history": {
		"forgets a nonce": forgetsNonces,
	},
}

var forgetsNonces = inScans(func(right checkin.Scans) scans {
	return scans{record: func(ctx context.Context, a checkin.Attempt, decide decision) (checkin.Scan, checkin.State, error) {
		a.Nonce += rand.Text()
		return right.Record(ctx, a, decide)
	}}
})

// observing changes what Observe is given; known are bookings that were
// observed before.
func observing(change func(b *checkin.Booking, known bool)) breakage {
	return inScans(func(right checkin.Scans) scans {
		return scans{observe: func(ctx context.Context, b checkin.Booking) (bool, error) {
			_, err := right.State(ctx, b.Key())
			change(&b, err == nil)
			return right.Observe(ctx, b)
		}}
	})
}
