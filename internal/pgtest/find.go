package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

var errNotFound = errors.New("pgtest: no PostgreSQL server programs found")

// packaged are the places of the packages of Debian, of PostgreSQL's own and
// Red Hat's RPMs, of Homebrew and Postgres.app.
var packaged = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/usr/lib64/pgsql/bin",
	"/usr/local/pgsql/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// find returns the directory of initdb and postgres. A directory named by
// PGTEST_BIN is the only one looked at.
func find() (string, error) {
	if dir := os.Getenv("PGTEST_BIN"); dir != "" {
		return first([]string{dir})
	}
	var dirs []string
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, pattern := range packaged {
		matches, _ := filepath.Glob(pattern)
		dirs = append(dirs, newestFirst(matches)...)
	}
	return first(dirs)
}

// first returns the first directory that holds both programs.
func first(dirs []string) (string, error) {
	for _, dir := range dirs {
		_, errInit := exec.LookPath(filepath.Join(dir, "initdb"))
		_, errServer := exec.LookPath(filepath.Join(dir, "postgres"))
		if errInit == nil && errServer == nil {
			return dir, nil
		}
	}
	return "", errNotFound
}

// newestFirst sorts by the version in the path: 15 before 9.6.
func newestFirst(dirs []string) []string {
	slices.SortStableFunc(dirs, func(a, b string) int { return slices.Compare(version(b), version(a)) })
	return dirs
}

// version returns the numbers in the last part of the path that has any.
func version(dir string) []int {
	isDigit := func(r rune) bool { return r >= '0' && r <= '9' }
	parts := strings.Split(dir, "/")
	for _, part := range slices.Backward(parts) {
		var numbers []int
		for _, field := range strings.FieldsFunc(part, func(r rune) bool { return !isDigit(r) }) {
			n, _ := strconv.Atoi(field)
			numbers = append(numbers, n)
		}
		if numbers != nil {
			return numbers
		}
	}
	return nil
}
