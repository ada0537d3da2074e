package bunx

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/internal/outbox"
)

// Outbox keeps a package's events in two of its tables: `<pkg>_outbox`, a row
// for each pending event, and `<pkg>_outbox_heads`, a row for each subject with
// pending events, which orders them and is what a relay leases.
type Outbox struct {
	db    *DB
	rows  bun.Ident
	heads bun.Ident
}

var _ outbox.Store = (*Outbox)(nil)

// NewOutbox returns the outbox of the package with the given table prefix.
func NewOutbox(db *DB, pkg string) *Outbox {
	return &Outbox{db: db, rows: bun.Ident(pkg + "_outbox"), heads: bun.Ident(pkg + "_outbox_heads")}
}

type outboxRow struct {
	TenantID string    `bun:"tenant_id"`
	Subject  string    `bun:"subject"`
	Seq      int64     `bun:"seq"`
	ID       string    `bun:"id"`
	Kind     string    `bun:"kind"`
	At       time.Time `bun:"at"`
	Data     string    `bun:"data"`
}

// Append writes an event in the caller's transaction. Until that ends, other
// writers of the same subject wait: the order of commits is the order of events.
// Who appends to several subjects in one transaction does it in a fixed order,
// or two of them may deadlock.
func (o *Outbox) Append(ctx context.Context, q Queries, e outbox.Event) error {
	at := Time(e.At)
	var seq int64
	err := q.Get(ctx, &seq, `
		INSERT INTO ? AS h (tenant_id, subject, last_seq, due_at) VALUES (?, ?, 1, ?)
		ON CONFLICT (tenant_id, subject) DO UPDATE SET last_seq = h.last_seq + 1
		RETURNING last_seq`, o.heads, e.TenantID, e.Subject, at)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `
		INSERT INTO ? (tenant_id, subject, seq, id, kind, at, data) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		o.rows, e.TenantID, e.Subject, seq, e.ID, e.Kind, at, string(e.Data))
	return err
}

// Due implements outbox.Store. It is the one read over all tenants.
func (o *Outbox) Due(ctx context.Context, now time.Time, limit int) ([]string, error) {
	var tenants []string
	err := o.db.Q().All(ctx, &tenants, `
		SELECT DISTINCT tenant_id FROM ? WHERE due_at <= ? ORDER BY tenant_id LIMIT ?`, o.heads, Time(now), limit)
	return tenants, err
}

// Claim implements outbox.Store.
func (o *Outbox) Claim(ctx context.Context, tenantID, owner string, now, until time.Time, limit int) ([]outbox.Lease, error) {
	now, until = Time(now), Time(until)
	var leases []outbox.Lease
	err := o.db.InTx(ctx, func(q Queries) error {
		leases = nil
		var subjects []string
		err := q.All(ctx, &subjects, `
			SELECT subject FROM ?
			WHERE tenant_id = ? AND due_at <= ? AND (lease_until IS NULL OR lease_until <= ?)
			ORDER BY due_at, subject LIMIT ?`+q.SkipLocked(), o.heads, tenantID, now, now, limit)
		if err != nil || len(subjects) == 0 {
			return err
		}
		var heads []struct {
			Subject  string
			Attempt  int64
			Failures int
		}
		err = q.All(ctx, &heads, `
			UPDATE ? SET lease_owner = ?, lease_until = ?, attempt = attempt + 1
			WHERE tenant_id = ? AND subject IN (?)
			RETURNING subject, attempt, failures`, o.heads, owner, until, tenantID, bun.List(subjects))
		if err != nil {
			return err
		}
		var rows []outboxRow
		err = q.All(ctx, &rows, `
			SELECT * FROM ? WHERE tenant_id = ? AND subject IN (?) ORDER BY subject, seq LIMIT 1000`,
			o.rows, tenantID, bun.List(subjects))
		if err != nil {
			return err
		}
		events := map[string][]outbox.Event{}
		for _, r := range rows {
			events[r.Subject] = append(events[r.Subject], outbox.Event{
				TenantID: r.TenantID, ID: r.ID, Subject: r.Subject, Kind: r.Kind, At: r.At.UTC(), Data: json.RawMessage(r.Data),
			})
		}
		for _, h := range heads {
			leases = append(leases, outbox.Lease{
				TenantID: tenantID, Subject: h.Subject, Owner: owner, Attempt: h.Attempt, Failures: h.Failures,
				Events: events[h.Subject],
			})
		}
		return nil
	})
	return leases, err
}

// Delivered implements outbox.Store.
func (o *Outbox) Delivered(ctx context.Context, l outbox.Lease, eventID string) error {
	return o.db.InTx(ctx, func(q Queries) error {
		n, err := q.Exec(ctx, `
			UPDATE ? SET failures = 0 WHERE tenant_id = ? AND subject = ? AND lease_owner = ? AND attempt = ?`,
			o.heads, l.TenantID, l.Subject, l.Owner, l.Attempt)
		if err != nil {
			return err
		}
		if n == 0 {
			return outbox.ErrLost
		}
		_, err = q.Exec(ctx, "DELETE FROM ? WHERE tenant_id = ? AND subject = ? AND id = ?",
			o.rows, l.TenantID, l.Subject, eventID)
		return err
	})
}

// Release implements outbox.Store. A subject without pending events loses its
// head; the next event begins a new one.
func (o *Outbox) Release(ctx context.Context, l outbox.Lease, next time.Time, failed bool) error {
	failures := 0
	if failed {
		failures = 1
	}
	return o.db.InTx(ctx, func(q Queries) error {
		n, err := q.Exec(ctx, `
			UPDATE ? SET lease_owner = NULL, lease_until = NULL, due_at = ?, failures = failures + ?
			WHERE tenant_id = ? AND subject = ? AND lease_owner = ? AND attempt = ?`,
			o.heads, Time(next), failures, l.TenantID, l.Subject, l.Owner, l.Attempt)
		if err != nil || n == 0 {
			return err
		}
		// The update holds the head, so that no event can be appended unseen.
		_, err = q.Exec(ctx, `
			DELETE FROM ? WHERE tenant_id = ? AND subject = ?
			AND NOT EXISTS (SELECT 1 FROM ? AS e WHERE e.tenant_id = ? AND e.subject = ?)`,
			o.heads, l.TenantID, l.Subject, o.rows, l.TenantID, l.Subject)
		return err
	})
}
