package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// How long sessions last from signing in, and how long unused. What lasts until
// an instant no longer does at it.
const (
	CustomerLife = 30 * 24 * time.Hour
	CustomerIdle = 14 * 24 * time.Hour
	OperatorLife = 12 * time.Hour
	OperatorIdle = 4 * time.Hour
	// SeenEvery is how exactly a session's use is known: it is written no more
	// often, and so the idle limits may strike that much earlier.
	SeenEvery = 5 * time.Minute
)

var lives = map[Kind]struct{ absolute, idle time.Duration }{
	KindCustomer: {CustomerLife, CustomerIdle},
	KindOperator: {OperatorLife, OperatorIdle},
}

// Session is somebody signed in, as they are at the time of the lookup.
type Session struct {
	TenantID   string
	ID         string // of the session; no secret
	Kind       Kind
	SubjectID  string // the customer's or operator's id
	Email      string
	Name       string
	Language   string // customers only; may be empty
	VerifiedAt time.Time
	Role       Role     // operators only
	Venues     []string // operators only; none for an owner, who may act for all
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
}

// Subject returns whom the session belongs to.
func (s Session) Subject() Subject { return Subject{s.TenantID, s.Kind, s.SubjectID} }

// Can reports whether an operator's session has the permission.
func (s Session) Can(p Permission) bool { return s.Kind == KindOperator && Can(s.Role, p) }

type sessionRow struct {
	bun.BaseModel `bun:"table:account_sessions"`

	TenantID   string    `bun:"tenant_id"`
	ID         string    `bun:"id"`
	TokenHash  string    `bun:"token_hash"`
	Kind       Kind      `bun:"kind"`
	SubjectID  string    `bun:"subject_id"`
	CreatedAt  time.Time `bun:"created_at"`
	LastSeenAt time.Time `bun:"last_seen_at"`
	ExpiresAt  time.Time `bun:"expires_at"`
}

type signInRow struct {
	bun.BaseModel `bun:"table:account_sign_ins"`

	TenantID   string    `bun:"tenant_id"`
	SessionID  string    `bun:"session_id"`
	Kind       Kind      `bun:"kind"`
	SubjectID  string    `bun:"subject_id"`
	At         time.Time `bun:"at"`
	ClientAddr string    `bun:"client_addr"`
	UserAgent  string    `bun:"user_agent"`
}

// insertSession adds a session and, where it may be deleted without it, from
// where it was signed in.
func insertSession(ctx context.Context, q bunx.Queries, row sessionRow, clientAddr, userAgent string) error {
	if _, err := q.Insert(&row).Returning("NULL").Exec(ctx); err != nil {
		return err
	}
	from := signInRow{
		TenantID: row.TenantID, SessionID: row.ID, Kind: row.Kind, SubjectID: row.SubjectID, At: row.CreatedAt,
		UserAgent: cleanUserAgent(userAgent),
	}
	if ip := clientIP(clientAddr); ip.IsValid() {
		from.ClientAddr = ip.String()
	}
	_, err := q.Insert(&from).Returning("NULL").Exec(ctx)
	return err
}

// Lookup returns the session of a cookie's value, by one query, or
// ErrNoSession. It records the use when the last one known is SeenEvery old.
func (s *Service) Lookup(ctx context.Context, tenantID, cookie string) (Session, error) {
	hash, ok := digest("", tenantID, cookie)
	if !ok {
		return Session{}, ErrNoSession
	}
	session, err := s.sessionByHash(ctx, s.db.Q(), tenantID, hash)
	if err != nil {
		return Session{}, err
	}
	now := s.now()
	if !now.Before(session.ExpiresAt) || !now.Before(session.LastSeenAt.Add(lives[session.Kind].idle)) {
		return Session{}, ErrNoSession
	}
	if seen := now.Add(-SeenEvery); !session.LastSeenAt.After(seen) {
		_, err := s.db.Q().Exec(ctx, `
			UPDATE account_sessions SET last_seen_at = ? WHERE tenant_id = ? AND id = ? AND last_seen_at <= ?`,
			now, tenantID, session.ID, seen)
		if err != nil {
			// The session is good all the same; the next request tries again.
			s.cfg.Logger.WarnContext(ctx, "session use not recorded", "tenant", tenantID, "session", session.ID, "error", err)
			return session, nil
		}
		session.LastSeenAt = now
	}
	return session, nil
}

