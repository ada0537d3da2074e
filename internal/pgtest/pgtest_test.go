package pgtest_test

import (
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/pgtest"
	"github.com/petanque-life/venuekit/internal/sqldb"
	"github.com/petanque-life/venuekit/internal/testenv"
)

// childMode makes this test binary, started by one of its tests, do a part of
// another binary.
const childMode = "PGTEST_CHILD"

func open(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, _, err := sqldb.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func get(t *testing.T, db *sql.DB, query string) (value string) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&value))
	return value
}

// child returns a command that runs this binary's TestChild.
func child(t *testing.T, mode string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), childMode+"="+mode, "TEST_DATABASE_URL=")
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// needPrograms ends a test of private servers where none can be started,
// though TEST_DATABASE_URL may name another.
func needPrograms(t *testing.T) {
	t.Helper()
	if _, err := pgtest.Find(); err != nil {
		testenv.Missing(t, "postgres", err.Error())
	}
}

func TestChild(t *testing.T) {
	switch os.Getenv(childMode) {
	case "twice":
		for range 2 {
			t.Run("asks", func(t *testing.T) { t.Log("database:", pgtest.Database(t)) })
		}
	case "wait":
		db := open(t, pgtest.Database(t))
		pid, _, _ := strings.Cut(get(t, db, "SELECT pg_read_file('postmaster.pid')"), "\n")
		os.Stdout.WriteString("server " + pid + " " + get(t, db, "SHOW data_directory") + "\n")
		os.Stdin.Read(make([]byte, 1)) // until the parent closes it, or kills
	}
}

func TestEachDatabaseIsFreshAndEmpty(t *testing.T) {
	t.Parallel()
	first, second := open(t, pgtest.Database(t)), open(t, pgtest.Database(t))
	require.NotEqual(t, get(t, first, "SELECT current_database()"), get(t, second, "SELECT current_database()"))
	_, err := first.Exec("CREATE TABLE a (id int)")
	require.NoError(t, err)
	for _, db := range []*sql.DB{second, open(t, pgtest.Database(t))} {
		require.Equal(t, "0", get(t, db, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"))
	}
}

func TestOneServerServesTheBinary(t *testing.T) {
	t.Parallel()
	first, second := open(t, pgtest.Database(t)), open(t, pgtest.Database(t))
	require.Equal(t, get(t, first, "SELECT pg_postmaster_start_time()::text"), get(t, second, "SELECT pg_postmaster_start_time()::text"))
}

func TestDatabaseKnowsLettersBeyondASCII(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Database(t))
	require.Equal(t, "UTF8", get(t, db, "SHOW server_encoding"))
	require.Equal(t, "åäö", get(t, db, "SELECT 'å' || lower('ä') || 'ö'"))
	require.Equal(t, "Z,a,å", get(t, db, "SELECT string_agg(x, ',' ORDER BY x) FROM (VALUES ('å'), ('a'), ('Z')) AS v(x)"), "strings order by bytes")
}

func TestPrivateServerIsFastAndRoomy(t *testing.T) {
	t.Parallel()
	if os.Getenv("TEST_DATABASE_URL") != "" {
		return // not private
	}
	db := open(t, pgtest.Database(t))
	for setting, want := range map[string]string{
		"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off",
		"max_connections": "300", "listen_addresses": "", "TimeZone": "UTC",
	} {
		require.Equal(t, want, get(t, db, "SHOW "+setting), setting)
	}
}

func TestWithoutServerTestsAreSkippedAndTheReasonSaidOnce(t *testing.T) {
	t.Parallel()
	out, err := child(t, "twice", "PGTEST_BIN="+t.TempDir(), testenv.Require+"=chromium").CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, 2, strings.Count(string(out), "--- SKIP: TestChild/"), string(out))
	require.Equal(t, 1, strings.Count(string(out), "install the PostgreSQL server"), string(out))
}

func TestWithoutServerTestsFailWhereItIsRequired(t *testing.T) {
	t.Parallel()
	out, err := child(t, "twice", "PGTEST_BIN="+t.TempDir(), testenv.Require+"=chromium, postgres").CombinedOutput()
	require.Error(t, err)
	require.Equal(t, 2, strings.Count(string(out), "--- FAIL: TestChild/"), string(out))
}

func TestServerThatDoesNotStartFailsTheTestAndShowsItsWords(t *testing.T) {
	t.Parallel()
	const fails = "#!/bin/sh\necho out of cheese >&2\nexit 1\n"
	for name, initdb := range map[string]string{
		"at initdb":   fails,
		"at postgres": "#!/bin/sh\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bin := t.TempDir()
			require.NoError(t, os.Chmod(filepath.Dir(bin), 0o755)) // for the account that runs them
			require.NoError(t, os.WriteFile(filepath.Join(bin, "initdb"), []byte(initdb), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(bin, "postgres"), []byte(fails), 0o755))
			out, err := child(t, "twice", "PGTEST_BIN="+bin, "XDG_CACHE_HOME="+t.TempDir()).CombinedOutput()
			require.Error(t, err)
			require.Equal(t, 2, strings.Count(string(out), "out of cheese"), string(out))
		})
	}
}

func TestBinariesThatStartAtOnceShareTheCachedCluster(t *testing.T) {
	t.Parallel()
	needPrograms(t)
	cache := t.TempDir()
	children := make([]*exec.Cmd, 2)
	outputs := make([]strings.Builder, len(children))
	for i := range children {
		children[i] = child(t, "twice", "XDG_CACHE_HOME="+cache, "HOME="+cache)
		children[i].Stdout, children[i].Stderr = &outputs[i], &outputs[i]
		require.NoError(t, children[i].Start())
	}
	for i, c := range children {
		require.NoError(t, c.Wait(), outputs[i].String())
		require.Equal(t, 2, strings.Count(outputs[i].String(), "database: postgres://"), outputs[i].String())
	}
	var entries []string
	require.NoError(t, filepath.WalkDir(cache, func(path string, d os.DirEntry, err error) error {
		if err == nil && filepath.Base(filepath.Dir(path)) == "venuekit" {
			entries = append(entries, d.Name())
		}
		return err
	}))
	require.Len(t, entries, 1, "one whole copy, and nothing half done")
	require.True(t, strings.HasPrefix(entries[0], "postgres-"), entries)
}

func TestServerOfTheEnvironmentIsUsedAndKeptTidy(t *testing.T) {
	t.Parallel()
	server := pgtest.Database(t)
	admin := open(t, server)
	mark := "_" + strings.ToLower(rand.Text())
	for _, name := range []string{"1_forgotten", "2_busy", "99999999999_new", "mine"} {
		_, err := admin.Exec("CREATE DATABASE venuekit_test_" + name + mark)
		require.NoError(t, err)
	}
	u, err := url.Parse(server)
	require.NoError(t, err)
	u.Path = "/venuekit_test_2_busy" + mark
	require.NoError(t, open(t, u.String()).Ping()) // and stays connected

	out, err := child(t, "twice", "TEST_DATABASE_URL="+server, "PGTEST_BIN="+t.TempDir(), testenv.Require+"=postgres").CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, 2, strings.Count(string(out), "database: postgres"), string(out))
	require.Equal(t, "2_busy 99999999999_new mine", get(t, admin,
		`SELECT string_agg(replace(replace(datname, 'venuekit_test_', ''), '`+mark+`', ''), ' ' ORDER BY datname)
		FROM pg_database WHERE datname LIKE '%'||'`+mark+`'`))
}
