package mail

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/petanque-life/venuekit/internal/bunx"
)

const (
	// tenantQuota is how many mails of one tenant a run sends.
	tenantQuota = 50
	// maxWorkers is how many mails a run sends at once, of all tenants.
	maxWorkers = 16
)

// RunOnce sends what is due at now, up to 50 mails of each tenant, and returns
// how many the transport took. Tenants take turns, and several mails go at once,
// see Config.Parallel; of a tenant the urgent ones go first. A mail that couldn't
// be sent holds up no other: it is due again after a pause that grows from a
// minute to an hour, and has failed after a day, at once on ErrPermanent. The
// error joins what went wrong, without the addresses.
//
// Any number of replicas may call it at once. A mail is sent again when the
// process ended between sending it and marking it, ten minutes later. When ctx
// ends, the mails at hand are brought to their end and marked.
func (q *Queue) RunOnce(ctx context.Context, now time.Time) (int, error) {
	return q.run(ctx, ordinary, now)
}

// RunUrgent is RunOnce for urgent mails alone. Called beside it, in a loop of its
// own, it keeps a slow run of the others from delaying them.
func (q *Queue) RunUrgent(ctx context.Context, now time.Time) (int, error) {
	return q.run(ctx, urgent, now)
}

// turn is a tenant's place in a run; it has as many as it may send at once.
type turn struct {
	tenantID string
	left     *atomic.Int32
}

// run sends the mails of the lanes up to one.
func (q *Queue) run(ctx context.Context, lane int, now time.Time) (int, error) {
	if q.joined {
		return 0, errors.New("mail: a queue joined to a transaction doesn't send")
	}
	tenants, err := q.due(ctx, lane, now)
	if err != nil {
		return 0, err
	}
	turns := make(chan turn, len(tenants)*q.cfg.Parallel)
	left := make([]atomic.Int32, len(tenants))
	for place := range q.cfg.Parallel {
		for i, id := range tenants {
			if place == 0 {
				left[i].Store(tenantQuota)
			}
			turns <- turn{id, &left[i]}
		}
	}
	// A run can take longer than a lease, so its later leases begin later.
	began := q.cfg.Now()
	w := work{q: q, lane: lane, turns: turns, clock: func() time.Time { return bunx.Time(now.Add(q.cfg.Now().Sub(began))) }}
	var wg sync.WaitGroup
	for range min(cap(turns), maxWorkers) {
		wg.Go(func() { w.work(ctx) })
	}
	wg.Wait()
	if w.panicked != nil {
		panic(w.panicked) // a transport's or a render's, handed to the caller
	}
	return w.sent, errors.Join(w.errs...)
}

// work is what the workers of a run share.
type work struct {
	q     *Queue
	lane  int
	turns chan turn
	clock func() time.Time

	mu       sync.Mutex
	sent     int
	errs     []error
	panicked any
}

// work takes turns until none is left: those that others have come back to them.
func (w *work) work(ctx context.Context) {
	defer func() {
		if v := recover(); v != nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.panicked = v
		}
	}()
	for {
		select {
		case t := <-w.turns:
			if t.left.Add(-1) >= 0 && w.one(ctx, t.tenantID) {
				w.turns <- t
			}
		default:
			return
		}
	}
}

// one sends one mail of a tenant, and reports whether there may be more.
func (w *work) one(ctx context.Context, tenantID string) bool {
	if ctx.Err() != nil {
		w.note(false, ctx.Err())
		return false
	}
	q, now := w.q, w.clock()
	row, err := q.claim(ctx, tenantID, w.lane, now, now.Add(leaseFor))
	if errors.Is(err, sql.ErrNoRows) {
		return false
	}
	if err != nil {
		w.note(false, err)
		return false
	}
	m, sendErr := q.send(ctx, row, now)
	sent := sendErr == nil
	row, sendErr = q.settle(ctx, row, m, sendErr, w.clock())
	// Also when ctx has ended: what was sent has to be marked.
	w.note(sent, sendErr, q.write(context.WithoutCancel(ctx), row))
	return true
}

func (w *work) note(sent bool, errs ...error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if sent {
		w.sent++
	}
	w.errs = append(w.errs, errs...)
}