// sessionQuery joins a session to its account as that is now. Nearly every
// request asks it, and planning it takes longer than running it.
const sessionQuery = `
	SELECT s.tenant_id, s.id, s.kind, s.created_at, s.last_seen_at, s.expires_at,
		COALESCE(r.id, o.id, '') AS account, COALESCE(r.email, o.email, '') AS email, COALESCE(r.name, o.name, '') AS name,
		COALESCE(r.language, '') AS language, r.verified_at, COALESCE(o.role, '') AS role, COALESCE(o.venues, 'null') AS venues
	FROM account_sessions AS s
	LEFT JOIN account_customers AS c ON s.kind = 'customer' AND c.tenant_id = s.tenant_id AND c.id = s.subject_id
	LEFT JOIN account_customers AS r ON r.tenant_id = c.tenant_id AND r.id = c.root_id AND r.erased_at IS NULL
	LEFT JOIN account_operators AS o ON s.kind = 'operator' AND o.tenant_id = s.tenant_id AND o.id = s.subject_id
	WHERE s.tenant_id = $1 AND s.token_hash = $2`

// sessionByHash reads a session. An account that is gone leaves none.
func (s *Service) sessionByHash(ctx context.Context, q bunx.Queries, tenantID, hash string) (Session, error) {
	var row struct {
		sessionRow

		Account    string     `bun:"account"`
		Email      string     `bun:"email"`
		Name       string     `bun:"name"`
		Language   string     `bun:"language"`
		VerifiedAt *time.Time `bun:"verified_at"`
		Role       Role       `bun:"role"`
		Venues     string     `bun:"venues"`
	}
	get := q.GetPrepared
	if s.cfg.NoPrepare {
		get = q.GetNumbered
	}
	err := get(ctx, &row, sessionQuery, tenantID, hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Session{}, ErrNoSession
	case err != nil:
		return Session{}, err
	case row.Account == "":
		return Session{}, ErrNoSession
	}
	venues, err := fromJSON(row.Venues)
	return Session{
		TenantID: row.TenantID, ID: row.ID, Kind: row.Kind, SubjectID: row.Account, Email: row.Email, Name: row.Name,
		Language: row.Language, VerifiedAt: bunx.FromPtr(row.VerifiedAt), Role: row.Role, Venues: venues,
		CreatedAt: row.CreatedAt.UTC(), LastSeenAt: row.LastSeenAt.UTC(), ExpiresAt: row.ExpiresAt.UTC(),
	}, err
}

// SignOut ends the session of a cookie's value. That there is none is no error.
func (s *Service) SignOut(ctx context.Context, tenantID, cookie string) error {
	hash, ok := digest("", tenantID, cookie)
	if !ok {
		return nil
	}
	_, err := s.db.Q().Exec(ctx, `DELETE FROM account_sessions WHERE tenant_id = ? AND token_hash = ?`, tenantID, hash)
	return err
}

// EndSessions ends every session of a customer, merged ones included, or of an
// operator.
func (s *Service) EndSessions(ctx context.Context, subject Subject) error {
	if subject.Kind == KindOperator {
		return endSessions(ctx, s.db.Q(), KindOperator, subject.TenantID, subject.ID)
	}
	_, err := s.db.Q().Exec(ctx, `
		DELETE FROM account_sessions WHERE tenant_id = ? AND kind = ? AND subject_id IN (
			SELECT f.id FROM account_customers AS c JOIN account_customers AS f ON f.tenant_id = c.tenant_id AND f.root_id = c.root_id
			WHERE c.tenant_id = ? AND c.id = ?)`, subject.TenantID, subject.Kind, subject.TenantID, subject.ID)
	return err
}

func endSessions(ctx context.Context, q bunx.Queries, kind Kind, tenantID string, subjectIDs ...string) error {
	_, err := q.Exec(ctx, `DELETE FROM account_sessions WHERE tenant_id = ? AND kind = ? AND subject_id IN (?)`,
		tenantID, kind, bun.List(subjectIDs))
	return err
}

func toJSON(list []string) string {
	text, _ := json.Marshal(list) // strings always can
	return string(text)
}

func fromJSON(text string) (list []string, err error) {
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("account: list of venues: %w", err)
	}
	return list, nil
}
