package outbox_test

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
	"github.com/petanque-life/venuekit/internal/outbox"
	"github.com/petanque-life/venuekit/internal/sqldb"
)

// relayAsChild is a replica. Its variable holds "<what> <file> <database>"; it
// hands an event over by adding its id to the file. "crash" says so and then
// blocks within the hand-over; "work" relays until standard input ends and
// nothing is left.
func relayAsChild() error {
	parts := strings.SplitN(os.Getenv(childVar), " ", 3)
	ctx, cancel := context.WithTimeout(context.Background(), longWait)
	defer cancel()
	pool, d, err := sqldb.Open(ctx, parts[2])
	if err != nil {
		return err
	}
	b := open(pool, d)
	file, err := os.OpenFile(parts[1], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	hand := func(_ context.Context, e outbox.Event) error {
		if _, err := file.WriteString(e.ID + "\n"); err != nil { // one write, hence whole
			return err
		}
		return file.Sync()
	}
	if parts[0] == "crash" {
		_, err := outbox.Relay(ctx, b, clock, atOnce, func(ctx context.Context, e outbox.Event) error {
			if err := hand(ctx, e); err != nil {
				return err
			}
			fmt.Println("handed")
			select {} // until killed
		})
		return err
	}
	fmt.Println("ready")
	stop := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(stop)
	}()
	return work(ctx, b, uint64(os.Getpid()), stop, hand)
}

// work relays with a clock that leaps, so that leases end while others hold
// them, and refuses at random, until stop is closed and nothing is left.
func work(ctx context.Context, b box, seed uint64, stop <-chan struct{}, hand func(context.Context, outbox.Event) error) error {
	random := rand.New(rand.NewPCG(seed, 0))
	now := clock
	for ctx.Err() == nil {
		stopping := false
		select {
		case <-stop:
			stopping = true
			now = now.Add(time.Hour)
		default:
			now = now.Add(time.Duration(random.Int64N(int64(lease))))
		}
		_, err := outbox.Relay(ctx, b, now, atOnce, func(ctx context.Context, e outbox.Event) error {
			if random.IntN(6) == 0 {
				return errRefused
			}
			return hand(ctx, e)
		})
		if err != nil && !errors.Is(err, errRefused) {
			return err
		}
		if !stopping {
			continue
		}
		left, err := b.Due(ctx, now.Add(1000*time.Hour), 1)
		if err != nil || len(left) == 0 {
			return err
		}
	}
	return ctx.Err()
}

type child struct {
	cmd  *exec.Cmd
	in   io.Closer
	errs *strings.Builder
}

// start starts a replica and waits for its first line.
func start(t *testing.T, ctx context.Context, what, file, url string) child {
	t.Helper()
	c := child{exec.CommandContext(ctx, os.Args[0]), nil, new(strings.Builder)}
	c.cmd.Env = append(os.Environ(), childVar+"="+what+" "+file+" "+url)
	c.cmd.Stderr = c.errs
	in, err := c.cmd.StdinPipe()
	require.NoError(t, err)
	c.in = in
	out, err := c.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.cmd.Start())
	_, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "it said nothing")
	return c
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return strings.Fields(string(text))
}

func eachURL(t *testing.T, f func(t *testing.T, ctx context.Context, b box, url string)) {
	t.Helper()
	t.Parallel()
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), longWait)
			defer cancel()
			url := dbtest.URL(t, d)
			b := reopen(t, ctx, url)
			require.NoError(t, bunx.Migrate(ctx, b.pool, d, "test", schema(d)))
			f(t, ctx, b, url)
		})
	}
}

// reopen is an outbox over a pool of its own.
func reopen(t *testing.T, ctx context.Context, url string) box {
	t.Helper()
	pool, d, err := sqldb.Open(ctx, url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = pool.Close() })
	return open(pool, d)
}

func TestAnEventIsHandedOverAgainWhenTheRelayWasKilledBeforeTheMark(t *testing.T) {
	eachURL(t, func(t *testing.T, ctx context.Context, b box, url string) {
		b.append(t, event("t", "a", 1), event("t", "a", 2))
		file := t.TempDir() + "/handed"
		c := start(t, ctx, "crash", file, url)
		require.NoError(t, c.cmd.Process.Kill())
		require.ErrorContains(t, c.cmd.Wait(), "killed")
		require.Equal(t, []string{"t/a/1"}, lines(t, file))

		r := new(receiver)
		require.Empty(t, b.relay(t, r, clock.Add(lease-time.Microsecond)), "the dead one's lease holds to its end")
		require.Equal(t, []string{"t/a/1", "t/a/2"}, b.relay(t, r, clock.Add(lease)))
		b.requireEmpty(t)
	})
}

