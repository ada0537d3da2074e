package mail

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// The states of a row; each but the first is the last.
const (
	pending  = "pending"
	sent     = "sent"
	failed   = "failed"
	obsolete = "obsolete"
)

type messageRow struct {
	bun.BaseModel `bun:"table:mail_messages"`

	TenantID   string     `bun:"tenant_id,pk"`
	ID         string     `bun:"id,pk"`
	Kind       string     `bun:"kind"`
	Lane       int        `bun:"lane"`
	Body       *string    `bun:"body"`
	Address    string     `bun:"address"`
	State      string     `bun:"state"`
	CreatedAt  time.Time  `bun:"created_at"`
	NotAfter   *time.Time `bun:"not_after"`
	DueAt      *time.Time `bun:"due_at"`
	Attempt    int64      `bun:"attempt"`
	Failures   int        `bun:"failures"`
	LastError  string     `bun:"last_error"`
	FinishedAt *time.Time `bun:"finished_at"`
}

// The lanes, in the order in which they are sent.
const (
	urgent   = 0
	ordinary = 1
)

// due returns the tenants with mail to send in the lanes up to one. It is the
// one read over all tenants, beside that of Purge.
func (q *Queue) due(ctx context.Context, lane int, now time.Time) ([]string, error) {
	var tenants []string
	err := q.db.Q().All(ctx, &tenants, `SELECT DISTINCT tenant_id FROM mail_messages WHERE lane <= ? AND due_at <= ? ORDER BY tenant_id`,
		lane, bunx.Time(now))
	return tenants, err
}

// claim leases a due row of the tenant until the given time, by moving its due
// time there: nobody else finds it before. It is the oldest of the first lane
// that has one, and sql.ErrNoRows when none has up to the given one.
func (q *Queue) claim(ctx context.Context, tenantID string, lane int, now, until time.Time) (messageRow, error) {
	var row messageRow
	err := q.db.InTx(ctx, func(tx bunx.Queries) error {
		var id string
		err := tx.Get(ctx, &id, `
			SELECT id FROM mail_messages WHERE tenant_id = ? AND lane <= ? AND due_at <= ?
			ORDER BY lane, due_at, id LIMIT 1`+tx.SkipLocked(), tenantID, lane, bunx.Time(now))
		if err != nil {
			return err
		}
		row = messageRow{}
		return tx.Get(ctx, &row, `
			UPDATE mail_messages SET due_at = ?, attempt = attempt + 1 WHERE tenant_id = ? AND id = ? RETURNING *`,
			bunx.Time(until), tenantID, id)
	})
	return row, err
}

// write saves what became of a leased row, unless the lease was lost: the row
// is another runner's by now, or erased.
func (q *Queue) write(ctx context.Context, r messageRow) error {
	_, err := q.db.Q().Exec(ctx, `
		UPDATE mail_messages SET body = ?, address = ?, state = ?, due_at = ?, failures = ?, last_error = ?, finished_at = ?
		WHERE tenant_id = ? AND id = ? AND attempt = ? AND state = 'pending'`,
		r.Body, r.Address, r.State, r.DueAt, r.Failures, r.LastError, r.FinishedAt, r.TenantID, r.ID, r.Attempt)
	return err
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
