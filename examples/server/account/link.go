package account

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// LinkLife is how long a sign-in link can be used: until, and not at, its end.
const LinkLife = 15 * time.Minute

type linkRow struct {
	bun.BaseModel `bun:"table:account_links"`

	TenantID  string     `bun:"tenant_id"`
	Kind      Kind       `bun:"kind"`
	EmailNorm string     `bun:"email_norm"`
	ClientMAC string     `bun:"client_mac"`
	Email     string     `bun:"email"`
	TokenHash string     `bun:"token_hash"`
	CreatedAt time.Time  `bun:"created_at"`
	ExpiresAt time.Time  `bun:"expires_at"`
	UsedAt    *time.Time `bun:"used_at"`
}

// fault returns why the link can't be used; nil when it can.
func (r linkRow) fault(now time.Time) error {
	switch {
	case r.UsedAt != nil:
		return ErrLinkUsed
	case !now.Before(r.ExpiresAt):
		return ErrLinkExpired
	}
	return nil
}

// RequestLink makes the token of a sign-in link for whoever asks. Where ok, it
// is to be mailed to what Address makes of email. The outside gets the same
// answer whether ok or not: an operator's unknown address is not ok, while any
// address signs in as a customer. Older links that this client asked for of the
// address are dead from now on; those of others live. clientAddr is the client's
// IP, with or without a port.
//
// More than LinksPerClient or LinksPerPair in LimitWindow are a *TooManyError,
// which says nothing about the address either. More than LinksPerAddress are not
// ok. Not to be joined to a transaction: its counters would be held, and be
// undone with it.
func (s *Service) RequestLink(ctx context.Context, tenantID, email string, kind Kind, clientAddr string) (token string, ok bool, err error) {
	a, err := checkLink(tenantID, email, kind)
	if err != nil {
		return "", false, err
	}
	client := clientKey(clientAddr)
	// A client that is refused here doesn't count against the address.
	if err := s.count(ctx, tenantID, "client", client, LinksPerClient); err != nil {
		return "", false, err
	}
	if err := s.count(ctx, tenantID, "pair/"+string(kind), a.norm+" "+client, LinksPerPair); err != nil {
		return "", false, err
	}
	err = s.count(ctx, tenantID, "address/"+string(kind), a.norm, LinksPerAddress)
	if errors.Is(err, ErrTooMany) {
		return "", false, nil // others used it up, which nobody is to be told of
	}
	if err != nil {
		return "", false, err
	}
	code, err := s.mac(s.cfg.Secrets.Newest(), "account/client", tenantID, client)
	if err != nil {
		return "", false, err
	}
	return s.makeLink(ctx, tenantID, a, kind, code)
}

// IssueLink is RequestLink for those who run the server: it has no limits, and
// says ErrNotFound for an operator who isn't there.
func (s *Service) IssueLink(ctx context.Context, tenantID, email string, kind Kind) (token string, err error) {
	a, err := checkLink(tenantID, email, kind)
	if err != nil {
		return "", err
	}
	token, ok, err := s.makeLink(ctx, tenantID, a, kind, "")
	if err == nil && !ok {
		err = ErrNotFound
	}
	return token, err
}

func checkLink(tenantID, email string, kind Kind) (address, error) {
	a, err := parseAddress(email)
	return a, cmp.Or(checkTenant(tenantID), checkKind(kind), err)
}

// makeLink does the same work for operators and strangers, of whose link nobody
// gets to know the token. The link replaces the client's last one.
func (s *Service) makeLink(ctx context.Context, tenantID string, a address, kind Kind, client string) (string, bool, error) {
	token := mint("", tenantID)
	hash, _ := digest("", tenantID, token)
	known := true
	if kind == KindOperator {
		_, err := oneOperator(ctx, s.db.Q(), `email_norm = ?`, tenantID, a.norm)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return "", false, err
		}
		known = err == nil
	}
	now := s.now()
	_, err := s.db.Q().Exec(ctx, `
		INSERT INTO account_links (tenant_id, kind, email_norm, client_mac, email, token_hash, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant_id, kind, email_norm, client_mac) DO UPDATE SET email = EXCLUDED.email, token_hash = EXCLUDED.token_hash,
			created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at, used_at = NULL`,
		tenantID, kind, a.norm, client, a.email, hash, now, now.Add(LinkLife))
	if err != nil || !known {
		return "", false, err
	}
	return token, true, nil
}

