package mail

import (
	"context"
	"time"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// Retention is how many days it is kept who got a mail, or should have.
const Retention = 90

// Purge deletes, for every tenant, the rows of mails that were sent or given up
// Retention days ago. Their keys stay. To be called daily or more often; any
// number of replicas may.
func (q *Queue) Purge(ctx context.Context, now time.Time) error {
	until := bunx.Time(now).AddDate(0, 0, -Retention)
	var tenants []string
	err := q.db.Q().All(ctx, &tenants, `SELECT DISTINCT tenant_id FROM mail_messages WHERE finished_at <= ?`, until)
	if err != nil {
		return err
	}
	for _, tenantID := range tenants {
		_, err := q.db.Q().Exec(ctx, `DELETE FROM mail_messages WHERE tenant_id = ? AND finished_at <= ?`, tenantID, until)
		if err != nil {
			return err
		}
	}
	return nil
}

// Exported is what is kept about one mail to an address, to be written as JSON.
// What an unsent one says is left out: it may hold a link that signs in.
type Exported struct {
	Kind       string     `json:"kind"`  // of a job, else empty
	State      string     `json:"state"` // pending, sent, failed or obsolete
	CreatedAt  time.Time  `json:"created_at"`
	FinishedAt *time.Time `json:"finished_at"`
}

// ExportAddress returns the mails to an address, oldest first.
func (q *Queue) ExportAddress(ctx context.Context, tenantID, address string) ([]Exported, error) {
	if checkAddress(address) != nil {
		return []Exported{}, nil // nothing was queued to it
	}
	var rows []messageRow
	err := q.db.Q().All(ctx, &rows, `SELECT * FROM mail_messages WHERE tenant_id = ? AND address = ? ORDER BY created_at, id`,
		tenantID, fold(address))
	if err != nil {
		return nil, err
	}
	mails := make([]Exported, len(rows))
	for i, r := range rows {
		mails[i] = Exported{Kind: r.Kind, State: r.State, CreatedAt: r.CreatedAt.UTC(), FinishedAt: bunx.TimePtr(bunx.FromPtr(r.FinishedAt))}
	}
	return mails, nil
}

// EraseAddress deletes the mails to an address, unsent ones too; one that is
// being sent at this moment still arrives. A job that was never tried has no
// address yet: its Render learns that the person is gone and answers
// ErrObsolete. Erasing twice is no error.
func (q *Queue) EraseAddress(ctx context.Context, tenantID, address string) error {
	if checkAddress(address) != nil {
		return nil // nothing was queued to it
	}
	_, err := q.db.Q().Exec(ctx, `DELETE FROM mail_messages WHERE tenant_id = ? AND address = ?`, tenantID, fold(address))
	return err
}
