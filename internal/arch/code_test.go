package arch_test

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"testing"
)

// qualified returns the import path and the name of an expression like
// time.Now, resolved by the imports of its file.
func (f *file) qualified(e ast.Expr) (pkg, name string) {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	x, ok := sel.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	for _, spec := range f.syntax.Imports {
		importPath, _ := strconv.Unquote(spec.Path.Value) // the parser took it
		local := path.Base(importPath)
		if spec.Name != nil {
			local = spec.Name.Name
		}
		if local == x.Name {
			return importPath, sel.Sel.Name
		}
	}
	return "", ""
}

// banned are the functions that the library leaves to its host, with the
// reason; called tells that the value, as a default, is no fault.
var banned = map[string]struct {
	called bool
	why    string
}{
	"database/sql.Open":   {false, "opens a database"},
	"database/sql.OpenDB": {false, "opens a database"},
	"os.Getenv":           {false, "reads the environment"},
	"os.LookupEnv":        {false, "reads the environment"},
	"os.Environ":          {false, "reads the environment"},
	"os.ExpandEnv":        {false, "reads the environment"},
	"time.Now":            {true, "reads the clock"},
	"time.Since":          {false, "reads the clock"},
	"time.Until":          {false, "reads the clock"},
}

func handsOff(m *module) (broken []string) {
	for _, f := range m.goFiles() {
		if f.isTest() || testOnly(f.dir()) || isSuite(f.dir()) || withinHost(f.dir()) {
			continue
		}
		for _, decl := range f.syntax.Decls {
			broken = append(broken, m.deeds(f, decl)...)
		}
	}
	return broken
}

func withinHost(dir string) bool {
	for host := range hosts {
		if within(dir, host) {
			return true
		}
	}
	return false
}

// deeds finds what one declaration does that its host should.
func (m *module) deeds(f *file, decl ast.Decl) (broken []string) {
	where := f.path
	if fn, ok := decl.(*ast.FuncDecl); ok {
		where += ":" + fn.Name.Name
	}
	if _, ok := argued[where]; ok {
		return nil
	}
	called := map[ast.Expr]bool{}
	ast.Inspect(decl, func(n ast.Node) bool {
		starts := false
		switch n := n.(type) {
		case *ast.GoStmt:
			starts = true
		case *ast.CallExpr:
			called[n.Fun] = true
			sel, ok := n.Fun.(*ast.SelectorExpr)
			starts = ok && sel.Sel.Name == "Go"
		case *ast.SelectorExpr:
			pkg, name := f.qualified(n)
			if ban, ok := banned[pkg+"."+name]; ok && (called[n] || !ban.called) {
				broken = append(broken, fmt.Sprintf("%s: %s.%s %s, which is the host's", m.at(n.Pos()), path.Base(pkg), name, ban.why))
			}
		}
		if starts {
			broken = append(broken, fmt.Sprintf("%s: starts a goroutine; argue for %q in exceptions_test.go", m.at(n.Pos()), where))
		}
		return true
	})
	return broken
}

func TestHandsOffIsChecked(t *testing.T) {
	t.Parallel()
	try(t, handsOff, []seed{
		{"the clock as a default is no call of it", map[string]string{"loyalty/a.go": `package loyalty
			import "time"
			var now = time.Now
			func f(c time.Duration) *time.Timer { return time.NewTimer(c) }`}, nil},
		{"tests, examples and the host's side may", map[string]string{
			"loyalty/a_test.go":    "package loyalty\nimport \"time\"\nvar _ = time.Now()",
			"examples/host/a.go":   "package main\nimport \"os\"\nvar _ = os.Getenv(\"X\")\nfunc f() { go f() }",
			"internal/dbtest/a.go": "package dbtest\nimport \"os\"\nvar _ = os.Getenv(\"X\")",
			"internal/sqldb/a.go":  "package sqldb\nimport \"database/sql\"\nvar _, _ = sql.Open(\"\", \"\")",
		}, nil},
		{"another package's Open is not a database's", map[string]string{"loyalty/a.go": "package loyalty\nimport \"example.org/sql\"\nvar _ = sql.Open()"}, nil},
		{"every deed is found, also by another name", map[string]string{"loyalty/a.go": `package loyalty
			import ("database/sql"; "os"; clock "time"; "golang.org/x/sync/errgroup")
			var at = clock.Now()
			var age = clock.Since(at)
			var home, _ = os.LookupEnv("HOME")
			var env = os.Getenv
			var db, _ = sql.Open("", "")
			func f() { go f() }
			func g(e *errgroup.Group) { e.Go(nil) }`},
			[]string{"loyalty/a.go:3: time.Now reads the clock", "time.Since", "os.LookupEnv", "os.Getenv", "sql.Open opens a database", `argue for "loyalty/a.go:f"`, `argue for "loyalty/a.go:g"`}},
	})
}

