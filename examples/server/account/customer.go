package account

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// Customer is one person to a chain: one address, or several that were merged.
type Customer struct {
	TenantID   string
	ID         string
	Email      string // as it is written to
	Name       string // may be empty, as may the next two
	Phone      string
	Language   string    // a language tag
	VerifiedAt time.Time // when the address was proved to be theirs; zero until then
	CreatedAt  time.Time
}

// Key returns the customer's key.
func (c Customer) Key() Key { return Key{c.TenantID, c.ID} }

// Profile is what a customer says of themselves. Each may be empty.
type Profile struct{ Name, Phone, Language string }

type customerRow struct {
	bun.BaseModel `bun:"table:account_customers"`

	TenantID    string     `bun:"tenant_id"`
	ID          string     `bun:"id"`
	RootID      string     `bun:"root_id"`
	Email       string     `bun:"email"`
	EmailNorm   string     `bun:"email_norm,nullzero"`
	Name        string     `bun:"name"`
	NameNorm    string     `bun:"name_norm"`
	SurnameNorm string     `bun:"surname_norm"`
	Phone       string     `bun:"phone"`
	Language    string     `bun:"language"`
	VerifiedAt  *time.Time `bun:"verified_at"`
	CreatedAt   time.Time  `bun:"created_at"`
	MergedAt    *time.Time `bun:"merged_at"`
	ErasedAt    *time.Time `bun:"erased_at"`
}

func (r customerRow) customer() Customer {
	return Customer{
		TenantID: r.TenantID, ID: r.ID, Email: r.Email, Name: r.Name, Phone: r.Phone, Language: r.Language,
		VerifiedAt: bunx.FromPtr(r.VerifiedAt), CreatedAt: r.CreatedAt.UTC(),
	}
}

// familyRoot reads from c, a row of a customer, the row r that speaks for all
// rows of that customer.
const familyRoot = ` FROM account_customers AS c
	JOIN account_customers AS r ON r.tenant_id = c.tenant_id AND r.id = c.root_id AND r.erased_at IS NULL
	WHERE c.tenant_id = ? AND `

// EnsureCustomer returns the customer of an address and adds them, unverified,
// if there is none. Whoever is there already stays as they are: the address has
// not been proved to be the caller's. Name and language may be empty.
func (s *Service) EnsureCustomer(ctx context.Context, tenantID, email, name, lang string) (Customer, error) {
	row, err := s.newCustomer(tenantID, email, Profile{Name: name, Language: lang})
	if err != nil {
		return Customer{}, err
	}
	return ensure(ctx, s.db.Q(), row)
}

// EnsureFor is EnsureCustomer for the sake of f, which does in tx what the
// customer is needed for: when f fails nobody is added. f may run more than once.
func (s *Service) EnsureFor(
	ctx context.Context, tenantID, email, name, lang string, f func(tx bunx.Tx, c Customer) error,
) error {
	row, err := s.newCustomer(tenantID, email, Profile{Name: name, Language: lang})
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(q bunx.Queries) error {
		c, err := ensure(ctx, q, row)
		if err != nil {
			return err
		}
		return f(q.Tx(), c)
	})
}

// ImportCustomer is EnsureCustomer for data that comes from elsewhere and not
// from the customer: an address that was ever erased is ErrErased.
func (s *Service) ImportCustomer(ctx context.Context, tenantID, email, name, lang string) (Customer, error) {
	row, err := s.newCustomer(tenantID, email, Profile{Name: name, Language: lang})
	if err != nil {
		return Customer{}, err
	}
	var c Customer
	err = s.db.InTx(ctx, func(q bunx.Queries) error {
		if c, err = ensure(ctx, q, row); err != nil {
			return err
		}
		// Asked last: an erasure that was on its way is over when the insert is.
		return s.refuseErased(ctx, q, tenantID, row.EmailNorm)
	})
	if err != nil {
		return Customer{}, err
	}
	return c, nil
}

func (s *Service) newCustomer(tenantID, email string, p Profile) (customerRow, error) {
	if err := checkTenant(tenantID); err != nil {
		return customerRow{}, err
	}
	a, err := parseAddress(email)
	if err != nil {
		return customerRow{}, err
	}
	id := s.cfg.NewID()
	row := customerRow{
		TenantID: tenantID, ID: id, RootID: id, Email: a.email, EmailNorm: a.norm, CreatedAt: s.now(),
	}
	return row, row.setProfile(p)
}

func (r *customerRow) setProfile(p Profile) (err error) {
	if r.Name, err = personName(p.Name); err != nil {
		return err
	}
	if r.Phone, err = line("phone", p.Phone, maxPhone); err != nil {
		return err
	}
	r.NameNorm = searchable(r.Name)
	r.SurnameNorm = surname(r.NameNorm)
	r.Language, err = language(p.Language)
	return err
}

