package brand

import (
	"errors"
	"net/mail"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"
)

// Codes of faults. They are stable: tools may compare them.
const (
	CodeRequired    = "required"
	CodeTooLong     = "too_long"          // too many characters, or too many entries
	CodeDuplicate   = "duplicate"         // given twice, in one tenant or in two
	CodeNotOffered  = "not_offered"       // not one of the fixed list
	CodeTenantID    = "not_a_tenant_id"   // see Config.ID
	CodeText        = "not_plain_text"    // control characters, line breaks, or blanks at an end
	CodeHost        = "not_a_host_name"   // see Config.Hosts
	CodeOrigin      = "not_an_origin"     // see Config.Origin
	CodeOriginHost  = "origin_not_a_host" // the origin's host is none of Hosts
	CodeColour      = "not_a_colour"      // not #rrggbb
	CodeWebLink     = "not_a_web_address" // not an absolute http(s) address
	CodeEmail       = "not_an_email"      // also of MailSender
	CodePhone       = "not_a_phone"       // see Contact.Phone
	CodeCurrency    = "not_a_currency"    // not an ISO 4217 code
	CodeLogoMissing = "logo_missing"      // no such file
	CodeLogoFormat  = "logo_format"       // ErrLogoFormat
	CodeLogoBytes   = "logo_bytes"        // ErrLogoBytes
	CodeLogoSide    = "logo_side"         // ErrLogoSide
)

// Fault is one thing wrong with one field.
type Fault struct {
	Field  string // JSON pointer, such as /colours/accent, or /2/hosts/0 where there are several tenants
	Code   string // one of the Code constants
	Detail string // for people, in English
}

// Faults is the error that lists everything wrong.
type Faults []Fault

// Error puts all of it on one line.
func (f Faults) Error() string {
	parts := make([]string, len(f))
	for i, x := range f {
		parts[i] = x.Field + ": " + x.Detail + " (" + x.Code + ")"
	}
	return "brand: " + strings.Join(parts, "; ")
}

// Validate reports everything wrong at once, as Faults, or nil.
func (c Config) Validate() error {
	if f := c.faults(""); len(f) > 0 {
		return f
	}
	return nil
}

func (c Config) faults(prefix string) Faults {
	err := checks().Struct(c)
	if err == nil {
		return nil
	}
	var found validator.ValidationErrors
	errors.As(err, &found) // Struct returns nothing else for a struct
	var faults Faults
	for _, e := range found {
		r := reasonOf(e)
		faults = append(faults, Fault{Field: prefix + pointer(e.Namespace()), Code: r.code, Detail: r.detail})
	}
	return faults
}

// pointer makes /hosts/1 of Config.hosts[1].
func pointer(namespace string) string {
	_, path, _ := strings.Cut(namespace, ".")
	return "/" + strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(path)
}

type reason struct{ code, detail string }

// reasons has one entry for each check named in a tag of Config.
var reasons = map[string]reason{
	"required":       {CodeRequired, "is required"},
	"min":            {CodeRequired, "needs at least one entry"},
	"max":            {CodeTooLong, "is too long"},
	"unique":         {CodeDuplicate, "names something twice"},
	"oneof":          {CodeNotOffered, "is not one of the list"},
	"iso4217":        {CodeCurrency, "is not an ISO 4217 code"},
	"email":          {CodeEmail, "is not an email address"},
	"mailbox":        {CodeEmail, "is not a sender such as Name <name@example.com>"},
	"tenantid":       {CodeTenantID, "takes 1 to 63 lower-case letters, digits and inner hyphens"},
	"line":           {CodeText, "takes one line of text without blanks at its ends"},
	"hostname_plain": {CodeHost, "is not a lower-case host name without port"},
	"origin":         {CodeOrigin, "is not http(s)://host or http(s)://host:port"},
	"origin_host":    {CodeOriginHost, "has a host that is not in hosts"},
	"rgb24":          {CodeColour, "is not a colour such as #1f5fbf"},
	"weblink":        {CodeWebLink, "is not an http(s) address"},
	"phone":          {CodePhone, "is not a phone number such as +46 8 123 456 78"},
}

func reasonOf(e validator.FieldError) reason {
	r := reasons[e.Tag()]
	if e.Tag() == "oneof" || e.Tag() == "max" {
		r.detail += ": " + e.Param()
	}
	return r
}

// checks is built once: the validator caches what it learns about types.
var checks = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	for tag, ok := range map[string]func(string) bool{
		"tenantid":       tenantID.MatchString,
		"line":           isLine,
		"hostname_plain": isHostName,
		"origin":         isOrigin,
		"rgb24":          func(s string) bool { _, err := ParseColour(s); return err == nil },
		"weblink":        isWebLink,
		"mailbox":        isMailbox,
		"phone":          isPhone,
	} {
		if err := v.RegisterValidation(tag, func(f validator.FieldLevel) bool { return ok(f.Field().String()) }); err != nil {
			panic(err) // an empty tag or function, which the list above rules out
		}
	}
	v.RegisterStructValidation(func(l validator.StructLevel) {
		c := l.Current().Interface().(Config) //nolint:errcheck // it is registered for no other
		if u, err := url.Parse(c.Origin); err == nil && len(c.Hosts) > 0 && isOrigin(c.Origin) && !slices.Contains(c.Hosts, u.Hostname()) {
			l.ReportError(c.Origin, "origin", "Origin", "origin_host", "")
		}
	}, Config{})
	return v
})

var (
	tenantID  = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	phoneForm = regexp.MustCompile(`^\+[0-9]([ ()-]{0,2}[0-9]){4,14}$`)
)

func isLine(s string) bool {
	return utf8.ValidString(s) && s == strings.TrimSpace(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// isHostName takes labels as DNS has them. A last label of digits would be an address to a browser.
func isHostName(s string) bool {
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if !tenantID.MatchString(label) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(s) <= 253 && strings.Trim(last, "0123456789") != "" && !strings.HasPrefix(last, "0x")
}

func isOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !isHostName(u.Hostname()) {
		return false
	}
	if strings.HasSuffix(u.Host, ":") || u.Port() != "" && !isPort(u.Port()) {
		return false
	}
	return s == u.Scheme+"://"+u.Host // nothing before, behind or between
}

func isWebLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && isLine(s) && !strings.Contains(s, " ")
}

func isMailbox(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && isLine(s) && isLine(a.Name) && isLine(a.Address)
}

func isPhone(s string) bool { return phoneForm.MatchString(s) }

// isPort takes 1..65535 in plain digits.
func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
