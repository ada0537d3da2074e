package httpx

import (
	"context"
	"net/http"
	"strconv"
	"strings"
)

// The languages of the texts, as language tags.
const (
	English = "en"
	Swedish = "sv"
)

type languageKey struct{}

// WithLanguage returns a context in which [Language] answers lang, whatever
// the browser prefers: the host's choice, from a setting, a cookie or the
// tenant. A region is ignored; a language that is not spoken counts as English.
func WithLanguage(ctx context.Context, lang string) context.Context {
	spoken := primary(lang)
	if spoken == "" {
		spoken = English
	}
	return context.WithValue(ctx, languageKey{}, spoken)
}

// Language returns [English] or [Swedish] for a request: the host's choice by
// [WithLanguage], else the better of the two in Accept-Language, else English.
func Language(r *http.Request) string {
	if lang, ok := r.Context().Value(languageKey{}).(string); ok {
		return lang
	}
	best, weight := English, 0.0
	for _, line := range r.Header.Values("Accept-Language") {
		for part := range strings.SplitSeq(line, ",") {
			if lang, q := preference(part); lang != "" && q > weight {
				best, weight = lang, q
			}
		}
	}
	return best
}

// ContextLanguage returns the host's choice by [WithLanguage], else English.
func ContextLanguage(ctx context.Context) string {
	if lang, ok := ctx.Value(languageKey{}).(string); ok {
		return lang
	}
	return English
}

// preference reads one element of Accept-Language, such as "sv-SE;q=0.8". The
// language is "" when it is not spoken or the weight can't be read.
func preference(part string) (lang string, q float64) {
	tag, params, _ := strings.Cut(part, ";")
	tag = strings.TrimSpace(tag)
	lang, q = primary(tag), 1
	if tag == "*" {
		lang = English
	}
	if value, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
		var err error
		if q, err = strconv.ParseFloat(value, 64); err != nil || q > 1 {
			return "", 0
		}
	}
	return lang, q
}

// primary returns the spoken language of a tag, or "".
func primary(tag string) string {
	lang, _, _ := strings.Cut(tag, "-")
	switch strings.ToLower(strings.TrimSpace(lang)) {
	case English:
		return English
	case Swedish:
		return Swedish
	}
	return ""
}
