package arch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/petanque-life/venuekit"

// module is the repository as the rules see it.
type module struct {
	files    []*file
	packages map[string]goPackage // by import path, dependencies included
	fset     *token.FileSet
}

// file is a text file of the repository.
type file struct {
	path   string // from the top, with slashes
	text   string
	syntax *ast.File // of Go files outside testdata
}

func (f *file) dir() string { return path.Dir(f.path) }

func (f *file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// goPackage is what the go command says of a package's build.
type goPackage struct {
	ImportPath string
	Standard   bool
	Module     *struct{ Path string }
	Imports    []string
	ImportMap  map[string]string
}

// goFiles returns the parsed files.
func (m *module) goFiles() []*file {
	return slices.DeleteFunc(slices.Clone(m.files), func(f *file) bool { return f.syntax == nil })
}

// at names a place as an editor finds it.
func (m *module) at(pos token.Pos) string {
	p := m.fset.Position(pos)
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// parse makes a module of texts by their paths.
func parse(texts map[string]string) (*module, error) {
	m := &module{fset: token.NewFileSet(), packages: map[string]goPackage{}}
	var errs []error
	for name, text := range texts {
		f := &file{path: name, text: text}
		if strings.HasSuffix(name, ".go") && !strings.Contains("/"+name, "/testdata/") {
			syntax, err := parser.ParseFile(m.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
			errs = append(errs, err)
			f.syntax = syntax
		}
		m.files = append(m.files, f)
	}
	slices.SortFunc(m.files, func(a, b *file) int { return strings.Compare(a.path, b.path) })
	return m, errors.Join(errs...)
}

// repository reads the repository once, with the build of all its packages.
var repository = sync.OnceValues(func() (*module, error) {
	texts, err := texts(top)
	if err != nil {
		return nil, err
	}
	m, err := parse(texts)
	if err != nil {
		return nil, err
	}
	m.packages, err = list("./...", jwx+"/jws", jwx+"/jwa", jwx+"/jwk")
	return m, err
})

// top is the repository's folder, seen from this package's.
const top = "../.."

// texts reads the text files that git keeps or would keep, or, in a copy
// without git, all.
func texts(dir string) (map[string]string, error) {
	names, err := paths(dir)
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed, and not committed yet
		}
		if err != nil {
			return nil, err
		}
		if !bytes.ContainsRune(b[:min(len(b), 8000)], 0) {
			texts[name] = string(b)
		}
	}
	return texts, nil
}

func paths(dir string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
		cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
		cmd.Dir = dir
		if out, err := cmd.Output(); err == nil {
			return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), nil
		}
	}
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if d != nil && d.Name() == ".git" {
			return fs.SkipDir
		}
		if err == nil && d.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	return names, err
}

// list asks the go command for packages and all that they depend on.
func list(patterns ...string) (map[string]goPackage, error) {
	cmd := exec.Command("go", append([]string{"list", "-e", "-deps", "-json=ImportPath,Standard,Module,Imports,ImportMap"}, patterns...)...)
	cmd.Dir = top
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, &stderr)
	}
	packages := map[string]goPackage{}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			return nil, err
		}
		packages[p.ImportPath] = p
	}
	return packages, nil
}

// rule is a sentence and the function that finds what breaks it.
type rule struct {
	name  string
	check func(*module) []string
}

var rules = []rule{
	{"no domain package imports another", domainsApart},
	{"a domain package compiles without databases and test code", domainsLean},
	{"a host that imports checkin alone pays for jwx alone", checkinAlone},
	{"drivers stay in internal, examples and tests", driversInside},
	{"test code stays in tests", testCodeInside},
	{"the library opens no database, starts no goroutine, reads neither environment nor clock", handsOff},
	{"every package and every exported name has a comment", documented},
	{"tests neither sleep nor skip on their own", testsHonest},
	{"nothing is left for later", finished},
	{"only the named folders and files stand at the top", topLevel},
	{"no text names a path or a registry of one machine", placeless},
	{"migrations keep their form", migrationsFormed},
	{"versions of migrations are unique and the same for both databases", migrationsPaired},
	{"tables begin with their tenant and are strict", tablesTenanted},
	{"released migrations stay as they are", released},
}

func TestTheRepositoryKeepsTheRules(t *testing.T) {
	t.Parallel()
	m, err := repository()
	require.NoError(t, err)
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			for _, broken := range r.check(m) {
				t.Error(broken)
			}
		})
	}
}

// seed is a small repository and what a rule must say of it: for each want one
// sentence that contains it, and no other.
type seed struct {
	name  string
	files map[string]string
	want  []string
}

func try(t *testing.T, check func(*module) []string, seeds []seed) {
	t.Helper()
	for _, s := range seeds {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			m, err := parse(s.files)
			require.NoError(t, err)
			got := check(m)
			require.Len(t, got, len(s.want), "%q", got)
			for i, want := range s.want {
				require.Contains(t, got[i], want)
			}
		})
	}
}
