package mail

import (
	"encoding/json"
	"fmt"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/petanque-life/venuekit/internal/ids"
)

// The largest things that are sent or kept, in bytes.
const (
	maxAddress = 254
	maxSubject = 500
	maxDedupe  = 200
	maxKind    = 64
	maxData    = 16 << 10
	maxMessage = 1 << 20 // texts and pictures together
)

// Message is a mail to one person.
type Message struct {
	TenantID string `json:"tenant_id"`
	// To is a bare address, without a name.
	To      string `json:"to"`
	Subject string `json:"subject"`
	// Text is the plain form. Required.
	Text string `json:"text"`
	// HTML is the same as a page. Default: none.
	HTML string `json:"html,omitempty"`
	// Inline are the pictures that HTML shows by `cid:`.
	Inline []Inline `json:"inline,omitempty"`
	// NotAfter is when there is no more point in sending it, as for a link that
	// has expired. Default: never.
	NotAfter time.Time `json:"not_after,omitzero"`
	// Urgent goes before all mail that isn't: somebody waits for it. Default: no.
	Urgent bool `json:"urgent,omitempty"`
}

// Inline is a picture within a Message.
type Inline struct {
	ContentID   string `json:"content_id"`   // letters, digits, dot, hyphen, underscore
	Name        string `json:"name"`         // of the file; the same characters
	ContentType string `json:"content_type"` // such as image/png
	Data        []byte `json:"data"`
}

// Job is a mail that is made when it is sent.
type Job struct {
	TenantID string
	// Kind names the Render that makes the message.
	Kind string
	// Data is JSON for the Render: ids, nothing secret and nobody's address.
	Data json.RawMessage
	// NotAfter is when there is no more point in sending it. Default: never.
	NotAfter time.Time
}

// Key names a mail.
type Key struct {
	TenantID string
	// Dedupe is sent once, ever: a text of up to 200 bytes made of ids and
	// revisions. Default: none, each mail being one of its own.
	Dedupe string
}

var (
	fileName  = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	imageType = regexp.MustCompile(`^image/[a-z0-9.+-]{1,32}$`)
)

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// check keeps out what would break a header, a mail program or the database.
// Its errors quote nothing of the message, which may name a person.
func (m Message) check() error {
	if err := checkAddress(m.To); err != nil {
		return err
	}
	switch {
	case m.Subject == "" || len(m.Subject) > maxSubject:
		return invalid("subject is empty or too long")
	case !isLine(m.Subject):
		return invalid("subject is not one line of text")
	case m.Text == "" || !isText(m.Text) || !isText(m.HTML):
		return invalid("body is empty or not text")
	}
	size := len(m.Text) + len(m.HTML)
	for _, in := range m.Inline {
		if !fileName.MatchString(in.ContentID) || !fileName.MatchString(in.Name) || !imageType.MatchString(in.ContentType) {
			return invalid("inline picture has a bad id, name or type")
		}
		size += len(in.Data)
	}
	if size > maxMessage {
		return invalid("message is larger than %d bytes", maxMessage)
	}
	return nil
}

func checkAddress(address string) error {
	if address == "" || len(address) > maxAddress || !isLine(address) {
		return invalid("address is empty, too long or not one line")
	}
	parsed, err := netmail.ParseAddress(address)
	// Anything but the bare address comes back as another text.
	if err != nil || parsed.Name != "" || parsed.Address != address || strings.ContainsAny(address, " <>") {
		return invalid("address is not a bare mail address")
	}
	return nil
}

func (j Job) check() error {
	switch {
	case j.Kind == "" || len(j.Kind) > maxKind || !isLine(j.Kind):
		return invalid("job has no kind")
	case len(j.Data) > maxData || !utf8.Valid(j.Data) || !json.Valid(j.Data):
		return invalid("data of job %q is not JSON of up to %d bytes", j.Kind, maxData)
	}
	return nil
}

func (k Key) check() error {
	if err := ids.Check(k.TenantID); err != nil {
		return fmt.Errorf("%w: tenant: %w", ErrInvalid, err)
	}
	if len(k.Dedupe) > maxDedupe || !isLine(k.Dedupe) {
		return invalid("dedupe key is longer than %d bytes or not one line", maxDedupe)
	}
	return nil
}

func isLine(s string) bool { return utf8.ValidString(s) && !strings.ContainsFunc(s, notInLine) }

// notInLine also refuses the line separators that aren't control characters.
func notInLine(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// fold returns the form in which the addresses of one mailbox are equal. It is
// made here because neither database lowers all letters.
func fold(address string) string { return strings.ToLower(norm.NFC.String(address)) }
