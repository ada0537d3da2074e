package mail

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/ids"
)

// Sent is a mail that was sent, whole.
type Sent struct {
	Message
	ID   string
	From string
	At   time.Time
}

// Outbox returns the mails that were sent for a tenant, newest first: those
// that Config.KeepSent kept.
func (q *Queue) Outbox(ctx context.Context, tenantID string, limit int) ([]Sent, error) {
	var rows []messageRow
	err := q.db.Q().All(ctx, &rows, `
		SELECT * FROM mail_messages WHERE tenant_id = ? AND state = 'sent' AND body IS NOT NULL
		ORDER BY finished_at DESC, id DESC LIMIT ?`, tenantID, limit)
	if err != nil {
		return nil, err
	}
	mails := make([]Sent, len(rows))
	for i, row := range rows {
		if mails[i], err = row.sent(); err != nil {
			return nil, err
		}
	}
	return mails, nil
}

// Sent returns one of Outbox's mails, or ErrNotFound.
func (q *Queue) Sent(ctx context.Context, tenantID, id string) (Sent, error) {
	if !ids.Valid(id) {
		return Sent{}, ErrNotFound
	}
	var row messageRow
	err := q.db.Q().Get(ctx, &row, `
		SELECT * FROM mail_messages WHERE tenant_id = ? AND id = ? AND state = 'sent' AND body IS NOT NULL`, tenantID, id)
	if err != nil {
		return Sent{}, notFound(err)
	}
	return row.sent()
}

func (r messageRow) sent() (Sent, error) {
	var k kept
	if err := json.Unmarshal([]byte(*r.Body), &k); err != nil {
		return Sent{}, fmt.Errorf("mail: body of %s: %w", r.ID, err)
	}
	return Sent{Message: k.Message, ID: r.ID, From: k.From, At: bunx.FromPtr(r.FinishedAt)}, nil
}
