package account

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/ids"
)

// Operator is somebody who works for the chain: one address per tenant.
type Operator struct {
	TenantID  string
	ID        string
	Email     string
	Name      string
	Role      Role
	Venues    []string // those it may act for; none for an owner, who may for all
	CreatedAt time.Time
}

// Key returns the operator's key.
func (o Operator) Key() Key { return Key{o.TenantID, o.ID} }

type operatorRow struct {
	bun.BaseModel `bun:"table:account_operators"`

	TenantID  string    `bun:"tenant_id"`
	ID        string    `bun:"id"`
	Email     string    `bun:"email"`
	EmailNorm string    `bun:"email_norm"`
	Name      string    `bun:"name"`
	Role      Role      `bun:"role"`
	Venues    string    `bun:"venues"`
	CreatedAt time.Time `bun:"created_at"`
}

func (r operatorRow) operator() (Operator, error) {
	venues, err := fromJSON(r.Venues)
	return Operator{
		TenantID: r.TenantID, ID: r.ID, Email: r.Email, Name: r.Name, Role: r.Role, Venues: venues, CreatedAt: r.CreatedAt.UTC(),
	}, err
}

// PutOperator adds an operator, or changes the one with the same address, whose
// id and time of creation stay. ID may be empty; it and CreatedAt are filled in
// in what is returned. Another role or other venues end the operator's sessions.
// ErrExists means that the ID is an operator's with another address.
func (s *Service) PutOperator(ctx context.Context, o Operator) (Operator, error) {
	wanted, err := s.newOperator(o)
	if err != nil {
		return Operator{}, err
	}
	var row operatorRow
	err = s.db.InTx(ctx, func(q bunx.Queries) error {
		row = wanted
		// Whichever key is taken: then it is looked up by the address.
		res, err := q.Insert(&row).On("CONFLICT DO NOTHING").Returning("NULL").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
		var old operatorRow
		err = q.Get(ctx, &old, `SELECT * FROM account_operators WHERE tenant_id = ? AND email_norm = ?`+q.ForUpdate(),
			row.TenantID, row.EmailNorm)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrExists
		}
		if err != nil {
			return err
		}
		row.ID, row.CreatedAt = old.ID, old.CreatedAt
		return changeOperator(ctx, q, old, row)
	})
	if err != nil {
		return Operator{}, err
	}
	return row.operator()
}

func (s *Service) newOperator(o Operator) (operatorRow, error) {
	a, err := parseAddress(o.Email)
	if err := cmp.Or(checkTenant(o.TenantID), err); err != nil {
		return operatorRow{}, err
	}
	name, err := line("name", o.Name, maxName)
	if err != nil {
		return operatorRow{}, err
	}
	venues, err := roleAndVenues(o.Role, o.Venues)
	if err != nil {
		return operatorRow{}, err
	}
	id := cmp.Or(o.ID, s.cfg.NewID())
	if !ids.Valid(id) {
		return operatorRow{}, invalid("id", "malformed")
	}
	return operatorRow{
		TenantID: o.TenantID, ID: id, Email: a.email, EmailNorm: a.norm, Name: name, Role: o.Role, Venues: toJSON(venues),
		CreatedAt: s.now(),
	}, nil
}

// SetRole gives an operator a role and the venues that it holds for. Unless they
// are what they were, all sessions of the operator end with the change.
func (s *Service) SetRole(ctx context.Context, k Key, role Role, venues []string) error {
	venues, err := roleAndVenues(role, venues)
	if err != nil {
		return err
	}
	if !k.valid() {
		return ErrNotFound
	}
	return s.db.InTx(ctx, func(q bunx.Queries) error {
		var old operatorRow
		err := q.Get(ctx, &old, `SELECT * FROM account_operators WHERE tenant_id = ? AND id = ?`+q.ForUpdate(), k.TenantID, k.ID)
		if err != nil {
			return notFound(err)
		}
		row := old
		row.Role, row.Venues = role, toJSON(venues)
		return changeOperator(ctx, q, old, row)
	})
}

// changeOperator writes row over old, which the transaction has locked.
func changeOperator(ctx context.Context, q bunx.Queries, old, row operatorRow) error {
	_, err := q.Exec(ctx, `UPDATE account_operators SET email = ?, name = ?, role = ?, venues = ? WHERE tenant_id = ? AND id = ?`,
		row.Email, row.Name, row.Role, row.Venues, row.TenantID, row.ID)
	if err != nil || old.Role == row.Role && old.Venues == row.Venues {
		return err
	}
	return endSessions(ctx, q, KindOperator, row.TenantID, row.ID)
}

// RemoveOperator deletes an operator with their sessions and links. Who is gone
// already is no error.
func (s *Service) RemoveOperator(ctx context.Context, k Key) error {
	if !k.valid() {
		return nil
	}
	return s.db.InTx(ctx, func(q bunx.Queries) error {
		_, err := q.Exec(ctx, `
			DELETE FROM account_links WHERE tenant_id = ? AND kind = 'operator' AND email_norm IN (
				SELECT email_norm FROM account_operators WHERE tenant_id = ? AND id = ?)`, k.TenantID, k.TenantID, k.ID)
		if err != nil {
			return err
		}
		if _, err := q.Exec(ctx, `DELETE FROM account_operators WHERE tenant_id = ? AND id = ?`, k.TenantID, k.ID); err != nil {
			return err
		}
		return endSessions(ctx, q, KindOperator, k.TenantID, k.ID)
	})
}

// Operator returns an operator, or ErrNotFound.
func (s *Service) Operator(ctx context.Context, k Key) (Operator, error) {
	if !k.valid() {
		return Operator{}, ErrNotFound
	}
	return oneOperator(ctx, s.db.Q(), `id = ?`, k.TenantID, k.ID)
}

func oneOperator(ctx context.Context, q bunx.Queries, where string, args ...any) (Operator, error) {
	var row operatorRow
	if err := q.Get(ctx, &row, `SELECT * FROM account_operators WHERE tenant_id = ? AND `+where, args...); err != nil {
		return Operator{}, notFound(err)
	}
	return row.operator()
}

// Operators returns the operators of a tenant, by address.
func (s *Service) Operators(ctx context.Context, tenantID string) ([]Operator, error) {
	var rows []operatorRow
	if err := s.db.Q().All(ctx, &rows, `SELECT * FROM account_operators WHERE tenant_id = ? ORDER BY email_norm`, tenantID); err != nil {
		return nil, err
	}
	operators := make([]Operator, len(rows))
	for i, r := range rows {
		var err error
		if operators[i], err = r.operator(); err != nil {
			return nil, err
		}
	}
	return operators, nil
}
