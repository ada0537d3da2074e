package text

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

//go:embed sv.json en.json
var files embed.FS

// message is a text cut at its placeholders. Even parts are literal, odd parts are names.
type message struct {
	one, other []string
	plural     bool
}

// catalogues are read when the program starts. A file that can't be read is a fault of the build, which the tests find first.
var catalogues = map[string]map[string]message{"sv": mustLoad("sv.json"), "en": mustLoad("en.json")}

// Keys returns every key of the catalogue, sorted, so that those used by templates can be held against it. The keys under "ago.", "day."
// and "format." are used by this package itself.
func Keys() []string { return slices.Sorted(maps.Keys(catalogues["en"])) }

// Has reports whether there is a text of that key.
func Has(key string) bool {
	_, ok := catalogues["en"][key]
	return ok
}

func mustLoad(name string) map[string]message {
	raw, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	messages, err := parse(raw)
	if err != nil {
		panic(fmt.Sprintf("text: %s: %v", name, err))
	}
	return messages
}

func parse(raw []byte) (map[string]message, error) {
	var lines map[string]json.RawMessage
	if err := json.Unmarshal(raw, &lines); err != nil {
		return nil, err
	}
	messages := make(map[string]message, len(lines))
	for key, line := range lines {
		var forms struct{ One, Other string }
		if line[0] == '"' {
			if err := json.Unmarshal(line, &forms.Other); err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
		} else if err := json.Unmarshal(line, &forms); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		m := message{plural: line[0] == '{'}
		var err error
		if m.one, err = split(forms.One); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		if m.other, err = split(forms.Other); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		messages[key] = m
	}
	return messages, nil
}

// split cuts "a {b} c" into "a ", "b", " c".
func split(s string) ([]string, error) {
	var parts []string
	for {
		literal, rest, found := strings.Cut(s, "{")
		if strings.Contains(literal, "}") {
			return nil, errors.New("a brace closes that never opened")
		}
		parts = append(parts, literal)
		if !found {
			return parts, nil
		}
		name, rest, found := strings.Cut(rest, "}")
		if !found || name == "" || strings.ContainsAny(name, "{ ") {
			return nil, fmt.Errorf("placeholder %q is not a name in braces", name)
		}
		parts = append(parts, name)
		s = rest
	}
}
