package arch_test

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const jwx = "github.com/lestrrat-go/jwx/v2"

// domains are the packages that hosts import, one by one.
var domains = []string{"loyalty", "portal", "pos", "upsell", "checkin", "marketing"}

// drivers are the modules that speak to one database each.
var drivers = []string{"github.com/jackc/pgx", "modernc.org/sqlite"}

// domain returns the domain that a folder belongs to, or "".
func domain(dir string) string {
	first, _, _ := strings.Cut(dir, "/")
	if slices.Contains(domains, first) {
		return first
	}
	return ""
}

// isStore and isSuite tell a domain's bun stores and its test package apart
// from what every host compiles.
func isStore(dir string) bool { return path.Base(dir) == domain(dir)+"bun" }

func isSuite(dir string) bool { return path.Base(dir) == domain(dir)+"test" }

// testOnly tells whether a folder of internal serves tests alone.
func testOnly(dir string) bool {
	_, ok := testFolders[dir]
	return ok || path.Dir(dir) == "internal" && strings.HasSuffix(dir, "test")
}

// within tells whether an import path is pkg or below it.
func within(importPath, pkg string) bool {
	return importPath == pkg || strings.HasPrefix(importPath, pkg+"/")
}

func withinAny(importPath string, pkgs []string) bool {
	return slices.ContainsFunc(pkgs, func(pkg string) bool { return within(importPath, pkg) })
}

// imports calls visit for every import of every Go file.
func (m *module) imports(visit func(f *file, importPath, at string)) {
	for _, f := range m.goFiles() {
		for _, spec := range f.syntax.Imports {
			importPath, _ := strconv.Unquote(spec.Path.Value) // the parser took it
			visit(f, importPath, m.at(spec.Pos()))
		}
	}
}

func domainsApart(m *module) (broken []string) {
	m.imports(func(f *file, importPath, at string) {
		own := domain(f.dir())
		other := domain(strings.TrimPrefix(importPath, modulePath+"/"))
		if own != "" && other != "" && own != other {
			broken = append(broken, fmt.Sprintf("%s: %s imports %s; they meet in examples/server only", at, own, importPath))
		}
	})
	return broken
}

func TestDomainsApartIsChecked(t *testing.T) {
	t.Parallel()
	try(t, domainsApart, []seed{
		{"a domain may import its own parts and internal ones", map[string]string{
			"pos/square/a.go": "package square\nimport (\n_ \"github.com/petanque-life/venuekit/pos\"\n_ \"github.com/petanque-life/venuekit/internal/ids\"\n)",
		}, nil},
		{"the reference server joins them", map[string]string{"examples/server/a.go": "package main\nimport _ \"github.com/petanque-life/venuekit/pos\""}, nil},
		{"a domain that imports another is found", map[string]string{"portal/a.go": "package portal\n\nimport _ \"github.com/petanque-life/venuekit/loyalty\""},
			[]string{"portal/a.go:3: portal imports github.com/petanque-life/venuekit/loyalty"}},
		{"so is one in a part and its test", map[string]string{"pos/square/a_test.go": "package square\nimport _ \"github.com/petanque-life/venuekit/upsell/upsellbun\""},
			[]string{"pos/square/a_test.go:2: pos imports"}},
	})
}

// needs returns what the build of a package contains, as the shortest chain of
// imports to each.
func (m *module) needs(importPath string) map[string][]string {
	chains := map[string][]string{importPath: {importPath}}
	for queue := []string{importPath}; len(queue) > 0; queue = queue[1:] {
		p := m.packages[queue[0]]
		if p.Standard {
			continue
		}
		for _, next := range p.Imports {
			if mapped, ok := p.ImportMap[next]; ok {
				next = mapped
			}
			if _, seen := chains[next]; !seen {
				chains[next] = append(slices.Clone(chains[queue[0]]), next)
				queue = append(queue, next)
			}
		}
	}
	return chains
}

// unwanted are what no host should compile with a domain.
var unwanted = append([]string{"github.com/uptrace/bun", "github.com/stretchr/testify", "testing"}, drivers...)

func domainsLean(m *module) (broken []string) {
	for _, importPath := range slices.Sorted(maps.Keys(m.packages)) {
		dir := strings.TrimPrefix(importPath, modulePath+"/")
		if domain(dir) == "" || isStore(dir) || isSuite(dir) {
			continue
		}
		chains := m.needs(importPath)
		for _, need := range slices.Sorted(maps.Keys(chains)) {
			if withinAny(need, unwanted) {
				broken = append(broken, "a host compiles too much: "+strings.Join(chains[need], " imports "))
			}
		}
	}
	return broken
}

// checkinAlone holds checkin's modules against those of jwx.
func checkinAlone(m *module) (broken []string) {
	allowed := map[string]bool{"": true, modulePath: true}
	for _, root := range []string{"jws", "jwa", "jwk"} {
		for need := range m.needs(jwx + "/" + root) {
			allowed[m.packages[need].modulePath()] = true
		}
	}
	chains := m.needs(modulePath + "/checkin")
	for _, need := range slices.Sorted(maps.Keys(chains)) {
		if mod := m.packages[need].modulePath(); !allowed[mod] {
			broken = append(broken, fmt.Sprintf("checkin needs the module %s: %s", mod, strings.Join(chains[need], " imports ")))
		}
	}
	return broken
}

func (p goPackage) modulePath() string {
	if p.Module == nil {
		return ""
	}
	return p.Module.Path
}

