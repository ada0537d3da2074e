package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printer writes one language. The zero value writes English; Printers are values and safe for concurrent use.
type Printer struct {
	language *language
	missing  func(lang, key, fact string)
}

// For returns the Printer of a language tag: Swedish for "sv" and "sv-SE", English for anything else.
func For(lang string) Printer {
	primary, _, _ := strings.Cut(strings.ToLower(lang), "-")
	if primary == "sv" {
		return Printer{language: &swedish}
	}
	return Printer{language: &english}
}

// WithMissing returns a Printer that calls fn for each text that isn't there, placeholder without value and argument that makes no sense:
// a log in a server, a failure in a test. fact says which, in English. The text is written all the same, as well as it can be.
func (p Printer) WithMissing(fn func(lang, key, fact string)) Printer {
	p.missing = fn
	return p
}

// Lang returns "sv" or "en", for the lang attribute.
func (p Printer) Lang() string { return p.speech().tag }

func (p Printer) speech() *language {
	if p.language == nil {
		return &english
	}
	return p.language
}

// T returns the text of a key. Arguments are pairs of a placeholder's name and its value; whole numbers are written as Number does,
// everything else as fmt does. A whole number called n chooses the plural form. A key that isn't there is returned as it is.
func (p Printer) T(key string, args ...any) string {
	m, ok := catalogues[p.Lang()][key]
	if !ok {
		p.report(key, "unknown key")
		return key
	}
	values, count, counted := p.values(key, args)
	parts := m.other
	if m.plural {
		if !counted {
			p.report(key, "plural without a whole number n")
		} else if count == 1 {
			parts = m.one
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	var b strings.Builder
	for i, part := range parts {
		if i%2 == 0 {
			b.WriteString(part)
		} else if value, ok := values[part]; ok {
			b.WriteString(value)
		} else {
			p.report(key, "placeholder "+part+" has no value")
			b.WriteString("{" + part + "}")
		}
	}
	return b.String()
}

// values pairs the arguments up, and picks out n.
func (p Printer) values(key string, args []any) (values map[string]string, count int64, counted bool) {
	values = make(map[string]string, len(args)/2)
	if len(args)%2 != 0 {
		p.report(key, "arguments are not pairs")
	}
	for i := 0; i+1 < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok {
			p.report(key, fmt.Sprintf("argument %v is not a name", args[i]))
			continue
		}
		number, whole := wholeNumber(args[i+1])
		if !whole {
			values[name] = fmt.Sprint(args[i+1])
			continue
		}
		values[name] = p.Number(number)
		if name == "n" {
			count, counted = number, true
		}
	}
	return values, count, counted
}

func wholeNumber(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	default:
		return 0, false
	}
}

func (p Printer) report(key, fact string) {
	if p.missing != nil {
		p.missing(p.Lang(), key, fact)
	}
}

// List joins words: "a", "a och b", "a, b och c". An empty list is empty.
func (p Printer) List(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	last := len(words) - 1
	return p.T("format.list.last", "a", strings.Join(words[:last], ", "), "b", words[last])
}

// Cap returns the text with its first letter in upper case: for a day or a list that begins a sentence.
func Cap(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 || first == utf8.RuneError {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