func documented(m *module) (broken []string) {
	commented := map[string]bool{}
	for _, f := range m.goFiles() {
		if f.isTest() {
			continue
		}
		commented[f.dir()] = commented[f.dir()] || f.syntax.Doc.Text() != ""
		if f.syntax.Name.Name == "main" {
			continue
		}
		for _, decl := range f.syntax.Decls {
			for _, name := range undocumented(decl) {
				broken = append(broken, fmt.Sprintf("%s: %s has no comment", m.at(name.Pos()), name.Name))
			}
		}
	}
	for dir, ok := range commented {
		if !ok {
			broken = append(broken, dir+": the package has no comment")
		}
	}
	slices.Sort(broken)
	return broken
}

// undocumented returns the exported names of a declaration that nothing
// explains. A group of constants or variables may be explained as a whole.
func undocumented(decl ast.Decl) (names []*ast.Ident) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc.Text() == "" && (d.Recv == nil || ast.IsExported(receiver(d))) {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && s.Doc.Text() == "" && (d.Doc.Text() == "" || d.Lparen.IsValid()) {
					names = append(names, s.Name)
				}
			case *ast.ValueSpec:
				if d.Doc.Text()+s.Doc.Text()+s.Comment.Text() == "" {
					names = append(names, slices.DeleteFunc(slices.Clone(s.Names), func(n *ast.Ident) bool { return !n.IsExported() })...)
				}
			}
		}
	}
	return names
}

// receiver returns the name of a method's type.
func receiver(fn *ast.FuncDecl) string {
	t := fn.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

func TestDocumentedIsChecked(t *testing.T) {
	t.Parallel()
	try(t, documented, []seed{
		{"what is explained is fine", map[string]string{
			"pos/doc.go": "// Package pos sells.\npackage pos",
			"pos/a.go": `package pos
				// Kinds of things.
				const ( A = 1; B = 2 )
				const (
					C = 3 // C is explained.
				)
				// T is.
				type T struct{}
				// Do does.
				func (T) Do() {}
				type hidden struct{}
				func (*hidden) Do() {}
				func help() {}`,
			"pos/a_test.go":      "package pos\nfunc TestX() {}",
			"examples/x/main.go": "// Command x runs.\npackage main\nfunc Run() {}",
		}, nil},
		{"what is not is found", map[string]string{"pos/a.go": `package pos
				const A = 1
				var b, C = 2, 3
				type T[K any] struct{}
				func (*T[K]) Do() {}
				func New() {}
				// Of several types each wants its own.
				type (
					U int
				)`},
			[]string{"pos/a.go:2: A has", "pos/a.go:3: C has", "pos/a.go:4: T has", "pos/a.go:5: Do has", "pos/a.go:6: New has", "pos/a.go:9: U has", "pos: the package has no comment"}},
	})
}

func testsHonest(m *module) (broken []string) {
	for _, f := range m.goFiles() {
		_, may := skippers[f.path]
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			skips := ok && slices.Contains([]string{"t", "tb", "b", "f"}, x.Name) && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name)
			pkg, name := f.qualified(sel)
			switch {
			case skips && !may:
				broken = append(broken, m.at(n.Pos())+": skips on its own; call testenv.Missing")
			case f.isTest() && pkg == "time" && name == "Sleep":
				broken = append(broken, m.at(n.Pos())+": sleeps; wait for what it expects")
			case pkg == "github.com/stretchr/testify/assert":
				broken = append(broken, m.at(n.Pos())+": goes on after a failure; use require")
			}
			return true
		})
	}
	return broken
}

func TestTestsHonestIsChecked(t *testing.T) {
	t.Parallel()
	try(t, testsHonest, []seed{
		{"the helper may skip, and others use it", map[string]string{
			"internal/testenv/testenv.go": "package testenv\nimport \"testing\"\nfunc Missing(t testing.TB) { t.Skip() }",
			"pos/a_test.go":               "package pos\nfunc f(it rows) { it.Skip() }",
		}, nil},
		{"a sleep, a skip and an assert are found", map[string]string{"pos/a_test.go": `package pos
			import ("testing"; "time"; "github.com/stretchr/testify/assert")
			func TestX(t *testing.T) {
				time.Sleep(1)
				t.Skipf("later")
				assert.Equal(t, 1, 1)
			}`}, []string{"pos/a_test.go:4: sleeps", "pos/a_test.go:5: skips", "pos/a_test.go:6: goes on"}},
	})
}
