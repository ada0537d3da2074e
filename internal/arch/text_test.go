package arch_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// atTop are the names that may stand at the top of the repository.
var atTop = append([]string{
	"examples", "internal",
	"go.mod", "go.sum", "doc.go",
	"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE",
	"Makefile", ".ci", ".golangci.yml", ".gitignore", ".gitattributes",
}, domains...)

func topLevel(m *module) (broken []string) {
	for _, f := range m.files {
		name, _, _ := strings.Cut(f.path, "/")
		said := fmt.Sprintf("%s stands at the top, where only named things do", name)
		if !slices.Contains(atTop, name) && !slices.Contains(broken, said) {
			broken = append(broken, said)
		}
	}
	return broken
}

func TestTopLevelIsChecked(t *testing.T) {
	t.Parallel()
	try(t, topLevel, []seed{
		{"named things may stand there", map[string]string{"README.md": "", "checkin/checkin.txt": "", ".ci/run": ""}, nil},
		{"others are found, each once", map[string]string{"pkg/a": "", "pkg/b": "", "notes.md": ""}, []string{"notes.md stands", "pkg stands"}},
	})
}

// betrays matches what only one machine knows. The words are put together so
// that this file doesn't hold them.
var betrays = regexp.MustCompile(
	`(^|[\s"'` + "`" + `(=:,])/(` + strings.Join([]string{"wo" + "rk", "fa" + "rm", "ro" + "ot", "ho" + "me"}, "|") + `)/` +
		`|\b(` + strings.Join([]string{
		"proxy" + `\.golang\.org`, "sum" + `\.golang\.org`, "registry" + `\.npmjs\.org`, "deb" + `\.debian\.org`, "GO" + "PROXY",
	}, "|") + `)\b`)

func placeless(m *module) []string {
	return m.lines(betrays, func(found string) string { return fmt.Sprintf("names %q, which one machine knows", found) })
}

func TestPlacelessIsChecked(t *testing.T) {
	t.Parallel()
	try(t, placeless, []seed{
		{"a folder that many machines have is fine", map[string]string{"a.go": "package a\n\nvar dir = \"/ho" + "me/linuxbrew/bin\""}, nil},
		{"paths of URLs and of the repository are fine", map[string]string{"a.md": "see /me/home, ./work/x, internal/root/x and https://example.org/home/x"}, nil},
		{"a folder of one machine is found", map[string]string{"a.go": "package a\n\nvar dir = \"/" + "work/x\""}, []string{`a.go:3: names "\"/`}},
		{"so is a registry", map[string]string{"b.sh": "export GO" + "PROXY=off\n", "c.md": "proxy." + "golang.org"}, []string{"b.sh:1", "c.md:1"}},
	})
}

var later = regexp.MustCompile(`\b(` + strings.Join([]string{"TO" + "DO", "FIX" + "ME", "XX" + "X"}, "|") + `)\b`)

func finished(m *module) []string {
	return m.lines(later, func(found string) string { return "leaves something for later: " + found })
}

func TestFinishedIsChecked(t *testing.T) {
	t.Parallel()
	try(t, finished, []seed{
		{"a word that contains one is fine", map[string]string{"a.md": "MASTODONTODO"}, nil},
		{"a mark is found", map[string]string{"a.js": "// TO" + "DO: more\n", "b.sql": "-- FIX" + "ME"}, []string{"a.js:1: leaves", "b.sql:1: leaves"}},
	})
}

// lines finds a pattern in all texts but sums, line by line.
func (m *module) lines(pattern *regexp.Regexp, say func(string) string) (broken []string) {
	for _, f := range m.files {
		if f.path == "go.sum" || !pattern.MatchString(f.text) {
			continue
		}
		for i, line := range strings.Split(f.text, "\n") {
			if found := pattern.FindString(generic.Replace(line)); found != "" {
				broken = append(broken, fmt.Sprintf("%s:%d: %s", f.path, i+1, say(found)))
			}
		}
	}
	return broken
}

// goMod is what the go command says of a go.mod file.
type goMod struct {
	Toolchain string
	Require   []struct{ Path, Version string }
	Replace   []struct{ Old, New struct{ Path string } }
	Exclude   []struct{ Path string }
}

func (g goMod) broken() (broken []string) {
	for _, r := range g.Replace {
		broken = append(broken, fmt.Sprintf("go.mod replaces %s by %s, which no importer would", r.Old.Path, r.New.Path))
	}
	if len(g.Exclude) > 0 {
		broken = append(broken, "go.mod excludes versions, which no importer would")
	}
	if g.Toolchain != "" {
		broken = append(broken, "go.mod names the toolchain "+g.Toolchain+"; the go line says enough")
	}
	versions := map[string]string{}
	for _, r := range g.Require {
		if within(r.Path, "github.com/uptrace/bun") {
			versions[r.Path] = r.Version
		}
	}
	for path, version := range versions {
		if own := versions["github.com/uptrace/bun"]; version != own {
			broken = append(broken, fmt.Sprintf("%s %s differs from bun %s, whose dialects panic at start then", path, version, own))
		}
	}
	slices.Sort(broken)
	return broken
}

func TestGoModReplacesNothingAndHoldsBunAtOneVersion(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = top
	out, err := cmd.Output()
	require.NoError(t, err)
	var g goMod
	require.NoError(t, json.Unmarshal(out, &g))
	require.NotEmpty(t, g.Require)
	require.Empty(t, g.broken())
}

func TestGoModIsChecked(t *testing.T) {
	t.Parallel()
	var g goMod
	require.NoError(t, json.Unmarshal([]byte(`{"Toolchain": "go1.26.8",
		"Require": [{"Path": "github.com/uptrace/bun", "Version": "v1.3.0"}, {"Path": "github.com/uptrace/bun/dialect/pgdialect", "Version": "v1.2.9"},
			{"Path": "github.com/uptrace/bun/dialect/sqlitedialect", "Version": "v1.3.0"}],
		"Replace": [{"Old": {"Path": "a"}, "New": {"Path": "../a"}}], "Exclude": [{"Path": "b"}]}`), &g))
	require.Len(t, g.broken(), 4)
	require.Contains(t, strings.Join(g.broken(), "\n"), "pgdialect v1.2.9 differs from bun v1.3.0")
}
