package mail

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
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
	return bunx.Migrate(ctx, db, d, "mail", Migrations(d))
}

// CheckSchema returns an error when the tables are older than this program. It
// changes nothing.
func CheckSchema(ctx context.Context, db *sql.DB, d bunx.Dialect) error {
	return bunx.CheckSchema(ctx, db, d, "mail", Migrations(d))
}

// Render makes the message of a job. It may be called again for the same job.
// ErrObsolete ends the job without a mail, an ErrInvalid fails it at once, and
// any other error is tried again. The texts of its errors are kept and logged,
// and shouldn't name anybody.
type Render func(ctx context.Context, j Job) (Message, error)

// Config holds what a Queue may be told.
type Config struct {
	// Transport sends. Required.
	Transport Transport
	// From returns what a tenant's mails are from, "Name <address>" or an
	// address. Required.
	From func(tenantID string) (string, error)
	// Renders make the messages of jobs, by kind. Default: there are no jobs.
	Renders map[string]Render
	// Secrets encrypt ready messages for as long as they wait: they hold links
	// that sign in. Default: they are kept as they are.
	Secrets *secret.Secrets
	// Parallel is how many mails of one tenant are sent at once. Default: 4.
	Parallel int
	// KeepSent keeps sent messages whole, for Outbox. It is for demonstrations:
	// with them are kept links that sign in and codes that open doors. Default:
	// bodies are deleted when they are sent.
	KeepSent bool
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// NewID makes the ids of rows. Default: UUIDv7.
	NewID func() string
}

// Queue is the mail that is to be sent. It is safe for concurrent use, except
// where WithTx joined it to a transaction.
type Queue struct {
	db     *bunx.DB
	cfg    Config
	joined bool
}

// New returns a queue over db, whose tables Migrate has made. db stays the
// caller's.
func New(db *sql.DB, d bunx.Dialect, cfg Config) (*Queue, error) {
	if cfg.Transport == nil {
		return nil, errors.New("mail: no transport")
	}
	if cfg.From == nil {
		return nil, errors.New("mail: nobody to send from")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Parallel <= 0 {
		cfg.Parallel = 4
	}
	if cfg.NewID == nil {
		cfg.NewID = ids.New
	}
	return &Queue{db: bunx.New(db, d), cfg: cfg}, nil
}

// WithTx returns a copy of the queue whose verbs are part of tx: what is queued
// is sent if tx commits. It sends nothing itself. Only the owner of tx can
// retry what the database refuses for the sake of others.
func (q *Queue) WithTx(tx bunx.Tx) *Queue {
	joined := *q
	joined.db, joined.joined = q.db.WithTx(tx), true
	return &joined
}

// Enqueue queues a ready message, and reports whether it did: it doesn't when
// there has been a mail of that key. The message's tenant is the key's. An
// ErrInvalid says what is wrong with either.
func (q *Queue) Enqueue(ctx context.Context, k Key, m Message) (bool, error) {
	if m.TenantID == "" {
		m.TenantID = k.TenantID
	}
	if m.TenantID != k.TenantID {
		return false, invalid("message is another tenant's")
	}
	if err := m.check(); err != nil {
		return false, err
	}
	body, err := json.Marshal(m)
	if err != nil {
		return false, err
	}
	row := messageRow{ID: q.cfg.NewID(), Lane: ordinary, Address: fold(m.To), NotAfter: bunx.TimePtr(m.NotAfter)}
	if m.Urgent {
		row.Lane = urgent
	}
	sealed, err := q.seal(k.TenantID, row.ID, body)
	if err != nil {
		return false, err
	}
	row.Body = &sealed
	return q.insert(ctx, k, row)
}

// EnqueueJob queues a job, and reports whether it did: it doesn't when there
// has been a mail of that key. The job's tenant is the key's. An ErrInvalid says
// what is wrong with either, or that nothing renders its kind.
func (q *Queue) EnqueueJob(ctx context.Context, k Key, j Job) (bool, error) {
	if j.TenantID != "" && j.TenantID != k.TenantID {
		return false, invalid("job is another tenant's")
	}
	if err := j.check(); err != nil {
		return false, err
	}
	if q.cfg.Renders[j.Kind] == nil {
		return false, invalid("nothing renders jobs of kind %q", j.Kind)
	}
	return q.insert(ctx, k, messageRow{ID: q.cfg.NewID(), Kind: j.Kind, Lane: ordinary, Body: new(string(j.Data)), NotAfter: bunx.TimePtr(j.NotAfter)})
}

func (q *Queue) insert(ctx context.Context, k Key, row messageRow) (queued bool, err error) {
	if err := k.check(); err != nil {
		return false, err
	}
	now := bunx.Time(q.cfg.Now())
	row.TenantID, row.State = k.TenantID, pending
	row.CreatedAt, row.DueAt = now, &now
	err = q.db.InTx(ctx, func(tx bunx.Queries) error {
		queued = false
		if k.Dedupe != "" {
			n, err := tx.Exec(ctx, `INSERT INTO mail_keys (tenant_id, dedupe_key, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
				k.TenantID, k.Dedupe, now)
			if err != nil || n == 0 {
				return err
			}
		}
		queued = true
		_, err := tx.Insert(&row).Exec(ctx)
		return err
	})
	return queued && err == nil, err
}
