package mail_test

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/mail"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

var clockStart = time.Date(2026, 11, 22, 18, 0, 0, 123456000, time.UTC)

// delivery is what a transport was given.
type delivery struct {
	From, MessageID string
	Message         mail.Message
}

// postman is a transport that keeps what it is given, unless answer says no.
type postman struct {
	sync.Mutex
	delivered []delivery
	answer    func(ctx context.Context, m mail.Message) error
}

func (p *postman) Send(ctx context.Context, from string, m mail.Message, messageID string) error {
	p.Lock()
	defer p.Unlock()
	p.delivered = append(p.delivered, delivery{from, messageID, m})
	if p.answer != nil {
		return p.answer(ctx, m)
	}
	return nil
}

// to returns the addresses that were sent to, sorted.
func (p *postman) to() []string {
	p.Lock()
	defer p.Unlock()
	var list []string
	for _, d := range p.delivered {
		list = append(list, d.Message.To)
	}
	slices.Sort(list)
	return list
}

// office is a queue in a database of its own, since a run is over all tenants.
type office struct {
	*mail.Queue
	*postman
	db     *sql.DB
	d      bunx.Dialect
	cfg    mail.Config
	now    *time.Time // not to be moved while goroutines run
	tenant string
}

func (o *office) pass(d time.Duration) { *o.now = o.now.Add(d) }

// each runs the test on both databases.
func each(t *testing.T, f func(t *testing.T, o *office)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		require.NoError(t, mail.Migrate(t.Context(), db, d))
		require.NoError(t, mail.CheckSchema(t.Context(), db, d))
		now := clockStart
		o := &office{postman: &postman{}, db: db, d: d, now: &now, tenant: dbtest.Tenant(t)}
		o.cfg = mail.Config{
			Transport: o.postman, Parallel: 1, Now: func() time.Time { return now },
			From: func(tenantID string) (string, error) { return "Klotet <hej@" + tenantID + ".example>", nil },
		}
		o.open(t)
		f(t, o)
	})
}

// open makes the queue anew, after a change of cfg.
func (o *office) open(t *testing.T) {
	t.Helper()
	q, err := mail.New(o.db, o.d, o.cfg)
	require.NoError(t, err)
	o.Queue = q
}

func (o *office) render(t *testing.T, f mail.Render) {
	t.Helper()
	o.cfg.Renders = map[string]mail.Render{"confirmation": f}
	o.open(t)
}

func (o *office) key(dedupe string) mail.Key { return mail.Key{TenantID: o.tenant, Dedupe: dedupe} }

func letter(to string) mail.Message {
	return mail.Message{To: to, Subject: "Välkommen!", Text: "Hej på dig? 'Ja' \\ nej.\n", HTML: "<p>Hej på dig?</p>"}
}

func (o *office) enqueue(t *testing.T, to string) {
	t.Helper()
	queued, err := o.Enqueue(t.Context(), o.key(""), letter(to))
	require.NoError(t, err)
	require.True(t, queued)
}

func (o *office) enqueueJob(t *testing.T, dedupe string) {
	t.Helper()
	queued, err := o.EnqueueJob(t.Context(), o.key(dedupe), mail.Job{Kind: "confirmation", Data: []byte(`{"booking":"b1"}`)})
	require.NoError(t, err)
	require.True(t, queued)
}

// run expects RunOnce to send that many, without an error.
func (o *office) run(t *testing.T, want int) {
	t.Helper()
	sent, err := o.RunOnce(t.Context(), *o.now)
	require.NoError(t, err)
	require.Equal(t, want, sent)
}

// fail expects RunOnce to send nothing and to report what the text says.
func (o *office) fail(t *testing.T, says string) {
	t.Helper()
	sent, err := o.RunOnce(t.Context(), *o.now)
	require.ErrorContains(t, err, says)
	require.Zero(t, sent)
}

// rowOf reads what is kept of the tenant's only row.
func (o *office) rowOf(t *testing.T) (state, address string, body sql.NullString, lastError string) {
	t.Helper()
	err := o.db.QueryRowContext(t.Context(), "SELECT state, address, body, last_error FROM mail_messages WHERE tenant_id = '"+o.tenant+"'").
		Scan(&state, &address, &body, &lastError)
	require.NoError(t, err)
	return state, address, body, lastError
}

func (o *office) count(t *testing.T, table string) (n int) {
	t.Helper()
	require.NoError(t, o.db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table+" WHERE tenant_id = '"+o.tenant+"'").Scan(&n))
	return n
}
