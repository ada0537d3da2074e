package mail_test

import (
	"bytes"
	"image/png"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/petanque-life/venuekit/examples/server/brand"
	"github.com/petanque-life/venuekit/examples/server/mail"
)

func klotet() brand.Config {
	return brand.Config{
		ID: "klotet", Name: "Klotet", Hosts: []string{"klotet.localhost"}, Origin: "http://klotet.localhost:8080",
		Languages: []string{"sv", "en"}, Currency: "SEK", Colours: brand.Colours{Accent: "#d9482b"},
		MailSender: "Klotet <hej@klotet.example>",
		Contact:    brand.Contact{Email: "hej@klotet.example", Phone: "+46 8 123 456 78"},
		Links:      brand.Links{Privacy: "https://klotet.example/privacy"},
	}
}

func confirmation(change func(*mail.ConfirmationData)) mail.ConfirmationData {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic(err)
	}
	starts := time.Date(2026, 11, 27, 17, 0, 0, 0, time.UTC)
	d := mail.ConfirmationData{
		Brand: klotet(), Lang: "sv", To: "anna@example.com", Name: "Anna", Venue: "Boule Hornstull", Address: "Hornsgatan 1",
		Zone: zone, StartsAt: starts, EndsAt: starts.Add(2 * time.Hour), Resources: []string{"Bana 1", "Bana 2"}, Party: 8,
		Package: "Boule & Bubbel", Price: 345000, Currency: "SEK", Reference: "7K3QXM", Path: "/account/bookings/b1",
		Code: strings.Repeat("7K3QXM", 25),
	}
	if change != nil {
		change(&d)
	}
	return d
}

// read parses the mail's page and holds it to what every one must be.
func read(t *testing.T, m mail.Message) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(m.HTML))
	require.NoError(t, err)
	for n := range doc.Descendants() {
		require.NotContains(t, []string{"table", "script", "style", "link"}, n.Data, "mail programs drop them, or readers stumble")
		for _, a := range n.Attr {
			require.NotContains(t, a.Val, "ZgotmplZ", "%s of %s was refused", a.Key, n.Data)
		}
	}
	require.Equal(t, m.Subject, said(first(t, doc, "h1")))
	require.Equal(t, m.Subject, said(first(t, doc, "title")))
	require.NotRegexp(t, `\b(mail|booking|common|footer|format)\.[a-z]`, m.HTML+m.Text+m.Subject, "a key without its text")
	require.NotContains(t, m.HTML+m.Text+m.Subject, "{", "a placeholder without its value")
	return doc
}

func all(doc *html.Node, tag string) (found []*html.Node) {
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == tag {
			found = append(found, n)
		}
	}
	return found
}

func first(t *testing.T, doc *html.Node, tag string) *html.Node {
	t.Helper()
	found := all(doc, tag)
	require.NotEmpty(t, found, tag)
	return found[0]
}

func said(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.FieldsFunc(b.String(), func(r rune) bool { return r == ' ' || r == '\n' }), " ")
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

const confirmationInSwedish = `Hej Anna!

Din bokning hos Boule Hornstull är klar. Vi ses fredag 27 november 2026 kl. 18:00!

Tid: Fredag 27 november 2026 kl. 18:00–20:00
Anläggning: Boule Hornstull, Hornsgatan 1
Plats: Bana 1 och Bana 2
Sällskap: 8 personer
Paket: Boule & Bubbel
Pris: 3~450~kr
Bokningsnummer: 7K3QXM

Behöver du ändra något? Bokningen visar hur länge det går och hur du når oss.
http://klotet.localhost:8080/account/bookings/b1

Varma hälsningar, Klotet
hej@klotet.example
+46 8 123 456 78

Du får det här mejlet för att du har bokat hos Klotet.
`

const confirmationInEnglish = `Hello Anna,

Your booking at Boule Hornstull is confirmed. See you Friday 27 November 2026 at 18:00!

Time: Friday 27 November 2026 at 18:00–20:00
Venue: Boule Hornstull, Hornsgatan 1
Place: Bana 1 and Bana 2
Party: 8 people
Package: Boule & Bubbel
Price: SEK~3,450
Reference: 7K3QXM

Need to change something? The booking shows until when it can be done, and how to reach us.
http://klotet.localhost:8080/account/bookings/b1

Warm regards, Klotet
hej@klotet.example
+46 8 123 456 78

You're getting this because you booked with Klotet.
`

func TestConfirmationSaysTheBookingInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ lang, subject, text, button string }{
		{"sv", "Bokat: Boule Hornstull, fre 27 nov kl. 18:00", confirmationInSwedish, "Se bokningen"},
		{"en", "Booked: Boule Hornstull, Fri 27 Nov at 18:00", confirmationInEnglish, "See the booking"},
	} {
		t.Run(c.lang, func(t *testing.T) {
			t.Parallel()
			m, err := mail.Confirmation(confirmation(func(d *mail.ConfirmationData) { d.Lang = c.lang }))
			require.NoError(t, err)
			require.Equal(t, "klotet", m.TenantID)
			require.Equal(t, "anna@example.com", m.To)
			require.Equal(t, c.subject, m.Subject)
			require.Equal(t, strings.ReplaceAll(c.text, "~", "\u00a0"), m.Text)
			doc := read(t, m)
			require.Equal(t, c.lang, attr(first(t, doc, "html"), "lang"))
			require.Equal(t, c.lang, attr(first(t, doc, "div"), "lang"), "where the outside is cut off")

			links := map[string]string{}
			for _, a := range all(doc, "a") {
				links[said(a)] = attr(a, "href")
			}
			require.Equal(t, "http://klotet.localhost:8080/account/bookings/b1", links[c.button])
			require.Equal(t, "mailto:hej@klotet.example", attr(all(doc, "a")[2], "href"))
			page := said(doc)
			for line := range strings.Lines(m.Text) {
				if _, value, fact := strings.Cut(strings.TrimSpace(line), ": "); fact && !strings.Contains(value, "://") {
					require.Contains(t, page, value, "the page says what the text says")
				}
			}
		})
	}
}

func TestConfirmationShowsReferenceLargeAndCodeDarkOnWhite(t *testing.T) {
	t.Parallel()
	m, err := mail.Confirmation(confirmation(nil))
	require.NoError(t, err)
	doc := read(t, m)
	var large bool
	for _, dd := range all(doc, "dd") {
		large = large || said(dd) == "7K3QXM" && strings.Contains(attr(dd, "style"), "32px")
	}
	require.True(t, large)

	img := first(t, doc, "img")
	require.Len(t, m.Inline, 1)
	require.Equal(t, "cid:"+m.Inline[0].ContentID, attr(img, "src"))
	require.Contains(t, attr(img, "alt"), "7K3QXM", "who sees no picture knows what to say")
	picture, err := png.Decode(bytes.NewReader(m.Inline[0].Data))
	require.NoError(t, err)
	side, err := strconv.Atoi(attr(img, "width"))
	require.NoError(t, err)
	require.LessOrEqual(t, side, 300, "a narrow phone shows it whole")
	require.GreaterOrEqual(t, side, 200)
	require.Equal(t, 2*side, picture.Bounds().Dx())
	r, g, b, a := picture.At(0, 0).RGBA()
	require.Equal(t, []uint32{0xffff, 0xffff, 0xffff, 0xffff}, []uint32{r, g, b, a}, "the margin is white and not transparent")
}

func TestConfirmationWearsTheBrandsColours(t *testing.T) {
	t.Parallel()
	for _, accent := range []string{"#d9482b", "#ffee00", "#101020"} {
		d := confirmation(func(d *mail.ConfirmationData) { d.Brand.Colours.Accent = accent })
		m, err := mail.Confirmation(d)
		require.NoError(t, err)
		light, _ := brand.Palettes(d.Brand)
		style := attr(all(read(t, m), "a")[0], "style")
		require.Contains(t, style, "background-color:"+light.Accent.Fill.String())
		require.Contains(t, style, ";color:"+light.Accent.Ink.String())
	}
}

func TestConfirmationLeavesOutWhatThereIsNot(t *testing.T) {
	t.Parallel()
	m, err := mail.Confirmation(confirmation(func(d *mail.ConfirmationData) {
		d.Name, d.Address, d.Resources, d.Party, d.Package, d.Currency, d.Code = "", "", nil, 0, "", "", ""
		d.Brand.Contact, d.Brand.Links = brand.Contact{}, brand.Links{}
	}))
	require.NoError(t, err)
	doc := read(t, m)
	require.Empty(t, all(doc, "img"))
	require.Empty(t, m.Inline)
	require.Len(t, all(doc, "dt"), 3)
	require.Contains(t, m.Text, "Hej!\n")
	require.NotContains(t, m.Text, "\n\n\n")
	for _, label := range []string{"Plats", "Sällskap", "Paket", "Pris"} {
		require.NotContains(t, m.Text, label)
	}
}

