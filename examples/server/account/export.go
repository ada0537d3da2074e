package account

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// Export is everything that is kept about a customer, to be written as JSON.
type Export struct {
	ID        string            `json:"id"`
	Addresses []ExportedAddress `json:"addresses"`
	Sessions  []ExportedSession `json:"sessions"`
	SignIns   []ExportedSignIn  `json:"sign_ins"`
	Links     []ExportedLink    `json:"links"`
}

// ExportedAddress is one address of a customer, with what was said with it.
type ExportedAddress struct {
	ID         string     `json:"id"`
	Email      string     `json:"email"`
	Name       string     `json:"name"`
	Phone      string     `json:"phone"`
	Language   string     `json:"language"`
	VerifiedAt *time.Time `json:"verified_at"`
	CreatedAt  time.Time  `json:"created_at"`
	MergedAt   *time.Time `json:"merged_at"`
}

// ExportedSession is a session that hasn't been ended.
type ExportedSession struct {
	CreatedAt  time.Time `json:"created_at" bun:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at" bun:"last_seen_at"`
	ExpiresAt  time.Time `json:"expires_at" bun:"expires_at"`
}

// ExportedSignIn is from where a session was signed in.
type ExportedSignIn struct {
	At         time.Time `json:"at" bun:"at"`
	ClientAddr string    `json:"client_addr" bun:"client_addr"`
	UserAgent  string    `json:"user_agent" bun:"user_agent"`
}

// ExportedLink is the newest sign-in link of an address.
type ExportedLink struct {
	Email     string     `json:"email" bun:"email"`
	CreatedAt time.Time  `json:"created_at" bun:"created_at"`
	ExpiresAt time.Time  `json:"expires_at" bun:"expires_at"`
	UsedAt    *time.Time `json:"used_at" bun:"used_at"`
}

// Export returns everything that is kept about a customer, merged ones included.
// One that isn't there or was erased is ErrNotFound.
func (s *Service) Export(ctx context.Context, k Key) (Export, error) {
	c, err := s.Customer(ctx, k)
	if err != nil {
		return Export{}, err
	}
	q := s.db.Q()
	rows, err := family(ctx, q, c.TenantID, c.ID)
	if err != nil {
		return Export{}, err
	}
	e := Export{ID: c.ID, Addresses: []ExportedAddress{}, Sessions: []ExportedSession{}, SignIns: []ExportedSignIn{}, Links: []ExportedLink{}}
	var customerIDs, addresses []string
	for _, r := range rows {
		customerIDs, addresses = append(customerIDs, r.ID), append(addresses, r.EmailNorm)
		e.Addresses = append(e.Addresses, ExportedAddress{
			ID: r.ID, Email: r.Email, Name: r.Name, Phone: r.Phone, Language: r.Language, CreatedAt: r.CreatedAt.UTC(),
			VerifiedAt: utc(r.VerifiedAt), MergedAt: utc(r.MergedAt),
		})
	}
	err = q.All(ctx, &e.Sessions, `
		SELECT created_at, last_seen_at, expires_at FROM account_sessions
		WHERE tenant_id = ? AND kind = 'customer' AND subject_id IN (?) ORDER BY created_at, id`, c.TenantID, bun.List(customerIDs))
	if err != nil {
		return Export{}, err
	}
	err = q.All(ctx, &e.SignIns, `
		SELECT at, client_addr, user_agent FROM account_sign_ins
		WHERE tenant_id = ? AND kind = 'customer' AND subject_id IN (?) ORDER BY at, session_id`, c.TenantID, bun.List(customerIDs))
	if err != nil {
		return Export{}, err
	}
	err = q.All(ctx, &e.Links, `
		SELECT email, created_at, expires_at, used_at FROM account_links
		WHERE tenant_id = ? AND kind = 'customer' AND email_norm IN (?) ORDER BY email_norm`, c.TenantID, bun.List(addresses))
	e.toUTC()
	return e, err
}

// toUTC turns the times, which drivers return in the zone of the machine.
func (e *Export) toUTC() {
	for i := range e.Sessions {
		x := &e.Sessions[i]
		x.CreatedAt, x.LastSeenAt, x.ExpiresAt = x.CreatedAt.UTC(), x.LastSeenAt.UTC(), x.ExpiresAt.UTC()
	}
	for i := range e.SignIns {
		e.SignIns[i].At = e.SignIns[i].At.UTC()
	}
	for i := range e.Links {
		x := &e.Links[i]
		x.CreatedAt, x.ExpiresAt, x.UsedAt = x.CreatedAt.UTC(), x.ExpiresAt.UTC(), utc(x.UsedAt)
	}
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return new(bunx.Time(*t))
}