// write appends random events from several writers, some of which roll back,
// and returns each subject's ids in the order of their commits.
func write(ctx context.Context, boxes []box, seed uint64) (map[string][]string, error) {
	const writers, rounds = 4, 20
	var (
		mu        sync.Mutex
		committed = map[string][]string{}
		wg        sync.WaitGroup
		errs      = make([]error, writers)
	)
	for w := range writers {
		b, random := boxes[w%len(boxes)], rand.New(rand.NewPCG(seed, uint64(w)))
		wg.Go(func() {
			for round := range rounds {
				var events []outbox.Event
				for i := range 1 + random.IntN(3) {
					e := event(fmt.Sprintf("t%d", random.IntN(2)), fmt.Sprintf("s%d", random.IntN(4)), 0)
					e.ID = fmt.Sprintf("%s/%s/%d-%d-%d", e.TenantID, e.Subject, w, round, i)
					events = append(events, e)
				}
				// In one order, or two writers could wait for each other.
				slices.SortStableFunc(events, func(a, b outbox.Event) int {
					return cmp.Or(cmp.Compare(a.TenantID, b.TenantID), cmp.Compare(a.Subject, b.Subject))
				})
				refuse := random.IntN(5) == 0
				err := b.db.InTx(ctx, func(q bunx.Queries) error {
					for _, e := range events {
						if err := b.Append(ctx, q, e); err != nil {
							return err
						}
					}
					if refuse {
						return errRefused
					}
					// Nobody passes these subjects before the commit, so that
					// this is the order of the commits.
					mu.Lock()
					defer mu.Unlock()
					for _, e := range events {
						subject := e.TenantID + "/" + e.Subject
						committed[subject] = append(committed[subject], e.ID)
					}
					return nil
				})
				if !errors.Is(err, errRefused) {
					errs[w] = errors.Join(errs[w], err)
				}
			}
		})
	}
	wg.Wait()
	return committed, errors.Join(errs...)
}

func TestTwoReplicasHandOverEveryEventInTheOrderOfItsSubject(t *testing.T) {
	eachURL(t, func(t *testing.T, ctx context.Context, b box, url string) {
		seed := uint64(time.Now().UnixNano())
		boxes := []box{b, reopen(t, ctx, url)}
		for round := range 3 {
			var (
				mu      sync.Mutex
				arrived []string
				wg      sync.WaitGroup
				errs    = make([]error, 4)
				stop    = make(chan struct{})
			)
			for i := range errs {
				wg.Go(func() {
					errs[i] = work(ctx, boxes[i%2], seed+uint64(i), stop, func(_ context.Context, e outbox.Event) error {
						mu.Lock()
						defer mu.Unlock()
						arrived = append(arrived, e.ID)
						return nil
					})
				})
			}
			committed, err := write(ctx, boxes, seed+uint64(round))
			close(stop)
			wg.Wait()
			require.NoError(t, errors.Join(append(errs, err)...), "seed %d", seed)
			require.Equal(t, committed, bySubject(arrived), "seed %d", seed)
			b.requireEmpty(t)
		}
	})
}

func TestTwoProcessesHandOverEveryEventInTheOrderOfItsSubject(t *testing.T) {
	eachURL(t, func(t *testing.T, ctx context.Context, b box, url string) {
		seed, file := uint64(time.Now().UnixNano()), t.TempDir()+"/handed"
		children := []child{start(t, ctx, "work", file, url), start(t, ctx, "work", file, url)}
		committed, err := write(ctx, []box{b}, seed)
		require.NoError(t, err)
		for _, c := range children {
			require.NoError(t, c.in.Close())
		}
		for _, c := range children {
			require.NoError(t, c.cmd.Wait(), c.errs)
		}
		require.Equal(t, committed, bySubject(lines(t, file)), "seed %d", seed)
		b.requireEmpty(t)
	})
}
