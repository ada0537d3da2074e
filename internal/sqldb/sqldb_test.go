package sqldb_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/pgtest"
	"github.com/petanque-life/venuekit/internal/sqldb"
)

func open(t *testing.T, url string) (*sql.DB, bunx.Dialect) {
	t.Helper()
	db, d, err := sqldb.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return db, d
}

func get[T any](t *testing.T, db *sql.DB, query string) T {
	t.Helper()
	var value T
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&value))
	return value
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, c := range map[string]struct{ url, want string }{
		"an empty path":                     {"", "is empty"},
		"a URI without a path":              {"file:?mode=rwc", "is empty"},
		"a database in memory":              {":memory:", "in memory"},
		"a database in memory by URI":       {"file::memory:", "in memory"},
		"a database in memory by mode":      {"file:a.db?mode=memory", "in memory"},
		"a database in memory by vfs":       {"file:/a?vfs=memdb", "in memory"},
		"another server":                    {"mysql://root@localhost/x", `"mysql"`},
		"a directory":                       {dir, "unable to open"},
		"a file in an absent directory":     {filepath.Join(dir, "absent", "a.db"), "unable to open"},
		"malformed parameters":              {"file:" + dir + "/a.db?_pragma=%zz", "parameters"},
		"a port that is none":               {"postgres://user:swordfish@localhost:seven/x", "port"},
		"an unknown mode of execution":      {"postgres://user:swordfish@localhost/x?default_query_exec_mode=fast", "default_query_exec_mode"},
		"a server that isn't there":         {"postgres://user:swordfish@localhost:1/x?sslmode=disable", "failed to connect"},
		"a socket directory without socket": {"postgres://user:swordfish@/x?host=" + url.QueryEscape(dir), "failed to connect"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, _, err := sqldb.Open(t.Context(), c.url)
			require.Nil(t, db)
			require.ErrorContains(t, err, c.want)
			require.True(t, strings.HasPrefix(err.Error(), "sqldb: "), err)
			require.NotContains(t, err.Error(), "swordfish", "a password in an error ends up in logs")
		})
	}
}

func TestOpenRefusesSQLiteWithForeignKeysOff(t *testing.T) {
	t.Parallel()
	db, _, err := sqldb.Open(t.Context(), "file:"+t.TempDir()+"/a.db?_pragma=foreign_keys(0)")
	require.Nil(t, db)
	require.ErrorIs(t, err, sqldb.ErrForeignKeys)
}

func TestOpenGivesUpWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, url := range []string{filepath.Join(t.TempDir(), "a.db"), "postgres://localhost:1/x"} {
		_, _, err := sqldb.Open(ctx, url)
		require.ErrorIs(t, err, context.Canceled, url)
	}
}

func TestEveryConnectionToSQLiteHasThePragmas(t *testing.T) {
	t.Parallel()
	db, d := open(t, filepath.Join(t.TempDir(), "a.db"))
	require.Equal(t, bunx.SQLite, d)
	limit := db.Stats().MaxOpenConnections
	require.Equal(t, 6, limit)
	for range limit { // all held at once, hence all different
		conn, err := db.Conn(t.Context())
		require.NoError(t, err)
		defer conn.Close()
		for pragma, want := range map[string]string{
			"foreign_keys": "1", "journal_mode": "wal", "synchronous": "1", "busy_timeout": "5000",
		} {
			var got string
			require.NoError(t, conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
			require.Equal(t, want, got, pragma)
		}
	}
}

func TestConnectionsIdleUpToTheLimit(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "a.db") },
		"postgres": func(t *testing.T) string { return pgtest.Database(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, _ := open(t, url(t))
			var conns []*sql.Conn
			for range db.Stats().MaxOpenConnections {
				conn, err := db.Conn(t.Context())
				require.NoError(t, err)
				conns = append(conns, conn)
			}
			for _, conn := range conns {
				require.NoError(t, conn.Close())
			}
			require.Equal(t, len(conns), db.Stats().Idle)
		})
	}
}

