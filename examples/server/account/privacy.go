package account

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// Merge makes two customers one, into's: from's address signs in as into, and
// from's key is read as into's. Nothing is overwritten. When they are one
// already, whichever way round, nothing changes. ErrNotFound when either isn't
// there or was erased.
func (s *Service) Merge(ctx context.Context, tenantID, from, into string) error {
	return s.db.InTx(ctx, func(q bunx.Queries) error {
		roots, err := lockRoots(ctx, q, tenantID, from, into)
		if err != nil {
			return err
		}
		a, b := roots[from], roots[into]
		switch {
		case a.ErasedAt != nil || b.ErasedAt != nil:
			return ErrNotFound
		case a.ID == b.ID:
			return nil
		}
		now := s.now()
		_, err = q.Exec(ctx, `UPDATE account_customers SET root_id = ?, merged_at = ? WHERE tenant_id = ? AND root_id = ?`,
			b.ID, now, tenantID, a.ID)
		if err != nil || a.VerifiedAt == nil {
			return err
		}
		// One of the addresses is proved, and so is the customer.
		_, err = q.Exec(ctx, `UPDATE account_customers SET verified_at = COALESCE(verified_at, ?) WHERE tenant_id = ? AND id = ?`,
			bunx.Time(*a.VerifiedAt), tenantID, b.ID)
		return err
	})
}

// lockRoots returns the rows that speak for the customers, locked in the order
// of their ids against deadlocks. A merge that happened in between is seen by
// the locked rows no longer being roots.
func lockRoots(ctx context.Context, q bunx.Queries, tenantID string, customerIDs ...string) (map[string]customerRow, error) {
	for _, id := range customerIDs {
		if !(Key{tenantID, id}).valid() {
			return nil, ErrNotFound
		}
	}
	for {
		roots := make(map[string]customerRow)
		for _, id := range customerIDs {
			var row customerRow
			err := q.Get(ctx, &row, `SELECT id, root_id FROM account_customers WHERE tenant_id = ? AND id = ?`, tenantID, id)
			if err != nil {
				return nil, notFound(err)
			}
			roots[id] = row
		}
		var locked []customerRow
		err := q.All(ctx, &locked, `SELECT * FROM account_customers WHERE tenant_id = ? AND id IN (?) ORDER BY id`+q.ForUpdate(),
			tenantID, bun.List(rootIDs(roots)))
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(locked, func(r customerRow) bool { return r.RootID != r.ID }) {
			continue
		}
		for id, row := range roots {
			i := slices.IndexFunc(locked, func(r customerRow) bool { return r.ID == row.RootID })
			roots[id] = locked[i]
		}
		return roots, nil
	}
}

func rootIDs(rows map[string]customerRow) []string {
	var list []string
	for _, r := range rows {
		list = append(list, r.RootID)
	}
	return list
}

// family returns all rows of a customer, by id.
func family(ctx context.Context, q bunx.Queries, tenantID, rootID string) ([]customerRow, error) {
	var rows []customerRow
	err := q.All(ctx, &rows, `SELECT * FROM account_customers WHERE tenant_id = ? AND root_id = ? ORDER BY id`, tenantID, rootID)
	return rows, err
}

// erasedPurpose is what the key of the codes in account_erased is derived for.
const erasedPurpose = "account/erased"

// Erase deletes what names a customer: names, numbers, addresses, sessions,
// links, where they signed in from. Left are the bare ids, for what others keep
// under them, and a code of each address, so that no import brings it back. The
// codes are good as long as the secret that they name is in the list. The person
// may come back by themselves, as a new customer. Erasing twice is no error.
func (s *Service) Erase(ctx context.Context, k Key) error {
	return s.db.InTx(ctx, func(q bunx.Queries) error {
		roots, err := lockRoots(ctx, q, k.TenantID, k.ID)
		if err != nil || roots[k.ID].ErasedAt != nil {
			return err
		}
		rows, err := family(ctx, q, k.TenantID, roots[k.ID].ID)
		if err != nil {
			return err
		}
		now := s.now()
		var customerIDs, addresses []string
		for _, r := range rows {
			customerIDs, addresses = append(customerIDs, r.ID), append(addresses, r.EmailNorm)
			if err := s.rememberErased(ctx, q, r, now); err != nil {
				return err
			}
		}
		// First, since it waits for whoever is signing in, whose session is then seen.
		_, err = q.Exec(ctx, `
			UPDATE account_customers SET email = '', email_norm = NULL, name = '', name_norm = '', surname_norm = '', phone = '',
				language = '', verified_at = NULL, erased_at = ? WHERE tenant_id = ? AND id IN (?)`, now, k.TenantID, bun.List(customerIDs))
		if err != nil {
			return err
		}
		_, err = q.Exec(ctx, `DELETE FROM account_links WHERE tenant_id = ? AND kind = 'customer' AND email_norm IN (?)`,
			k.TenantID, bun.List(addresses))
		if err != nil {
			return err
		}
		_, err = q.Exec(ctx, `DELETE FROM account_sign_ins WHERE tenant_id = ? AND kind = 'customer' AND subject_id IN (?)`,
			k.TenantID, bun.List(customerIDs))
		if err != nil {
			return err
		}
		return endSessions(ctx, q, KindCustomer, k.TenantID, customerIDs...)
	})
}

func (s *Service) rememberErased(ctx context.Context, q bunx.Queries, r customerRow, now time.Time) error {
	secretID := s.cfg.Secrets.Newest()
	code, err := s.mac(secretID, erasedPurpose, r.TenantID, r.EmailNorm)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `INSERT INTO account_erased (tenant_id, address_mac, secret_id, erased_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		r.TenantID, code, secretID, now)
	return err
}

// refuseErased returns ErrErased for an address that was erased, under whichever
// secret.
func (s *Service) refuseErased(ctx context.Context, q bunx.Queries, tenantID, emailNorm string) error {
	var codes []string
	for _, id := range s.cfg.Secrets.IDs() {
		code, err := s.mac(id, erasedPurpose, tenantID, emailNorm)
		if err != nil {
			return err
		}
		codes = append(codes, code)
	}
	var n int
	err := q.Get(ctx, &n, `SELECT count(*) FROM account_erased WHERE tenant_id = ? AND address_mac IN (?)`, tenantID, bun.List(codes))
	if err == nil && n > 0 {
		err = ErrErased
	}
	return err
}

// SignInRetention is how many months it is kept from where a session was signed
// in.
const SignInRetention = 12

// Purge deletes, for every tenant, what has had its time: links, sessions and
// counters that are over, and where sessions were signed in from, after
// SignInRetention. To be called daily or more often; any number of replicas may.
func (s *Service) Purge(ctx context.Context, now time.Time) error {
	now = bunx.Time(now)
	for _, p := range []struct {
		table, column bun.Ident
		until         time.Time
	}{
		// Those who follow an old link for a day learn that it is used or expired.
		{"account_links", "expires_at", now.AddDate(0, 0, -1)},
		{"account_sessions", "expires_at", now},
		{"account_limits", "resets_at", now},
		{"account_sign_ins", "at", now.AddDate(0, -SignInRetention, 0)},
	} {
		var tenants []string
		err := s.db.Q().All(ctx, &tenants, `SELECT DISTINCT tenant_id FROM ? WHERE ? <= ?`, p.table, p.column, p.until)
		if err != nil {
			return err
		}
		for _, tenantID := range tenants {
			_, err := s.db.Q().Exec(ctx, `DELETE FROM ? WHERE tenant_id = ? AND ? <= ?`, p.table, tenantID, p.column, p.until)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