// build makes a module of import lists; what has a dot in its first part
// belongs to the module that its first three parts name.
func build(imports map[string]string) *module {
	m := &module{packages: map[string]goPackage{}}
	for importPath, list := range imports {
		p := goPackage{ImportPath: importPath, Imports: strings.Fields(list)}
		if parts := strings.Split(importPath, "/"); strings.Contains(parts[0], ".") {
			p.Module = &struct{ Path string }{strings.Join(parts[:min(3, len(parts))], "/")}
		} else {
			p.Standard = true
		}
		m.packages[importPath] = p
	}
	return m
}

func TestWhatAHostCompilesIsChecked(t *testing.T) {
	t.Parallel()
	real, err := repository()
	require.NoError(t, err)
	require.Contains(t, real.needs(modulePath+"/checkin"), jwx+"/jws", "the real build was read")
	m := build(map[string]string{
		modulePath + "/checkin":             jwx + "/jws " + modulePath + "/internal/ids",
		modulePath + "/checkin/checkinbun":  "github.com/uptrace/bun",
		modulePath + "/checkin/checkintest": "testing",
		modulePath + "/pos/square":          modulePath + "/internal/deep",
		modulePath + "/internal/ids":        "example.org/x/uuid",
		modulePath + "/internal/deep":       "github.com/jackc/pgx/v5/stdlib github.com/uptrace/bunny",
		jwx + "/jws":                        "example.org/x/option",
		"example.org/x/option":              "sync",
		"example.org/x/uuid":                "sync",
		"sync":                              "testing",
	})
	require.Equal(t, []string{"a host compiles too much: " + modulePath + "/pos/square imports " + modulePath + "/internal/deep imports github.com/jackc/pgx/v5/stdlib"}, domainsLean(m))
	require.Equal(t, []string{"checkin needs the module example.org/x/uuid: " + modulePath + "/checkin imports " + modulePath + "/internal/ids imports example.org/x/uuid"}, checkinAlone(m))
}

func driversInside(m *module) (broken []string) {
	m.imports(func(f *file, importPath, at string) {
		dir := f.dir()
		inside := f.isTest() || within(dir, "examples") || testOnly(dir) || isSuite(dir) || slices.Contains([]string{"internal/sqldb", "internal/bunx", "internal/dbtest"}, dir)
		switch {
		case inside:
		case withinAny(importPath, drivers):
			broken = append(broken, fmt.Sprintf("%s: %s imports the driver %s", at, dir, importPath))
		case within(importPath, "github.com/uptrace/bun") && !isStore(dir):
			broken = append(broken, fmt.Sprintf("%s: %s imports bun; it stays in stores", at, dir))
		}
	})
	return broken
}

func TestDriversInsideIsChecked(t *testing.T) {
	t.Parallel()
	const pgx, bun = "\nimport _ \"github.com/jackc/pgx/v5/stdlib\"", "\nimport _ \"github.com/uptrace/bun\""
	try(t, driversInside, []seed{
		{"where they may stand", map[string]string{
			"internal/sqldb/a.go": "package sqldb" + pgx, "internal/bunx/a.go": "package bunx" + bun, "examples/server/a.go": "package main" + pgx,
			"checkin/checkinbun/a.go": "package checkinbun" + bun, "checkin/checkintest/a.go": "package checkintest" + pgx, "checkin/a_test.go": "package checkin" + pgx,
		}, nil},
		{"a store that imports a driver is found", map[string]string{"checkin/checkinbun/a.go": "package checkinbun" + pgx}, []string{"checkin/checkinbun imports the driver"}},
		{"so is bun outside of stores", map[string]string{"internal/httpx/a.go": "package httpx" + bun, "pos/square/a.go": "package square" + bun}, []string{"internal/httpx imports bun", "pos/square imports bun"}},
	})
}

func testCodeInside(m *module) (broken []string) {
	m.imports(func(f *file, importPath, at string) {
		dir := f.dir()
		if f.isTest() || testOnly(dir) || isSuite(dir) {
			return
		}
		own := strings.TrimPrefix(importPath, modulePath+"/")
		if importPath == "testing" || within(importPath, "testing") || within(importPath, "github.com/stretchr/testify") || own != importPath && (testOnly(own) || isSuite(own) && !within(dir, "examples")) {
			broken = append(broken, fmt.Sprintf("%s: %s imports %s outside of tests", at, dir, importPath))
		}
	})
	return broken
}

func TestTestCodeInsideIsChecked(t *testing.T) {
	t.Parallel()
	const testify = "\nimport _ \"github.com/stretchr/testify/require\""
	try(t, testCodeInside, []seed{
		{"where it may stand", map[string]string{
			"checkin/a_test.go": "package checkin" + testify, "checkin/checkintest/a.go": "package checkintest" + testify,
			"internal/dbtest/a.go": "package dbtest" + testify, "internal/testenv/a.go": "package testenv\nimport _ \"testing\"",
			"examples/server/a.go": "package main\nimport _ \"github.com/petanque-life/venuekit/pos/postest\"",
		}, nil},
		{"code that imports it is found", map[string]string{
			"checkin/a.go": "package checkin" + testify, "internal/ids/a.go": "package ids\nimport _ \"testing/fstest\"",
			"internal/sqldb/a.go": "package sqldb\nimport _ \"github.com/petanque-life/venuekit/internal/pgtest\"",
			"portal/a.go":         "package portal\nimport _ \"github.com/petanque-life/venuekit/portal/portaltest\"",
		}, []string{"checkin imports", "internal/ids imports", "internal/sqldb imports", "portal imports"}},
	})
}
