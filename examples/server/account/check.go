package account

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/petanque-life/venuekit/internal/ids"
)

// The longest texts that are kept, in bytes.
const (
	maxEmail    = 254 // RFC 5321, less the angle brackets
	maxLocal    = 64
	maxName     = 200
	maxPhone    = 40
	maxLanguage = 35 // RFC 5646
	maxVenues   = 1000
)

// Address returns an email address as it is kept and written to: white space
// around it gone, composed, its domain in lower case. Anything that isn't one
// bare address is an ErrInvalid.
func Address(text string) (string, error) {
	a, err := parseAddress(text)
	return a.email, err
}

// address is an email address, and the form in which those of one mailbox are
// equal. It is made here because neither database lowers all letters.
type address struct{ email, norm string }

func parseAddress(text string) (address, error) {
	// An overlong text isn't worth composing.
	if len(text) > 4*maxEmail {
		return address{}, invalid("email", "too_long")
	}
	text = norm.NFC.String(strings.TrimSpace(text))
	at := strings.LastIndexByte(text, '@')
	switch {
	case text == "":
		return address{}, invalid("email", "required")
	case len(text) > maxEmail:
		return address{}, invalid("email", "too_long")
	case at < 1 || at > maxLocal || !utf8.ValidString(text) || strings.ContainsFunc(text, notInAddress):
		return address{}, invalid("email", "malformed")
	}
	local, domain := text[:at], text[at+1:]
	if strings.Contains(local, "@") || !validDots(local) || !validDots(domain) {
		return address{}, invalid("email", "malformed")
	}
	return address{local + "@" + strings.ToLower(domain), strings.ToLower(text)}, nil
}

func validDots(s string) bool { return !slices.Contains(strings.Split(s, "."), "") }

// notInAddress refuses white space, control and format characters, and the
// marks of quoting and of lists, so that an address is safe in a mail's header.
// It also refuses letters whose lower case is ASCII (U+0130 is one): the
// mailbox of one person would be equal to another's.
func notInAddress(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune("\"(),:;<>[\\]`", r) ||
		r >= utf8.RuneSelf && unicode.ToLower(r) < utf8.RuneSelf
}

// checkTenant accepts 1 to 63 characters a-z, 0-9, - and _: a tenant's id
// stands in front of its credentials, in links and cookies.
func checkTenant(id string) error {
	if id == "" || len(id) > 63 || strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}) {
		return invalid("tenant", "malformed")
	}
	return nil
}

func checkKind(k Kind) error {
	if k != KindCustomer && k != KindOperator {
		return invalid("kind", "malformed")
	}
	return nil
}

// line returns one line of text as it is kept: trimmed and composed.
func line(field, text string, limit int) (string, error) {
	switch {
	case len(text) > 4*limit:
		return "", invalid(field, "too_long")
	case !utf8.ValidString(text):
		return "", invalid(field, "malformed")
	}
	text = norm.NFC.String(strings.TrimSpace(text))
	switch {
	case len(text) > limit:
		return "", invalid(field, "too_long")
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", invalid(field, "malformed")
	}
	return text, nil
}

// personName is line for a name that anybody may give to anybody's address. It
// refuses what makes a link, an address or a tag, and what turns the text around.
func personName(text string) (string, error) {
	name, err := line("name", text, maxName)
	if err == nil && strings.ContainsFunc(name, notInName) {
		err = invalid("name", "malformed")
	}
	return name, err
}

func notInName(r rune) bool {
	return strings.ContainsRune("/:@<>", r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// language accepts nothing, or what has the characters of a language tag.
func language(tag string) (string, error) {
	switch {
	case len(tag) > maxLanguage:
		return "", invalid("language", "too_long")
	case strings.ContainsFunc(tag, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	}):
		return "", invalid("language", "malformed")
	}
	return tag, nil
}

// searchable returns the text as names are searched by: in lower case, with
// single spaces.
func searchable(text string) string { return strings.Join(strings.Fields(strings.ToLower(text)), " ") }

// surname is the last word of a searchable name.
func surname(name string) string { return name[strings.LastIndexByte(name, ' ')+1:] }

// roleAndVenues checks a role and returns its venues in order, each once. An
// owner's are none: it may act for all, which the caller resolves.
func roleAndVenues(role Role, venues []string) ([]string, error) {
	switch {
	case !role.valid():
		return nil, invalid("role", "malformed")
	case role == RoleOwner:
		return nil, nil
	case len(venues) > maxVenues:
		return nil, invalid("venues", "too_long")
	}
	for _, id := range venues {
		if !ids.Valid(id) {
			return nil, invalid("venues", "malformed")
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(venues))), nil
}
