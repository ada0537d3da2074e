package text_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/text"
)

// entry is one line of a catalogue; plain texts have only Other.
type entry struct {
	One, Other string
	Plural     bool
}

func (e entry) forms() []string {
	if e.Plural {
		return []string{e.One, e.Other}
	}
	return []string{e.Other}
}

func catalogue(t *testing.T, lang string) map[string]entry {
	t.Helper()
	raw, err := os.ReadFile(lang + ".json")
	require.NoError(t, err)
	var lines map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(raw, &lines))
	entries := map[string]entry{}
	for key, line := range lines {
		var e entry
		if line[0] == '{' {
			var forms map[string]string
			require.NoError(t, json.Unmarshal(line, &forms), key)
			require.Len(t, forms, 2, key)
			e = entry{One: forms["one"], Other: forms["other"], Plural: true}
		} else {
			require.NoError(t, json.Unmarshal(line, &e.Other), key)
		}
		entries[key] = e
	}
	return entries
}

var placeholder = regexp.MustCompile(`\{([a-z]+)\}`)

func placeholders(s string) []string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	sv, en := catalogue(t, "sv"), catalogue(t, "en")
	for key := range sv {
		require.Contains(t, en, key, "a key of sv.json")
	}
	for key := range en {
		require.Contains(t, sv, key, "a key of en.json")
		require.Equal(t, en[key].Plural, sv[key].Plural, key)
		require.Equal(t, placeholders(en[key].Other), placeholders(sv[key].Other), key)
	}
}

func TestEveryTextIsCleanAndPlain(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"sv", "en"} {
		for key, e := range catalogue(t, lang) {
			for _, s := range e.forms() {
				require.NotEmpty(t, s, "%s %s", lang, key)
				require.Equal(t, strings.TrimSpace(s), s, "%s %s", lang, key)
				require.NotContains(t, s, "  ", "%s %s", lang, key)
				require.NotRegexp(t, `[<>\n\t]|&[a-z#]`, s, "%s %s", lang, key)
				require.NotRegexp(t, `[{}]`, placeholder.ReplaceAllString(s, ""), "%s %s", lang, key)
			}
			if e.Plural {
				require.Contains(t, e.Other, "{n}", "%s %s: a plural counts something", lang, key)
				without := func(s string) []string {
					return slices.DeleteFunc(placeholders(s), func(name string) bool { return name == "n" })
				}
				require.ElementsMatch(t, without(e.Other), without(e.One), "%s %s", lang, key)
			}
		}
	}
}

func TestTheFilesHaveOneSortedLineForEachKey(t *testing.T) {
	t.Parallel()
	line := regexp.MustCompile(`^  "([a-z0-9_]+(?:\.[a-z0-9_]+)+)": (?:".*"|\{"one": ".*", "other": ".*"\})(,?)$`)
	for _, lang := range []string{"sv", "en"} {
		raw, err := os.ReadFile(lang + ".json")
		require.NoError(t, err)
		lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
		require.Equal(t, []string{"{", "}"}, []string{lines[0], lines[len(lines)-1]}, lang)
		lines = lines[1 : len(lines)-1]
		previous := ""
		for i, l := range lines {
			m := line.FindStringSubmatch(l)
			require.NotNil(t, m, "%s.json:%d: %s", lang, i+2, l)
			require.Less(t, previous, m[1], "%s.json:%d is not sorted, or twice there", lang, i+2)
			require.Equal(t, i < len(lines)-1, m[2] == ",", "%s.json:%d", lang, i+2)
			previous = m[1]
		}
	}
}

func TestKeysAreThoseOfTheFiles(t *testing.T) {
	t.Parallel()
	keys := text.Keys()
	require.True(t, slices.IsSorted(keys))
	require.Len(t, keys, len(catalogue(t, "en")))
	for _, key := range keys {
		require.True(t, text.Has(key))
	}
	require.False(t, text.Has("bookings.nothing"))
}

// Codes and states that other packages make keys of.
func TestEveryCodeThatIsShownHasItsTexts(t *testing.T) {
	t.Parallel()
	families := map[string][]string{
		"verdict.*.title": {
			"ok", "already_checked_in", "too_early", "too_late", "wrong_venue", "other_venue_unverified", "wrong_tenant", "cancelled",
			"superseded", "revoked", "unknown_key", "bad_token", "stale_device", "provisional",
		},
		"status.*":               {"pending", "confirmed", "checked_in", "completed", "cancelled", "no_show"},
		"role.*":                 {"customer", "owner", "manager", "host", "support"},
		"resource.*.count":       {"lane", "table", "event"},
		"nav.book.*":             {"lane", "table", "event"},
		"wizard.*.title":         {"lane", "table", "event"},
		"bookings.*.title":       {"upcoming", "history", "cancelled"},
		"bookings.*.empty.title": {"upcoming", "history", "cancelled"},
		"bookings.*.empty.lead":  {"upcoming", "history", "cancelled"},
		"bookings.*.empty.next":  {"upcoming", "history", "cancelled"},
		"booking.action.*":       {"repeat", "rebook", "cancel", "party_size"},
		"error.*.title":          {"400", "403", "404", "405", "409", "413", "421", "429", "500", "503", "csrf"},
		"language.*":             {"sv", "en"},
	}
	families["verdict.*.line"] = families["verdict.*.title"]
	families["error.*.lead"] = families["error.*.title"]
	for pattern, names := range families {
		for _, name := range names {
			key := strings.Replace(pattern, "*", name, 1)
			require.True(t, text.Has(key), key)
		}
	}
}
