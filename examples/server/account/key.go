package account

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// keyPrefix lets scanners of leaked secrets tell what they found.
const keyPrefix = "vk_"

// APIKey is how a machine signs in: with a role and venues, as an operator has.
// The key itself is known only when it is made.
type APIKey struct {
	TenantID  string
	ID        string
	Name      string // what it is for
	Role      Role
	Venues    []string // none for an owner's, which may act for all
	CreatedAt time.Time
	RevokedAt time.Time // zero while it is good
}

// Key returns the key's key.
func (k APIKey) Key() Key { return Key{k.TenantID, k.ID} }

// Can reports whether the key has the permission.
func (k APIKey) Can(p Permission) bool { return k.RevokedAt.IsZero() && Can(k.Role, p) }

type keyRow struct {
	bun.BaseModel `bun:"table:account_api_keys"`

	TenantID  string     `bun:"tenant_id"`
	ID        string     `bun:"id"`
	TokenHash string     `bun:"token_hash"`
	Name      string     `bun:"name"`
	Role      Role       `bun:"role"`
	Venues    string     `bun:"venues"`
	CreatedAt time.Time  `bun:"created_at"`
	RevokedAt *time.Time `bun:"revoked_at"`
}

func (r keyRow) key() (APIKey, error) {
	venues, err := fromJSON(r.Venues)
	return APIKey{
		TenantID: r.TenantID, ID: r.ID, Name: r.Name, Role: r.Role, Venues: venues, CreatedAt: r.CreatedAt.UTC(),
		RevokedAt: bunx.FromPtr(r.RevokedAt),
	}, err
}

// CreateKey makes an API key and returns it with its text, which can't be had
// again. The name is required.
func (s *Service) CreateKey(ctx context.Context, tenantID, name string, role Role, venues []string) (APIKey, string, error) {
	if err := checkTenant(tenantID); err != nil {
		return APIKey{}, "", err
	}
	name, err := line("name", name, maxName)
	if err != nil {
		return APIKey{}, "", err
	}
	if name == "" {
		return APIKey{}, "", invalid("name", "required")
	}
	if venues, err = roleAndVenues(role, venues); err != nil {
		return APIKey{}, "", err
	}
	text := mint(keyPrefix, tenantID)
	hash, _ := digest(keyPrefix, tenantID, text)
	row := keyRow{
		TenantID: tenantID, ID: s.cfg.NewID(), TokenHash: hash, Name: name, Role: role, Venues: toJSON(venues), CreatedAt: s.now(),
	}
	if _, err := s.db.Q().Insert(&row).Returning("NULL").Exec(ctx); err != nil {
		return APIKey{}, "", err
	}
	key, err := row.key()
	return key, text, err
}

// LookupKey returns the API key of a text, or ErrNoKey.
func (s *Service) LookupKey(ctx context.Context, tenantID, text string) (APIKey, error) {
	hash, ok := digest(keyPrefix, tenantID, text)
	if !ok {
		return APIKey{}, ErrNoKey
	}
	var row keyRow
	err := s.db.Q().Get(ctx, &row, `
		SELECT * FROM account_api_keys WHERE tenant_id = ? AND token_hash = ? AND revoked_at IS NULL`, tenantID, hash)
	if errors.Is(err, sql.ErrNoRows) {
		return APIKey{}, ErrNoKey
	}
	if err != nil {
		return APIKey{}, err
	}
	return row.key()
}

// RevokeKey makes an API key useless for ever. It stays in the list.
func (s *Service) RevokeKey(ctx context.Context, k Key) error {
	if !k.valid() {
		return ErrNotFound
	}
	n, err := s.db.Q().Exec(ctx, `UPDATE account_api_keys SET revoked_at = COALESCE(revoked_at, ?) WHERE tenant_id = ? AND id = ?`,
		s.now(), k.TenantID, k.ID)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// Keys returns the API keys of a tenant, revoked ones too, oldest first.
func (s *Service) Keys(ctx context.Context, tenantID string) ([]APIKey, error) {
	var rows []keyRow
	if err := s.db.Q().All(ctx, &rows, `SELECT * FROM account_api_keys WHERE tenant_id = ? ORDER BY created_at, id`, tenantID); err != nil {
		return nil, err
	}
	keys := make([]APIKey, len(rows))
	for i, r := range rows {
		var err error
		if keys[i], err = r.key(); err != nil {
			return nil, err
		}
	}
	return keys, nil
}
