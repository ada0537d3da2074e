package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/text"
)

var (
	// A text in a template: t "a.b", .T "a.b"
	named = regexp.MustCompile(`\b[tT] "([^"]+)"`)
	// A text whose key is put together: t (print "a." .B ".c")
	printed = regexp.MustCompile(`\b[tT] \(print "([^"]*)"[^")]*(?:"([^"]*)")?\)`)
	// A key, or the beginning of one and perhaps its end, in Go.
	quoted = regexp.MustCompile(`"([a-z]+\.[a-z0-9_.]*)"(?: \+ [^"\n]+ \+ "(\.[a-z0-9_.]+)")?`)
)

// uses are the texts that files name: whole keys, and patterns of keys that are
// put together.
type uses struct {
	keys     []string
	patterns [][2]string // prefix and suffix
}

// covers reports whether something names the key: what is put in is one word.
func (u uses) covers(key string) bool {
	return slices.Contains(u.keys, key) || slices.ContainsFunc(u.patterns, func(p [2]string) bool {
		rest, begins := strings.CutPrefix(key, p[0])
		word, ends := strings.CutSuffix(rest, p[1])
		return begins && ends && word != "" && !strings.Contains(word, ".")
	})
}

// usesOf reads the templates and the Go files below a folder, tests apart.
func usesOf(t *testing.T, folder string) uses {
	t.Helper()
	groups := map[string]bool{}
	for _, key := range text.Keys() {
		group, _, _ := strings.Cut(key, ".")
		groups[group] = true
	}
	var u uses
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch filepath.Ext(path) {
		case ".html", ".txt":
			for _, m := range named.FindAllStringSubmatch(string(content), -1) {
				u.keys = append(u.keys, m[1])
			}
			for _, m := range printed.FindAllStringSubmatch(string(content), -1) {
				u.patterns = append(u.patterns, [2]string{m[1], m[2]})
			}
		case ".go":
			for _, m := range quoted.FindAllStringSubmatch(string(content), -1) {
				switch group, _, _ := strings.Cut(m[1], "."); {
				case !groups[group]:
				case strings.HasSuffix(m[1], "."):
					u.patterns = append(u.patterns, [2]string{m[1], m[2]})
				default:
					u.keys = append(u.keys, m[1])
				}
			}
		}
		return nil
	}))
	return u
}

func TestEveryTextThatPagesNameIsThere(t *testing.T) {
	t.Parallel()
	u := usesOf(t, ".")
	require.Greater(t, len(u.keys), 100)
	for _, key := range u.keys {
		// Keys of other things look alike: a page's file, a value of an attribute.
		if strings.HasSuffix(key, ".html") || strings.HasSuffix(key, ".js") {
			continue
		}
		require.True(t, text.Has(key), "there is no text %q", key)
	}
	for _, p := range u.patterns {
		require.True(t, slices.ContainsFunc(text.Keys(), uses{patterns: [][2]string{p}}.covers), "there is no text %s…%s", p[0], p[1])
	}
}

func TestEveryTextIsUsed(t *testing.T) {
	t.Parallel()
	u := usesOf(t, "..")
	var unused []string
	for _, key := range text.Keys() {
		if !u.covers(key) {
			unused = append(unused, key)
		}
	}
	require.Empty(t, unused, "nothing in the server names these texts")
}
