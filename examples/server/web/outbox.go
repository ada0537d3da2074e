package web

import (
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/examples/server/mail"
	"github.com/petanque-life/venuekit/internal/httpx"
)

// outboxLength is how many mails the outbox shows.
const outboxLength = 100

// outbox lists the mails that the demo didn't send.
func (s *Site) outbox(w http.ResponseWriter, r *http.Request) error {
	mails, err := s.cfg.Mail.Outbox(r.Context(), edge.Tenant(r).ID, outboxLength)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "outbox", mails)
}

func (s *Site) sent(r *http.Request) (mail.Sent, error) {
	m, err := s.cfg.Mail.Sent(r.Context(), edge.Tenant(r).ID, r.PathValue("id"))
	if errors.Is(err, mail.ErrNotFound) {
		err = httpx.NotFound
	}
	return m, err
}

// piece is a part of a mail's text; with a URL it is a link.
type piece struct{ Text, URL string }

type outboxData struct {
	mail.Sent
	Pieces []piece
}

// outboxMail shows a mail: as a page, and as text with its links made ones.
func (s *Site) outboxMail(w http.ResponseWriter, r *http.Request) error {
	m, err := s.sent(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "outbox-mail", outboxData{m, pieces(m.Text)})
}

// webAddress finds the links of a text, without the mark that ends a sentence.
var webAddress = regexp.MustCompile(`https?://[^\s<>"]*[^\s<>".,;:!?)]`)

func pieces(text string) []piece {
	var out []piece
	from := 0
	for _, at := range webAddress.FindAllStringIndex(text, -1) {
		out = append(out, piece{Text: text[from:at[0]]}, piece{Text: text[at[0]:at[1]], URL: text[at[0]:at[1]]})
		from = at[1]
	}
	return append(out, piece{Text: text[from:]})
}

// mailPolicy is for a mail's page, which brings styles of its own and nothing
// that runs. Its links open in the whole window.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; " +
	"sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"

// outboxBody is a mail's page by itself, with its pictures in it.
func (s *Site) outboxBody(w http.ResponseWriter, r *http.Request) error {
	m, err := s.sent(r)
	if err != nil {
		return err
	}
	if m.HTML == "" {
		return httpx.NotFound
	}
	body := m.HTML
	for _, in := range m.Inline {
		body = strings.ReplaceAll(body, "cid:"+in.ContentID, "data:"+in.ContentType+";base64,"+base64.StdEncoding.EncodeToString(in.Data))
	}
	// A browser takes a base element wherever it stands.
	body += `<base target="_top">`
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Security-Policy", mailPolicy)
	return send(w, r, http.StatusOK, []byte(body))
}
