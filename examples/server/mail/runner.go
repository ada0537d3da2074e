package mail

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/internal/bunx"
)

const (
	// leaseFor is how long a row is one runner's, and sendWithin the most that
	// rendering and beginning to send may take of it.
	leaseFor   = 10 * time.Minute
	sendWithin = 2 * time.Minute
	// A mail that fails is tried again for a day, the pauses growing.
	tryFor     = 24 * time.Hour
	firstPause = time.Minute
	maxPause   = time.Hour

	maxErrorText = 500 // bytes
)

// kept is a sent message in the table.
type kept struct {
	From    string  `json:"from"`
	Message Message `json:"message"`
}

// send makes the row's message and hands it to the transport. What it has of
// the message it returns in any case.
func (q *Queue) send(ctx context.Context, row messageRow, now time.Time) (kept, error) {
	// A mail that ended its runner each time ends here.
	if row.NotAfter != nil && now.After(*row.NotAfter) || row.Attempt > 1 && now.After(giveUp(row)) {
		return kept{}, errLate
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	m, err := q.message(ctx, row)
	k := kept{Message: m}
	if err != nil {
		return k, err
	}
	if k.From, err = q.cfg.From(row.TenantID); err != nil {
		return k, err
	}
	id, err := messageID(row.ID, k.From)
	if err != nil {
		return k, err
	}
	return k, q.cfg.Transport.Send(ctx, k.From, m, id)
}

func (q *Queue) message(ctx context.Context, row messageRow) (Message, error) {
	body := ""
	if row.Body != nil {
		body = *row.Body
	}
	var m Message
	if row.Kind == "" {
		plain, err := q.unseal(row.TenantID, row.ID, body)
		if err != nil {
			return m, err
		}
		return m, json.Unmarshal(plain, &m)
	}
	render := q.cfg.Renders[row.Kind]
	if render == nil {
		// A newer replica queued it, and will send it.
		return m, fmt.Errorf("mail: nothing renders jobs of kind %q", row.Kind)
	}
	j := Job{TenantID: row.TenantID, Kind: row.Kind, Data: json.RawMessage(body), NotAfter: bunx.FromPtr(row.NotAfter)}
	m, err := render(ctx, j)
	if err != nil {
		return Message{}, err
	}
	m.TenantID = cmp.Or(m.TenantID, row.TenantID)
	if m.TenantID != row.TenantID {
		return Message{}, invalid("message is another tenant's")
	}
	return m, m.check()
}

// messageID is the same whenever the row is sent.
func messageID(rowID, from string) (string, error) {
	address, err := netmail.ParseAddress(from)
	if err != nil {
		return "", errors.New("mail: sender is not a mail address")
	}
	return rowID + address.Address[strings.LastIndexByte(address.Address, '@'):], nil
}

// settle returns the row as it is after an attempt to send it, and the error
// to report.
func (q *Queue) settle(ctx context.Context, row messageRow, k kept, err error, now time.Time) (messageRow, error) {
	if k.Message.To != "" {
		row.Address = fold(k.Message.To)
	}
	end := func(state string) { row.State, row.DueAt, row.FinishedAt, row.Body = state, nil, &now, nil }
	switch {
	case err == nil:
		row.LastError = ""
		end(sent)
		if q.cfg.KeepSent {
			body, err := json.Marshal(k)
			row.Body = new(string(body))
			return row, err
		}
		return row, nil
	case errors.Is(err, ErrObsolete):
		end(obsolete)
		return row, nil
	case ctx.Err() != nil:
		row.DueAt = &now // the caller is stopping, which is no fault of the mail's
		return row, ctx.Err()
	}
	row.Failures++
	row.LastError = errorText(err, k.Message.To)
	next := now.Add(pause(row.Failures))
	if isFinal(err) || next.After(giveUp(row)) {
		end(failed)
	} else {
		row.DueAt = &next
	}
	return row, fmt.Errorf("mail: send %s of tenant %s: %s", row.ID, row.TenantID, row.LastError)
}

// errLate fails a mail whose time has passed.
var errLate = errors.New("mail: too late")

func isFinal(err error) bool {
	return errors.Is(err, ErrPermanent) || errors.Is(err, ErrInvalid) || errors.Is(err, errLate)
}

// pause comes after the given number of failures in a row, which is 1 or more.
func pause(failures int) time.Duration { return min(firstPause<<min(failures-1, 10), maxPause) }

// giveUp is when the row is tried no more. It is tried once in any case, however
// long no runner ran.
func giveUp(row messageRow) time.Time {
	at := row.CreatedAt.Add(tryFor)
	if row.NotAfter != nil && row.NotAfter.Before(at) {
		return *row.NotAfter
	}
	return at
}

// errorText is what is kept and told of an error: on one line, and without the
// address, which servers like to repeat.
func errorText(err error, address string) string {
	s := strings.ToValidUTF8(err.Error(), "?")
	if address != "" {
		s = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(address)).ReplaceAllLiteralString(s, "(address)")
	}
	s = strings.Map(func(r rune) rune {
		if notInLine(r) {
			return ' '
		}
		return r
	}, s)
	if len(s) > maxErrorText {
		s = strings.ToValidUTF8(s[:maxErrorText], "")
	}
	return s
}
