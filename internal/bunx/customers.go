package bunx

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// ErrErased is Customers.Resolve's answer for a customer that was erased.
var ErrErased = errors.New("bunx: customer was erased")

// Customers keeps a package's merged and erased customers in its table
// `<pkg>_customers`: a row for each customer that was either, naming the root
// of its family. A customer without a row is its own root. No chain is ever
// longer than one step, so that a family is one index range.
type Customers struct {
	db    *DB
	table bun.Ident
}

// NewCustomers returns the customers of the package with the given table prefix.
func NewCustomers(db *DB, pkg string) *Customers {
	return &Customers{db, bun.Ident(pkg + "_customers")}
}

type customerRow struct {
	CustomerID string     `bun:"customer_id"`
	RootID     string     `bun:"root_id"`
	ErasedAt   *time.Time `bun:"erased_at"`
}

// Resolve returns the root of the customer's family, or ErrErased.
func (c *Customers) Resolve(ctx context.Context, tenantID, customerID string) (string, error) {
	var row customerRow
	err := c.db.Q().Get(ctx, &row, `
		SELECT r.customer_id, r.root_id, r.erased_at FROM ? AS c JOIN ? AS r ON r.tenant_id = c.tenant_id AND r.customer_id = c.root_id
		WHERE c.tenant_id = ? AND c.customer_id = ?`, c.table, c.table, tenantID, customerID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return customerID, nil
	case err != nil:
		return "", err
	case row.ErasedAt != nil:
		return "", ErrErased
	}
	return row.RootID, nil
}

// Living returns the customer, or "" when its family was erased. An erasure
// under way at the same time may not be seen: who reads resolves again.
func (c *Customers) Living(ctx context.Context, q Queries, tenantID, customerID string) (string, error) {
	if customerID == "" {
		return "", nil
	}
	var erased int
	err := q.Get(ctx, &erased, `
		SELECT count(*) FROM ? AS c JOIN ? AS r ON r.tenant_id = c.tenant_id AND r.customer_id = c.root_id
		WHERE c.tenant_id = ? AND c.customer_id = ? AND r.erased_at IS NOT NULL`, c.table, c.table, tenantID, customerID)
	if erased > 0 {
		customerID = ""
	}
	return customerID, err
}

// Merge puts the family of from under the root of into. When the two are one
// family already, whichever way round, nothing changes. Where either was erased
// the whole family is, and cut is called as by Erase: erasing first and merging
// first end the same.
func (c *Customers) Merge(ctx context.Context, tenantID, from, into string, at time.Time, cut Cut) error {
	return c.inFamilies(ctx, tenantID, []string{from, into}, func(q Queries, roots map[string]string) error {
		if roots[from] == roots[into] {
			return nil
		}
		_, err := q.Exec(ctx, `UPDATE ? SET root_id = ?, merged_at = ? WHERE tenant_id = ? AND root_id = ?`,
			c.table, roots[into], Time(at), tenantID, roots[from])
		if err != nil {
			return err
		}
		var erased int
		err = q.Get(ctx, &erased, `SELECT count(*) FROM ? WHERE tenant_id = ? AND root_id = ? AND erased_at IS NOT NULL`,
			c.table, tenantID, roots[into])
		if err != nil || erased == 0 {
			return err
		}
		return c.erase(ctx, q, tenantID, roots[into], at, cut)
	})
}

// Cut takes what is to be erased away from the customers of a family, in the
// transaction of q.
type Cut func(q Queries, family []string) error

// Erase marks the customer's whole family as erased and calls cut with all of
// its ids in the same transaction.
func (c *Customers) Erase(ctx context.Context, tenantID, customerID string, at time.Time, cut Cut) error {
	return c.inFamilies(ctx, tenantID, []string{customerID}, func(q Queries, roots map[string]string) error {
		return c.erase(ctx, q, tenantID, roots[customerID], at, cut)
	})
}

