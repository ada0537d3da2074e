package checkinbun

import (
	"context"
	"fmt"
	"time"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/internal/bunx"
)

type keys struct{ db *bunx.DB }

var _ checkin.Keys = keys{}

type keyRow struct {
	TenantID  string    `bun:"tenant_id"`
	KeyID     string    `bun:"key_id"`
	Algorithm string    `bun:"algorithm"`
	SecretID  string    `bun:"secret_id"`
	State     string    `bun:"state"`
	CreatedAt time.Time `bun:"created_at"`
	ChangedAt time.Time `bun:"changed_at"`
}

func (k keys) List(ctx context.Context, tenantID string) ([]checkin.KeyRecord, error) {
	var rows []keyRow
	err := k.db.Q().All(ctx, &rows, `
		SELECT tenant_id, key_id, algorithm, secret_id, state, created_at, changed_at
		FROM checkin_keys WHERE tenant_id = ? ORDER BY created_at, key_id`, tenantID)
	out := make([]checkin.KeyRecord, len(rows))
	for i, r := range rows {
		out[i] = checkin.KeyRecord{
			TenantID: r.TenantID, ID: r.KeyID, Algorithm: checkin.Algorithm(r.Algorithm), SecretID: r.SecretID,
			State: checkin.KeyState(r.State), CreatedAt: r.CreatedAt.UTC(), ChangedAt: r.ChangedAt.UTC(),
		}
	}
	return out, err
}

func (k keys) Create(ctx context.Context, r checkin.KeyRecord) error {
	n, err := k.db.Q().Exec(ctx, `
		INSERT INTO checkin_keys (tenant_id, key_id, algorithm, secret_id, state, created_at, changed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		r.TenantID, r.ID, string(r.Algorithm), r.SecretID, string(r.State), bunx.Time(r.CreatedAt), bunx.Time(r.ChangedAt))
	if err == nil && n == 0 {
		return checkin.ErrExists
	}
	return err
}

func (k keys) SetState(ctx context.Context, tenantID, kid string, from, to checkin.KeyState, at time.Time) error {
	if !from.MayBecome(to) {
		return fmt.Errorf("%w: a key can't go from %s to %s", checkin.ErrInvalid, from, to)
	}
	return k.db.InTx(ctx, func(q bunx.Queries) error {
		// Becoming active may collide with another key: the condition is part of
		// the statement, and the unique index stands behind it.
		n, err := q.Exec(ctx, `
			UPDATE checkin_keys SET state = ?, changed_at = ? WHERE tenant_id = ? AND key_id = ? AND state = ?
			AND (? <> 'active' OR NOT EXISTS (
				SELECT 1 FROM checkin_keys AS o WHERE o.tenant_id = ? AND o.state = 'active' AND o.key_id <> ?))`,
			string(to), bunx.Time(at), tenantID, kid, string(from), string(to), tenantID, kid)
		if bunx.IsUnique(err) {
			return checkin.ErrConflict
		}
		if err != nil || n == 1 {
			return err
		}
		var count int
		err = q.Get(ctx, &count, `SELECT count(*) FROM checkin_keys WHERE tenant_id = ? AND key_id = ?`, tenantID, kid)
		if err != nil {
			return err
		}
		if count == 0 {
			return checkin.ErrNotFound
		}
		return checkin.ErrConflict
	})
}
