package account

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/ids"
	"github.com/petanque-life/venuekit/internal/secret"
)

//go:embed migrations
var migrations embed.FS

// Migrations returns the migrations of a dialect.
func Migrations(d bunx.Dialect) fs.FS { return bunx.Folder(migrations, d) }

// Migrate brings the tables up to date. Any number of replicas may call it at
// once.
func Migrate(ctx context.Context, db *sql.DB, d bunx.Dialect) error {
	return bunx.Migrate(ctx, db, d, "account", Migrations(d))
}

// CheckSchema returns an error when the tables are older than this program. It
// changes nothing.
func CheckSchema(ctx context.Context, db *sql.DB, d bunx.Dialect) error {
	return bunx.CheckSchema(ctx, db, d, "account", Migrations(d))
}

// Config holds what a Service may be told.
type Config struct {
	// Secrets are the deployment's secrets: addresses of erased customers and
	// what is counted are kept as codes under keys derived from them. Required.
	Secrets *secret.Secrets
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// NoPrepare keeps PostgreSQL from preparing the query of Lookup, for a pooler
	// that hands out connections by transaction. Default: it is prepared.
	NoPrepare bool
	// NewID makes the ids of customers, operators, sessions and API keys.
	// Default: UUIDv7.
	NewID func() string
	// Logger receives what doesn't fail a call. Default: slog.Default().
	Logger *slog.Logger
}

// Service keeps the accounts. It is safe for concurrent use, except where
// WithTx joined it to a transaction.
type Service struct {
	db  *bunx.DB
	cfg Config
}

// New returns a service over db, whose tables Migrate has made. db stays the
// caller's.
func New(db *sql.DB, d bunx.Dialect, cfg Config) (*Service, error) {
	if cfg.Secrets == nil {
		return nil, errors.New("account: no secrets")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewID == nil {
		cfg.NewID = ids.New
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &Service{db: bunx.New(db, d), cfg: cfg}, nil
}

// WithTx returns a copy of the service whose verbs are part of tx. Only the
// owner of tx can retry what the database refuses for the sake of others.
func (s *Service) WithTx(tx bunx.Tx) *Service {
	joined := *s
	joined.db = s.db.WithTx(tx)
	return &joined
}

func (s *Service) now() time.Time { return bunx.Time(s.cfg.Now()) }

// Key names a customer, an operator or an API key.
type Key struct{ TenantID, ID string }

// valid reports whether such a key can be; one that can't has no row, and isn't
// asked for, as a database refuses its text.
func (k Key) valid() bool { return checkTenant(k.TenantID) == nil && ids.Valid(k.ID) }

// Kind tells whose a sign-in link or a session is.
type Kind string

// The kinds of accounts that sign in. An address may have one of each.
const (
	KindCustomer Kind = "customer"
	KindOperator Kind = "operator"
)

// Subject names whom a session belongs to.
type Subject struct {
	TenantID string
	Kind     Kind
	ID       string
}

// Key returns the key of the customer or operator.
func (s Subject) Key() Key { return Key{s.TenantID, s.ID} }