func (c *Customers) erase(ctx context.Context, q Queries, tenantID, root string, at time.Time, cut Cut) error {
	_, err := q.Exec(ctx, `UPDATE ? SET erased_at = ? WHERE tenant_id = ? AND root_id = ? AND erased_at IS NULL`,
		c.table, Time(at), tenantID, root)
	if err != nil {
		return err
	}
	family, err := c.family(ctx, q, tenantID, root)
	if err != nil {
		return err
	}
	return cut(q, family)
}

// Family returns every id of the customer's family, its own included, in
// order; none when it was erased. It is one statement, so that no merge
// happens in the middle of it.
func (c *Customers) Family(ctx context.Context, tenantID, customerID string) ([]string, error) {
	var rows []customerRow
	err := c.db.Q().All(ctx, &rows, `
		SELECT f.customer_id, r.erased_at FROM ? AS c
		JOIN ? AS r ON r.tenant_id = c.tenant_id AND r.customer_id = c.root_id
		JOIN ? AS f ON f.tenant_id = c.tenant_id AND f.root_id = c.root_id
		WHERE c.tenant_id = ? AND c.customer_id = ? ORDER BY f.customer_id`,
		c.table, c.table, c.table, tenantID, customerID)
	switch {
	case err != nil:
		return nil, err
	case len(rows) == 0:
		return []string{customerID}, nil
	case rows[0].ErasedAt != nil:
		return nil, nil
	}
	family := make([]string, len(rows))
	for i, r := range rows {
		family[i] = r.CustomerID
	}
	return family, nil
}

func (c *Customers) family(ctx context.Context, q Queries, tenantID, root string) ([]string, error) {
	var family []string
	err := q.All(ctx, &family, `SELECT customer_id FROM ? WHERE tenant_id = ? AND root_id = ? ORDER BY customer_id`,
		c.table, tenantID, root)
	return family, err
}

// errMoved says that a merge came first and the roots are others by now.
var errMoved = errors.New("bunx: customer moved to another family")

// inFamilies runs f with the roots of the customers, locked. When a merge came
// first it begins again, in a new transaction or savepoint, and so without
// the locks it had: more of them on top would be out of order and could
// deadlock.
func (c *Customers) inFamilies(ctx context.Context, tenantID string, customers []string, f func(q Queries, roots map[string]string) error) error {
	for {
		err := c.db.InTx(ctx, func(q Queries) error {
			roots, err := c.lockRoots(ctx, q, tenantID, customers)
			if err != nil {
				return err
			}
			return f(q, roots)
		})
		if !errors.Is(err, errMoved) {
			return err
		}
	}
}

// lockRoots makes a row for each of the customers that has none, and locks
// their roots, in the order of their ids against deadlocks. What has been a
// root and is none any more must not be held while waiting for the next.
func (c *Customers) lockRoots(ctx context.Context, q Queries, tenantID string, customers []string) (map[string]string, error) {
	sorted := slices.Compact(slices.Sorted(slices.Values(customers)))
	for _, id := range sorted {
		_, err := q.Exec(ctx, `INSERT INTO ? (tenant_id, customer_id, root_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
			c.table, tenantID, id, id)
		if err != nil {
			return nil, err
		}
	}
	roots, err := c.roots(ctx, q, tenantID, sorted)
	if err != nil {
		return nil, err
	}
	for _, root := range slices.Compact(slices.Sorted(maps.Values(roots))) {
		var now string
		err := q.Get(ctx, &now, `SELECT root_id FROM ? WHERE tenant_id = ? AND customer_id = ?`+q.ForUpdate(), c.table, tenantID, root)
		if err != nil {
			return nil, err
		}
		if now != root {
			return nil, errMoved
		}
	}
	return roots, nil
}

func (c *Customers) roots(ctx context.Context, q Queries, tenantID string, customers []string) (map[string]string, error) {
	var rows []customerRow
	err := q.All(ctx, &rows, `SELECT customer_id, root_id, erased_at FROM ? WHERE tenant_id = ? AND customer_id IN (?)`,
		c.table, tenantID, bun.List(customers))
	roots := make(map[string]string, len(rows))
	for _, r := range rows {
		roots[r.CustomerID] = r.RootID
	}
	return roots, err
}
