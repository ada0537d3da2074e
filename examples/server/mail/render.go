package mail

import (
	"embed"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"
	"time"

	"github.com/petanque-life/venuekit/checkin/checkinqr"
	"github.com/petanque-life/venuekit/examples/server/brand"
	"github.com/petanque-life/venuekit/examples/server/text"
)

//go:embed templates
var templates embed.FS

var (
	pages  = htmltemplate.Must(htmltemplate.ParseFS(templates, "templates/*.html"))
	plains = texttemplate.Must(texttemplate.ParseFS(templates, "templates/*.txt"))
)

// ConfirmationData is what a booking's confirmation says.
type ConfirmationData struct {
	Brand brand.Config
	// Lang is the guest's language. Default: the first of the brand's, also
	// where the brand doesn't speak it.
	Lang string
	To   string
	Name string // of the guest; "" for none

	Venue            string
	Address          string // of the venue; "" for none
	Zone             *time.Location
	StartsAt, EndsAt time.Time
	Resources        []string // names of lanes, tables or the event
	Party            int
	Package          string // "" for none
	Price            int64  // minor units of Currency
	Currency         string // ISO 4217; "" leaves the price out
	Reference        string

	// Path is the booking's page on the brand's origin, with its first slash.
	Path string
	// Code is what the QR code says: the packed form of a check-in token. Empty
	// leaves the code out.
	Code string
}

// SignInData is what a mail with a sign-in link says.
type SignInData struct {
	Brand brand.Config
	// Lang is the reader's language. Default: as in ConfirmationData.
	Lang string
	To   string
	Name string // "" for none
	// Path is where the link leads on the brand's origin, with its first slash.
	Path string
	// The link works from Now to ExpiresAt; the mail isn't sent after that.
	Now, ExpiresAt time.Time
}

// page is what every mail has; templates call the Printer's methods on it.
type page struct {
	text.Printer
	Brand   brand.Config
	Colours brand.Palette
	Name    string
	Subject string
	URL     string
}

type row struct{ Label, Value string }

// codeSide is the most that a QR code measures, in CSS pixels: what a narrow
// phone shows.
const codeSide = 300

// codeID is the Content-ID of the QR code.
const codeID = "checkin-code"

// Confirmation writes the confirmation of a booking. An ErrInvalid says what is
// missing or can't be sent.
func Confirmation(d ConfirmationData) (Message, error) {
	if d.Zone == nil || d.StartsAt.IsZero() || !d.EndsAt.After(d.StartsAt) || d.Venue == "" || d.Reference == "" {
		return Message{}, invalid("confirmation lacks zone, times, venue or reference")
	}
	base, err := newPage(d.Brand, d.Lang, d.Name, d.Path)
	if err != nil {
		return Message{}, err
	}
	base.Subject = base.T("mail.confirmation.subject", "venue", d.Venue, "when", base.DateTime(d.StartsAt, d.StartsAt, d.Zone))
	data := struct {
		page
		Lead, Reference string
		Rows            []row
		CodeSide        int // 0 without a code
	}{
		page:      base,
		Lead:      base.T("mail.confirmation.lead", "venue", d.Venue, "when", base.LongDateTime(d.StartsAt, d.Zone)),
		Reference: d.Reference,
		Rows:      d.rows(base.Printer),
	}
	var inline []Inline
	if d.Code != "" {
		var picture []byte
		if picture, data.CodeSide, err = drawCode(d.Code); err != nil {
			return Message{}, invalid("code doesn't fit a QR code")
		}
		inline = []Inline{{ContentID: codeID, Name: "checkin.png", ContentType: "image/png", Data: picture}}
	}
	return write("confirmation", d.Brand.ID, d.To, data.page, data, inline)
}

// rows are the facts of the booking, in the order of their use.
func (d ConfirmationData) rows(p text.Printer) []row {
	when := p.T("format.datetime", "date", p.LongDate(d.StartsAt, d.Zone), "time", p.TimeRange(d.StartsAt, d.EndsAt, d.Zone))
	venue := d.Venue
	if d.Address != "" {
		venue += ", " + d.Address
	}
	rows := []row{{p.T("booking.when"), text.Cap(when)}, {p.T("booking.venue"), venue}}
	if len(d.Resources) > 0 {
		rows = append(rows, row{p.T("booking.resources"), p.List(d.Resources)})
	}
	if d.Party > 0 {
		rows = append(rows, row{p.T("booking.party"), p.T("common.people", "n", d.Party)})
	}
	if d.Package != "" {
		rows = append(rows, row{p.T("booking.package"), d.Package})
	}
	if d.Currency != "" {
		rows = append(rows, row{p.T("booking.price"), p.Money(d.Price, d.Currency)})
	}
	return rows
}

// drawCode returns the picture of a QR code and the side it is shown with, in
// CSS pixels: a whole number to a module, and two of its own to each, so that
// no screen blurs it.
func drawCode(code string) (picture []byte, side int, err error) {
	version, err := checkinqr.Version(code)
	if err != nil {
		return nil, 0, err
	}
	modules := 17 + 4*version + 2*4 // and the quiet zone
	scale := max(codeSide/modules, 1)
	picture, err = checkinqr.PNG(code, 2*scale)
	return picture, modules * scale, err
}

// SignIn writes the mail with a sign-in link. An ErrInvalid says what is missing
// or can't be sent.
func SignIn(d SignInData) (Message, error) {
	if d.Now.IsZero() || !d.ExpiresAt.After(d.Now) {
		return Message{}, invalid("sign-in link has expired")
	}
	base, err := newPage(d.Brand, d.Lang, d.Name, d.Path)
	if err != nil {
		return Message{}, err
	}
	base.Subject = base.T("mail.signin.subject", "tenant", d.Brand.Name)
	minutes := int((d.ExpiresAt.Sub(d.Now) + time.Minute - 1) / time.Minute)
	data := struct {
		page
		Lead string
	}{base, base.T("mail.signin.lead", "tenant", d.Brand.Name, "n", minutes)}
	m, err := write("signin", d.Brand.ID, d.To, base, data, nil)
	m.NotAfter, m.Urgent = d.ExpiresAt, true
	return m, err
}

func newPage(b brand.Config, lang, name, path string) (page, error) {
	// Anything else could turn the origin into another host.
	if !strings.HasPrefix(path, "/") || !isLine(path) {
		return page{}, invalid("path doesn't begin with a slash")
	}
	if !b.Speaks(lang) {
		lang = b.Language()
	}
	light, _ := brand.Palettes(b)
	return page{Printer: text.For(lang), Brand: b, Colours: light, Name: name, URL: b.URL(path)}, nil
}

// write makes the message from the two templates of a name.
func write(name, tenantID, to string, p page, data any, inline []Inline) (Message, error) {
	var plain, html strings.Builder
	if err := plains.ExecuteTemplate(&plain, name+".txt", data); err != nil {
		return Message{}, err
	}
	if err := pages.ExecuteTemplate(&html, name+".html", data); err != nil {
		return Message{}, err
	}
	m := Message{
		TenantID: tenantID, To: to, Subject: p.Subject, Inline: inline,
		Text: strings.TrimSpace(plain.String()) + "\n", HTML: strings.TrimSpace(html.String()) + "\n",
	}
	return m, m.check()
}