// Peek returns whom a link would sign in, for the page that names the account
// before its button. It changes nothing. An error that is an ErrLink says why
// the link can't be used.
func (s *Service) Peek(ctx context.Context, tenantID, token string) (email string, kind Kind, err error) {
	hash, ok := digest("", tenantID, token)
	if !ok {
		return "", "", ErrLinkUnknown
	}
	row, err := linkByHash(ctx, s.db.Q(), tenantID, hash)
	if err != nil {
		return "", "", err
	}
	if err := row.fault(s.now()); err != nil {
		return "", "", err
	}
	return row.Email, row.Kind, nil
}

func linkByHash(ctx context.Context, q bunx.Queries, tenantID, hash string) (linkRow, error) {
	var row linkRow
	err := q.Get(ctx, &row, `SELECT * FROM account_links WHERE tenant_id = ? AND token_hash = ?`, tenantID, hash)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrLinkUnknown
	}
	return row, err
}

// Redeem uses a link up and signs its account in, however many try at once: one
// of them gets the session and the value of its cookie, the others ErrLinkUsed.
// A customer's address is verified by it, and the customer added where there was
// none. An error that is an ErrLink says why the link can't be used. clientAddr
// and userAgent are kept beside the session, see Purge.
func (s *Service) Redeem(ctx context.Context, tenantID, token string, now time.Time, clientAddr, userAgent string) (Session, string, error) {
	hash, ok := digest("", tenantID, token)
	if !ok {
		return Session{}, "", ErrLinkUnknown
	}
	now = bunx.Time(now)
	cookie := mint("", tenantID)
	cookieHash, _ := digest("", tenantID, cookie)
	var session Session
	err := s.db.InTx(ctx, func(q bunx.Queries) error {
		link, err := useLink(ctx, q, tenantID, hash, now)
		if err != nil {
			return err
		}
		subjectID, err := s.signIn(ctx, q, link, now)
		if err != nil {
			return err
		}
		row := sessionRow{
			TenantID: tenantID, ID: s.cfg.NewID(), TokenHash: cookieHash, Kind: link.Kind, SubjectID: subjectID,
			CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(lives[link.Kind].absolute),
		}
		if err := insertSession(ctx, q, row, clientAddr, userAgent); err != nil {
			return err
		}
		session, err = s.sessionByHash(ctx, q, tenantID, cookieHash)
		return err
	})
	if err != nil {
		return Session{}, "", err
	}
	return session, cookie, nil
}

func useLink(ctx context.Context, q bunx.Queries, tenantID, hash string, now time.Time) (linkRow, error) {
	var row linkRow
	err := q.Get(ctx, &row, `
		UPDATE account_links SET used_at = ? WHERE tenant_id = ? AND token_hash = ? AND used_at IS NULL AND expires_at > ?
		RETURNING *`, now, tenantID, hash, now)
	if !errors.Is(err, sql.ErrNoRows) {
		return row, err
	}
	row, err = linkByHash(ctx, q, tenantID, hash)
	return linkRow{}, cmp.Or(err, row.fault(now), ErrLinkUnknown)
}

// signIn returns the id of the link's account.
func (s *Service) signIn(ctx context.Context, q bunx.Queries, link linkRow, now time.Time) (string, error) {
	if link.Kind == KindCustomer {
		return s.verifiedCustomer(ctx, q, link, now)
	}
	o, err := oneOperator(ctx, q, `email_norm = ?`, link.TenantID, link.EmailNorm)
	if errors.Is(err, ErrNotFound) {
		err = ErrLinkUnknown
	}
	return o.ID, err
}

// verifiedCustomer verifies the address before it looks whose it is: that locks
// the row, so that an erasure either finds the session that is being made or
// leaves the address to a new customer.
func (s *Service) verifiedCustomer(ctx context.Context, q bunx.Queries, link linkRow, now time.Time) (string, error) {
	for range 3 {
		var root string
		err := q.Get(ctx, &root, `
			UPDATE account_customers SET verified_at = COALESCE(verified_at, ?) WHERE tenant_id = ? AND email_norm = ?
			RETURNING root_id`, now, link.TenantID, link.EmailNorm)
		if err == nil {
			// Of a merged customer, the row that speaks for it as well.
			_, err = q.Exec(ctx, `UPDATE account_customers SET verified_at = ? WHERE tenant_id = ? AND id = ? AND verified_at IS NULL`,
				now, link.TenantID, root)
			return root, err
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return "", err
		}
		row, err := s.newCustomer(link.TenantID, link.Email, Profile{})
		if err != nil {
			return "", err
		}
		if err := insertCustomer(ctx, q, row); err != nil {
			return "", err
		}
	}
	return "", ErrLinkUnknown
}

// maxUserAgent is how much is kept of what a browser says it is, in bytes.
const maxUserAgent = 200

func cleanUserAgent(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), maxUserAgent)], "")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}