func TestMailSpeaksTheBrandsLanguageWhenItDoesNotSpeakTheReaders(t *testing.T) {
	t.Parallel()
	m, err := mail.Confirmation(confirmation(func(d *mail.ConfirmationData) { d.Lang, d.Brand.Languages = "sv", []string{"en"} }))
	require.NoError(t, err)
	require.Contains(t, m.HTML, `<html lang="en">`)
}

func TestNamesAreTextAndNeverMarkup(t *testing.T) {
	t.Parallel()
	m, err := mail.Confirmation(confirmation(func(d *mail.ConfirmationData) {
		d.Name, d.Venue, d.Package = `<img src=x onerror=alert(1)>`, `"><script>`, `</dd><a href="//evil.example">`
	}))
	require.NoError(t, err)
	doc, err := html.Parse(strings.NewReader(m.HTML))
	require.NoError(t, err)
	require.Len(t, all(doc, "img"), 1)
	require.Empty(t, all(doc, "script"))
	for _, a := range all(doc, "a") {
		require.NotContains(t, attr(a, "href"), "evil")
	}
}

func TestConfirmationThatCannotBeWrittenIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*mail.ConfirmationData){
		"no zone":                            func(d *mail.ConfirmationData) { d.Zone = nil },
		"no start":                           func(d *mail.ConfirmationData) { d.StartsAt = time.Time{} },
		"no reference":                       func(d *mail.ConfirmationData) { d.Reference = "" },
		"a path that changes the host":       func(d *mail.ConfirmationData) { d.Path = "@evil.example/" },
		"no address":                         func(d *mail.ConfirmationData) { d.To = "" },
		"a second address":                   func(d *mail.ConfirmationData) { d.To = "a@example.com, b@example.com" },
		"a header in the venue":              func(d *mail.ConfirmationData) { d.Venue = "Boule\r\nBcc: b@example.com" },
		"a code that no picture of it holds": func(d *mail.ConfirmationData) { d.Code = strings.Repeat("x", 5000) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := mail.Confirmation(confirmation(change))
			require.ErrorIs(t, err, mail.ErrInvalid)
		})
	}
}

func signIn() mail.SignInData {
	return mail.SignInData{
		Brand: klotet(), Lang: "sv", To: "anna@example.com", Path: "/login/link?token=klotet.abc", Now: clockStart,
		ExpiresAt: clockStart.Add(14*time.Minute + time.Second),
	}
}

func TestSignInMailHoldsTheLinkAndItsTimeInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ lang, subject, text, button string }{
		{"sv", "Logga in hos Klotet", `Hej!

Här är din länk till Klotet. Den gäller i 15 minuter och bara en gång.

http://klotet.localhost:8080/login/link?token=klotet.abc

Var det inte du? Då kan du strunta i mejlet. Ingen kommer in utan länken.

Varma hälsningar, Klotet
hej@klotet.example
+46 8 123 456 78
`, "Logga in"},
		{"en", "Sign in to Klotet", `Hello!

Here is your link to Klotet. It works once, for 15 minutes.

http://klotet.localhost:8080/login/link?token=klotet.abc

Wasn't you? Just ignore this mail. Nobody gets in without the link.

Warm regards, Klotet
hej@klotet.example
+46 8 123 456 78
`, "Sign in"},
	} {
		t.Run(c.lang, func(t *testing.T) {
			t.Parallel()
			d := signIn()
			d.Lang = c.lang
			m, err := mail.SignIn(d)
			require.NoError(t, err)
			require.Equal(t, c.subject, m.Subject)
			require.Equal(t, c.text, m.Text)
			require.Equal(t, d.ExpiresAt, m.NotAfter)
			doc := read(t, m)
			require.Equal(t, c.lang, attr(first(t, doc, "html"), "lang"))
			button := first(t, doc, "a")
			require.Equal(t, c.button, said(button))
			require.Equal(t, "http://klotet.localhost:8080/login/link?token=klotet.abc", attr(button, "href"))
		})
	}
}

func TestSignInMailWithAnExpiredLinkIsRefused(t *testing.T) {
	t.Parallel()
	d := signIn()
	d.ExpiresAt = d.Now
	_, err := mail.SignIn(d)
	require.ErrorIs(t, err, mail.ErrInvalid)
}