// ensure looks first, since nearly always somebody is there, and that needs no
// write. It looks again because of those who insert or erase meanwhile.
func ensure(ctx context.Context, q bunx.Queries, row customerRow) (Customer, error) {
	for range 3 {
		c, err := oneCustomer(ctx, q, `c.email_norm = ?`, row.TenantID, row.EmailNorm)
		if !errors.Is(err, ErrNotFound) {
			return c, err
		}
		if err := insertCustomer(ctx, q, row); err != nil {
			return Customer{}, err
		}
	}
	return oneCustomer(ctx, q, `c.email_norm = ?`, row.TenantID, row.EmailNorm)
}

func insertCustomer(ctx context.Context, q bunx.Queries, row customerRow) error {
	_, err := q.Insert(&row).On("CONFLICT (tenant_id, email_norm) DO NOTHING").Returning("NULL").Exec(ctx)
	return err
}

func oneCustomer(ctx context.Context, q bunx.Queries, where string, args ...any) (Customer, error) {
	var row customerRow
	if err := q.Get(ctx, &row, `SELECT r.*`+familyRoot+where, args...); err != nil {
		return Customer{}, notFound(err)
	}
	return row.customer(), nil
}

// Customer returns a customer; for the key of one that was merged, the customer
// that it was merged into. An erased one is ErrNotFound.
func (s *Service) Customer(ctx context.Context, k Key) (Customer, error) {
	if !k.valid() {
		return Customer{}, ErrNotFound
	}
	return oneCustomer(ctx, s.db.Q(), `c.id = ?`, k.TenantID, k.ID)
}

// CustomerByEmail returns the customer of an address, or ErrNotFound.
func (s *Service) CustomerByEmail(ctx context.Context, tenantID, email string) (Customer, error) {
	a, err := parseAddress(email)
	if err != nil {
		return Customer{}, err
	}
	return oneCustomer(ctx, s.db.Q(), `c.email_norm = ?`, tenantID, a.norm)
}

// UpdateCustomer replaces what a customer says of themselves.
func (s *Service) UpdateCustomer(ctx context.Context, k Key, p Profile) (Customer, error) {
	if !k.valid() {
		return Customer{}, ErrNotFound
	}
	var row customerRow
	if err := row.setProfile(p); err != nil {
		return Customer{}, err
	}
	err := s.db.Q().Get(ctx, &row, `
		UPDATE account_customers SET name = ?, name_norm = ?, surname_norm = ?, phone = ?, language = ?
		WHERE tenant_id = ? AND erased_at IS NULL
			AND id = (SELECT root_id FROM account_customers WHERE tenant_id = ? AND id = ?)
		RETURNING *`, row.Name, row.NameNorm, row.SurnameNorm, row.Phone, row.Language, k.TenantID, k.TenantID, k.ID)
	if err != nil {
		return Customer{}, notFound(err)
	}
	return row.customer(), nil
}

// Verify records that the customer's address was proved to be theirs, by a
// check-in with what was mailed to it or the like. The first proof's time stays.
func (s *Service) Verify(ctx context.Context, k Key, at time.Time) error {
	if !k.valid() {
		return ErrNotFound
	}
	n, err := s.db.Q().Exec(ctx, `
		UPDATE account_customers SET verified_at = COALESCE(verified_at, ?)
		WHERE tenant_id = ? AND erased_at IS NULL
			AND id = (SELECT root_id FROM account_customers WHERE tenant_id = ? AND id = ?)`,
		bunx.Time(at), k.TenantID, k.TenantID, k.ID)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// MaxSearch is the most customers that a search returns.
const MaxSearch = 100

// SearchCustomers returns customers with an address, a name or a last name that
// begins with prefix, in any case, by name; limit is held to 1 to MaxSearch.
func (s *Service) SearchCustomers(ctx context.Context, tenantID, prefix string, limit int) ([]Customer, error) {
	prefix, err := line("prefix", prefix, maxEmail)
	if err != nil {
		return nil, err
	}
	from := searchable(prefix)
	to := from + "\U0010ffff" // no text sorts behind it
	limit = min(max(limit, 1), MaxSearch)
	// Each branch reads no more than limit rows of its index.
	var rows []customerRow
	err = s.db.Q().All(ctx, &rows, `
		SELECT r.* FROM account_customers AS r WHERE r.tenant_id = ? AND r.erased_at IS NULL AND r.id IN (
			SELECT root_id FROM (SELECT root_id FROM account_customers WHERE tenant_id = ? AND email_norm >= ? AND email_norm < ?
				ORDER BY email_norm LIMIT ?) AS e
			UNION SELECT root_id FROM (SELECT root_id FROM account_customers WHERE tenant_id = ? AND name_norm >= ? AND name_norm < ?
				AND erased_at IS NULL ORDER BY name_norm, id LIMIT ?) AS n
			UNION SELECT root_id FROM (SELECT root_id FROM account_customers WHERE tenant_id = ? AND surname_norm >= ? AND surname_norm < ?
				AND erased_at IS NULL ORDER BY surname_norm, id LIMIT ?) AS s)
		ORDER BY r.name_norm, r.id LIMIT ?`,
		tenantID, tenantID, from, to, limit, tenantID, from, to, limit, tenantID, from, to, limit, limit)
	customers := make([]Customer, len(rows))
	for i, r := range rows {
		customers[i] = r.customer()
	}
	return customers, err
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
