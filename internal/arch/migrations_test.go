package arch_test

import (
	"crypto/sha256"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// migration is one file of a migrations folder.
type migration struct {
	*file
	folder  string // such as checkin/checkinbun/migrations
	pkg     string // the prefix of its tables
	dialect string
	version string
	body    string // without comments
}

var (
	sqlComment = regexp.MustCompile(`(?m)--.*$`)
	migrated   = regexp.MustCompile(`^(\d{14})_[a-z0-9_]+\.sql$`)
)

// migrations returns the files in folders migrations/<dialect>.
func (m *module) migrations() (found []migration) {
	for _, f := range m.files {
		folder := path.Dir(f.dir())
		if path.Base(folder) != "migrations" || !strings.HasSuffix(f.path, ".sql") {
			continue
		}
		owner := path.Base(path.Dir(folder))
		mig := migration{file: f, folder: folder, pkg: strings.TrimSuffix(owner, "bun"), dialect: path.Base(f.dir()), body: sqlComment.ReplaceAllString(f.text, "")}
		if name := migrated.FindStringSubmatch(path.Base(f.path)); name != nil {
			mig.version = name[1]
		}
		found = append(found, mig)
	}
	return found
}

func migrationsFormed(m *module) (broken []string) {
	for _, mig := range m.migrations() {
		say := func(format string, args ...any) { broken = append(broken, mig.path+": "+fmt.Sprintf(format, args...)) }
		if _, err := time.Parse("20060102150405", mig.version); err != nil {
			say("the name is not a UTC time of 14 digits, an underscore and words")
		}
		if mig.dialect != "postgres" && mig.dialect != "sqlite" {
			say("the folder is neither postgres nor sqlite")
		}
		if !strings.HasPrefix(mig.text, "-- +goose Up\n") || strings.Count(mig.text, "+goose") != 1 {
			say("the first line must be `-- +goose Up`, and no other directive follow")
		}
		last := fmt.Sprintf("INSERT INTO %s_schema (version) VALUES (%s);", mig.pkg, mig.version)
		if !strings.HasSuffix(strings.Join(strings.Fields(mig.body), " "), last) {
			say("the last statement must be `%s`", last)
		}
	}
	return broken
}

func migrationsPaired(m *module) (broken []string) {
	names := map[string][]string{} // dialect folder -> file names
	owner := map[string]string{}   // version -> folder
	for _, mig := range m.migrations() {
		names[mig.dir()] = append(names[mig.dir()], path.Base(mig.path))
		if other, taken := owner[mig.version]; taken && other != mig.folder {
			broken = append(broken, fmt.Sprintf("%s: the version %s stands in %s too", mig.path, mig.version, other))
		}
		owner[mig.version] = mig.folder
	}
	for dir, own := range names {
		for i, name := range own {
			if i > 0 && own[i-1][:min(14, len(own[i-1]))] == name[:min(14, len(name))] {
				broken = append(broken, fmt.Sprintf("%s/%s: the version stands twice", dir, name))
			}
			for _, dialect := range []string{"postgres", "sqlite"} {
				if twin := path.Join(path.Dir(dir), dialect); !slices.Contains(names[twin], name) {
					broken = append(broken, fmt.Sprintf("%s/%s: %s has no such file", dir, name, twin))
				}
			}
		}
	}
	slices.Sort(broken)
	return broken
}

var (
	createTable = regexp.MustCompile(`(?is)CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)\s*\(`)
	createIndex = regexp.MustCompile(`(?is)CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)\s+ON\s+\w+\s*\(\s*(\w+)`)
	keyOfTable  = regexp.MustCompile(`(?is)(PRIMARY\s+KEY|UNIQUE|FOREIGN\s+KEY)\s*\(\s*(\w+)`)
	keyOfColumn = regexp.MustCompile(`(?im)^\s*(\w+)\s[^,(]*?\b(PRIMARY\s+KEY|UNIQUE|REFERENCES)\b`)
)

func tablesTenanted(m *module) (broken []string) {
	for _, mig := range m.migrations() {
		for _, at := range createTable.FindAllStringSubmatchIndex(mig.body, -1) {
			name := mig.body[at[2]:at[3]]
			columns, rest := parenthesis(mig.body[at[1]:])
			for _, said := range tableFaults(mig, name, columns, rest) {
				broken = append(broken, fmt.Sprintf("%s: the table %s %s", mig.path, name, said))
			}
		}
		for _, index := range createIndex.FindAllStringSubmatch(mig.body, -1) {
			if index[2] != "tenant_id" && !unscoped.MatchString(index[1]) {
				broken = append(broken, fmt.Sprintf("%s: the index %s begins with %s, not with tenant_id", mig.path, index[1], index[2]))
			}
		}
	}
	return broken
}

// tableFaults judges one table by its columns and what follows them.
func tableFaults(mig migration, name, columns, rest string) (said []string) {
	if end, _, _ := strings.Cut(rest, ";"); mig.dialect == "sqlite" && !strings.Contains(strings.ToUpper(end), "STRICT") {
		said = append(said, "is not STRICT")
	}
	if !strings.HasPrefix(name, mig.pkg+"_") {
		said = append(said, "is not named "+mig.pkg+"_...")
	}
	if name == mig.pkg+"_schema" {
		return said
	}
	primary := false
	for _, key := range slices.Concat(keyOfTable.FindAllStringSubmatch(columns, -1), swapped(keyOfColumn.FindAllStringSubmatch(columns, -1))) {
		kind := strings.ToUpper(strings.Join(strings.Fields(key[1]), " "))
		primary = primary || kind == "PRIMARY KEY"
		if key[2] != "tenant_id" {
			said = append(said, fmt.Sprintf("has a key (%s) that begins with %s, not with tenant_id", kind, key[2]))
		}
	}
	if !primary {
		said = append(said, "has no primary key")
	}
	return said
}

// swapped puts the column of a match after its kind, as for keys of tables.
func swapped(matches [][]string) [][]string {
	for _, m := range matches {
		m[1], m[2] = m[2], m[1]
	}
	return matches
}

// parenthesis splits the text after an opening parenthesis at its closing one.
func parenthesis(s string) (inside, after string) {
	depth := 1
	for i, c := range s {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func TestMigrationsFormIsChecked(t *testing.T) {
	t.Parallel()
	const good = "pos/posbun/migrations/sqlite/20261122100000_pos.sql"
	const end = "\nINSERT INTO pos_schema (version) VALUES (20261122100000);\n"
	try(t, migrationsFormed, []seed{
		{"a good one is fine", map[string]string{good: "-- +goose Up\nSELECT 1;" + end + "-- the end\n"}, nil},
		{"another first line is found", map[string]string{good: "-- pos\n-- +goose Up" + end}, []string{"the first line must be"}},
		{"a second directive is found", map[string]string{good: "-- +goose Up" + end + "-- +goose Down\n"}, []string{"no other directive"}},
		{"a missing or false version is found", map[string]string{good: "-- +goose Up\nINSERT INTO pos_schema (version) VALUES (20261122100001);"}, []string{"VALUES (20261122100000);`"}},
		{"a statement after it is found", map[string]string{good: "-- +goose Up" + end + "SELECT 1;"}, []string{"the last statement"}},
		{"a version that is no time is found", map[string]string{"pos/posbun/migrations/sqlite/20261322100000_pos.sql": "-- +goose Up\nINSERT INTO pos_schema (version) VALUES (20261322100000);"}, []string{"not a UTC time"}},
		{"a third dialect is found", map[string]string{"pos/posbun/migrations/mysql/20261122100000_pos.sql": "-- +goose Up" + end}, []string{"neither postgres nor sqlite"}},
	})
}

func TestMigrationsPairsAreChecked(t *testing.T) {
	t.Parallel()
	try(t, migrationsPaired, []seed{
		{"the same names on both sides are fine", map[string]string{
			"pos/posbun/migrations/sqlite/20261122100000_pos.sql": "", "pos/posbun/migrations/postgres/20261122100000_pos.sql": "",
		}, nil},
		{"a file on one side is found", map[string]string{"pos/posbun/migrations/sqlite/20261122100000_pos.sql": ""}, []string{"pos/posbun/migrations/postgres has no such file"}},
		{"a version in two packages is found", map[string]string{
			"pos/posbun/migrations/sqlite/20261122100000_pos.sql": "", "pos/posbun/migrations/postgres/20261122100000_pos.sql": "",
			"loyalty/loyaltybun/migrations/sqlite/20261122100000_l.sql": "", "loyalty/loyaltybun/migrations/postgres/20261122100000_l.sql": "",
		}, []string{"20261122100000 stands in loyalty/loyaltybun/migrations too"}},
		{"a version twice in one folder is found", map[string]string{
			"pos/posbun/migrations/sqlite/20261122100000_a.sql": "", "pos/posbun/migrations/postgres/20261122100000_a.sql": "",
			"pos/posbun/migrations/sqlite/20261122100000_b.sql": "", "pos/posbun/migrations/postgres/20261122100000_b.sql": "",
		}, []string{"stands twice", "stands twice"}},
	})
}

func TestTablesAreChecked(t *testing.T) {
	t.Parallel()
	sqlite := func(sql string) map[string]string {
		return map[string]string{"pos/posbun/migrations/sqlite/20261122100000_pos.sql": sql}
	}
	try(t, tablesTenanted, []seed{
		{"good tables are fine", sqlite(`CREATE TABLE IF NOT EXISTS pos_schema (version INTEGER PRIMARY KEY) STRICT;
			CREATE TABLE pos_devices ( -- UNIQUE (id)
				tenant_id TEXT NOT NULL,
				id TEXT NOT NULL CHECK (length(id) > 0),
				PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, id),
				FOREIGN KEY (tenant_id, id) REFERENCES pos_devices (tenant_id, id)
			) STRICT, WITHOUT ROWID;
			CREATE INDEX pos_devices_id ON pos_devices (tenant_id, id);
			CREATE INDEX pos_devices_due ON pos_devices (due_at, tenant_id);`), nil},
		{"PostgreSQL has no strict tables", map[string]string{"pos/posbun/migrations/postgres/20261122100000_pos.sql": `CREATE TABLE pos_tenants (tenant_id text PRIMARY KEY);`}, nil},
		{"a table that is not strict is found", sqlite(`CREATE TABLE pos_a (tenant_id TEXT PRIMARY KEY); CREATE TABLE pos_b (tenant_id TEXT PRIMARY KEY) STRICT;`), []string{"pos_a is not STRICT"}},
		{"keys that begin with another column are found", sqlite(`CREATE TABLE pos_a (
				tenant_id TEXT NOT NULL,
				id TEXT NOT NULL UNIQUE,
				PRIMARY KEY (id, tenant_id)
			) STRICT;`), []string{"(PRIMARY KEY) that begins with id", "(UNIQUE) that begins with id"}},
		{"a table without a key is found", sqlite(`CREATE TABLE pos_a (tenant_id TEXT NOT NULL) STRICT;`), []string{"no primary key"}},
		{"an index over all tenants is found", sqlite(`CREATE UNIQUE INDEX pos_a_x ON pos_a (x);`), []string{"the index pos_a_x begins with x"}},
		{"another package's prefix is found", sqlite(`CREATE TABLE devices (tenant_id TEXT PRIMARY KEY) STRICT;`), []string{"is not named pos_"}},
	})
}

// frozen lists the released migrations as sha256sum does. A file that stands
// there must stay as it was: databases have run it.
const frozen = "internal/arch/migrations.sha256"

func released(m *module) (broken []string) {
	sums := map[string]string{}
	list := ""
	for _, f := range m.files {
		sums[f.path] = fmt.Sprintf("%x", sha256.Sum256([]byte(f.text)))
		if f.path == frozen {
			list = f.text
		}
	}
	for line := range strings.Lines(list) {
		fields := strings.Fields(line)
		switch {
		case len(fields) != 2:
			broken = append(broken, fmt.Sprintf("%s: %q is not a sum and a path", frozen, strings.TrimSpace(line)))
		case sums[fields[1]] == "":
			broken = append(broken, fields[1]+": the file was released and is gone")
		case sums[fields[1]] != fields[0]:
			broken = append(broken, fields[1]+": the file was released and has changed; add a new one instead")
		}
	}
	return broken
}

func TestReleasedMigrationsAreChecked(t *testing.T) {
	t.Parallel()
	const none = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	try(t, released, []seed{
		{"a file that stayed is fine", map[string]string{frozen: none + "  a.sql\n", "a.sql": ""}, nil},
		{"one that changed, went or can't be read is found", map[string]string{frozen: none + "  a.sql\n" + none + "  b.sql\nnothing\n", "a.sql": " "}, []string{"a.sql: the file was released and has changed", "b.sql: the file was released and is gone", `"nothing" is not`}},
	})
	m, err := repository()
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(m.files, func(f *file) bool { return f.path == frozen }), "the list itself is there")
}