func TestSQLiteEnforcesForeignKeys(t *testing.T) {
	t.Parallel()
	db, _ := open(t, filepath.Join(t.TempDir(), "a.db"))
	_, err := db.Exec(`CREATE TABLE a (id INTEGER PRIMARY KEY) STRICT; CREATE TABLE b (a INTEGER REFERENCES a) STRICT`)
	require.NoError(t, err)
	_, err = db.Exec(`INSERT INTO b VALUES (1)`)
	require.ErrorContains(t, err, "FOREIGN KEY")
}

func TestSQLiteTransactionsBeginImmediate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	db, _ := open(t, path)
	hasty, _ := open(t, "file:"+path+"?_pragma=busy_timeout(0)")
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer tx.Rollback()
	_, err = hasty.BeginTx(t.Context(), nil)
	require.Error(t, err, "the first holds the write lock although it has written nothing")
	require.True(t, bunx.IsRetryable(err), err)
	require.Equal(t, 1, get[int](t, hasty, "SELECT 1"), "readers aren't held up")
}

func TestSQLitePathsAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"plain":                     "a.db",
		"with a space":              "a b.db",
		"with what URIs give sense": "50%25 a?b=c&d#e:f@g+h.db",
		"beyond ASCII":              "Lidköping.db",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), file)
			db, _ := open(t, path)
			_, err := db.Exec("CREATE TABLE a (id INTEGER) STRICT")
			require.NoError(t, err)
			require.FileExists(t, path)
		})
	}
}

func TestANewSQLiteFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, path := range map[string]string{
		"plain.db": "plain.db", "with space.db": "with space.db", "uri.db": "file:%s/uri.db?_pragma=cache_size(100)", "a b.db": "file:%s/a%%20b.db",
	} {
		url := filepath.Join(dir, path)
		if strings.HasPrefix(path, "file:") {
			url = fmt.Sprintf(path, dir)
		}
		db, _ := open(t, url)
		_, err := db.Exec("CREATE TABLE a (id INTEGER) STRICT")
		require.NoError(t, err)
		for _, suffix := range []string{"", "-wal", "-shm"} {
			info, err := os.Stat(filepath.Join(dir, name+suffix))
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name+suffix)
		}
	}
	shared := filepath.Join(dir, "shared.db")
	require.NoError(t, os.WriteFile(shared, nil, 0o600))
	require.NoError(t, os.Chmod(shared, 0o660))
	open(t, shared)
	info, err := os.Stat(shared)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o660), info.Mode().Perm(), "one that is there is its owner's matter")
	_, _, err = sqldb.Open(t.Context(), "file:"+dir+"/none.db?mode=rw")
	require.Error(t, err)
	require.NoFileExists(t, filepath.Join(dir, "none.db"))
}

func TestSQLiteFileIsRelativeToTheWorkingDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{"a.db", "./b.db", "file:c.db"} {
		db, _ := open(t, path)
		require.NoError(t, db.Ping())
		require.FileExists(t, strings.TrimPrefix(path, "file:"))
	}
}

func TestReplicasThatMakeOneSQLiteFileAtOnceAllOpenIt(t *testing.T) {
	t.Parallel()
	for range 20 {
		path := filepath.Join(t.TempDir(), "a.db")
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() {
				db, _, err := sqldb.Open(t.Context(), path)
				if errs[i] = err; err == nil {
					errs[i] = db.Close()
				}
			})
		}
		wg.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
	}
}

func TestPostgresPreparesNothing(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t)
	for name, c := range map[string]struct {
		parameter string
		want      int
	}{
		"by default":                    {"", 0},
		"unless the URL says otherwise": {"&default_query_exec_mode=cache_statement", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, d := open(t, database+c.parameter)
			require.Equal(t, bunx.Postgres, d)
			require.Equal(t, 20, db.Stats().MaxOpenConnections)
			conn, err := db.Conn(t.Context())
			require.NoError(t, err)
			defer conn.Close()
			var statements int
			// Counts itself too, when it is prepared.
			require.NoError(t, conn.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_prepared_statements").Scan(&statements))
			require.Equal(t, c.want, statements)
		})
	}
}

func TestPostgresqlIsAnotherNameOfTheScheme(t *testing.T) {
	t.Parallel()
	_, d := open(t, strings.Replace(pgtest.Database(t), "postgres://", "postgresql://", 1))
	require.Equal(t, bunx.Postgres, d)
}
