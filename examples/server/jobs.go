package main

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// job is work that is done again and again, on every replica: each claims what
// it does, so that none does another's.
type job struct {
	name  string
	every time.Duration
	once  func(ctx context.Context, now time.Time) error
}

func (a *App) jobs() []job {
	const batch = 500
	return []job{
		{"relay check-ins", time.Second, func(ctx context.Context, now time.Time) error {
			return a.Checkin.Relay(ctx, now, a.handCheckin)
		}},
		{"send mail", time.Second, func(ctx context.Context, now time.Time) error {
			_, err := a.Mail.RunOnce(ctx, now)
			return err
		}},
		{"send sign-in mail", time.Second, func(ctx context.Context, now time.Time) error {
			_, err := a.Mail.RunUrgent(ctx, now)
			return err
		}},
		{"lapse unpaid bookings", 15 * time.Second, func(ctx context.Context, now time.Time) error {
			_, err := a.Engine.Lapse(ctx, now, batch)
			return err
		}},
		{"settle ended bookings", 15 * time.Second, func(ctx context.Context, now time.Time) error {
			_, err := a.Engine.Settle(ctx, now, batch)
			return err
		}},
		{"forget old personal data", time.Hour, func(ctx context.Context, now time.Time) error {
			if err := a.Accounts.Purge(ctx, now); err != nil {
				return err
			}
			return a.Mail.Purge(ctx, now)
		}},
	}
}

// runJobs runs every job until ctx ends, and returns when the last has stopped.
func (a *App) runJobs(ctx context.Context) {
	var wg sync.WaitGroup
	for _, j := range a.jobs() {
		wg.Go(func() { a.repeat(ctx, j) })
	}
	wg.Wait()
}

func (a *App) repeat(ctx context.Context, j job) {
	tick := time.NewTicker(j.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := j.once(ctx, a.now())
		if err != nil && ctx.Err() == nil {
			a.metrics.jobFailed(j.name)
			a.logger.ErrorContext(ctx, "job failed", slog.String("job", j.name), slog.Any("error", err))
		}
	}
}
