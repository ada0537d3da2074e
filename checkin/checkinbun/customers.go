package checkinbun

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/internal/bunx"
)

type customers struct {
	families *bunx.Customers
	db       *bunx.DB
}

var _ checkin.Customers = customers{}

func (c customers) Resolve(ctx context.Context, key checkin.CustomerKey) (string, error) {
	id, err := c.families.Resolve(ctx, key.TenantID, key.CustomerID)
	if errors.Is(err, bunx.ErrErased) {
		err = checkin.ErrNotFound
	}
	return id, err
}

func (c customers) Merge(ctx context.Context, from checkin.CustomerKey, into string, at time.Time) error {
	return c.families.Merge(ctx, from.TenantID, from.CustomerID, into, at, cut(ctx, from.TenantID))
}

func (c customers) Bookings(ctx context.Context, key checkin.CustomerKey, after string, limit int) ([]checkin.State, error) {
	family, err := c.families.Family(ctx, key.TenantID, key.CustomerID)
	if err != nil || len(family) == 0 {
		return nil, err
	}
	var rows []bookingRow
	err = c.db.Q().All(ctx, &rows, `
		SELECT `+bookingColumns+` FROM checkin_bookings AS b
		WHERE b.tenant_id = ? AND b.customer_id IN (?) AND b.booking_id > ? ORDER BY b.booking_id LIMIT ?`,
		key.TenantID, bun.List(family), after, limit)
	return states(rows), err
}

func (c customers) Erase(ctx context.Context, key checkin.CustomerKey, at time.Time) error {
	return c.families.Erase(ctx, key.TenantID, key.CustomerID, at, cut(ctx, key.TenantID))
}

// cut takes a family's names off its bookings.
func cut(ctx context.Context, tenantID string) bunx.Cut {
	return func(q bunx.Queries, family []string) error {
		_, err := q.Exec(ctx, `UPDATE checkin_bookings SET customer_id = '' WHERE tenant_id = ? AND customer_id IN (?)`,
			tenantID, bun.List(family))
		return err
	}
}
