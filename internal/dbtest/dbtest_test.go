package dbtest_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
	"github.com/petanque-life/venuekit/internal/sqldb"
)

const counterTable = "CREATE TABLE counter (tenant_id text PRIMARY KEY, n int NOT NULL)"

func migrate(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, counterTable)
	return err
}

func bothDialects(t *testing.T, fn func(t *testing.T, d bunx.Dialect)) {
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		t.Run(d.String(), func(t *testing.T) { fn(t, d) })
	}
}

func TestEachRunsOnBothWithADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	dbtest.URL(t, bunx.Postgres) // skips where there is none
	var names []string
	for range 2 {
		dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
			names = append(names, t.Name()[strings.LastIndex(t.Name(), "/")+1:])
			_, err := db.Exec(counterTable) // fails if it is there
			require.NoError(t, err)
			version := map[bunx.Dialect]string{bunx.SQLite: "SELECT sqlite_version()", bunx.Postgres: "SELECT version()"}
			require.NoError(t, db.QueryRow(version[d]).Scan(new(string)))
		})
	}
	require.Equal(t, []string{"sqlite", "postgres", "sqlite#01", "postgres#01"}, names)
}

func TestOpenedDatabaseIsClosedWithItsTest(t *testing.T) {
	t.Parallel()
	bothDialects(t, func(t *testing.T, d bunx.Dialect) {
		dbtest.URL(t, d) // skips where there is none
		var db *sql.DB
		t.Run("inner", func(t *testing.T) { db = dbtest.Open(t, d) })
		require.NotNil(t, db)
		require.ErrorContains(t, db.Ping(), "closed")
	})
}

func TestURLNamesAFreshDatabaseThatOtherProcessesCanOpen(t *testing.T) {
	t.Parallel()
	bothDialects(t, func(t *testing.T, want bunx.Dialect) {
		url := dbtest.URL(t, want)
		require.NotEqual(t, url, dbtest.URL(t, want))
		for _, statement := range []string{counterTable, "INSERT INTO counter VALUES ('a', 1)"} {
			db, d, err := sqldb.Open(t.Context(), url) // each with a pool of its own, as a process would
			require.NoError(t, err)
			require.Equal(t, want, d)
			_, err = db.Exec(statement)
			require.NoError(t, err)
			require.NoError(t, db.Close())
		}
	})
}

func TestSharedGivesOneDatabasePerKeyMigratedOnce(t *testing.T) {
	t.Parallel()
	bothDialects(t, func(t *testing.T, d bunx.Dialect) {
		dbtest.URL(t, d) // skips where there is none
		var migrations atomic.Int32
		count := func(ctx context.Context, db *sql.DB) error {
			migrations.Add(1)
			return migrate(ctx, db)
		}
		key := dbtest.Tenant(t)
		dbs := make([]*sql.DB, 8)
		t.Run("tests at once", func(t *testing.T) {
			for i := range dbs {
				t.Run("one", func(t *testing.T) {
					t.Parallel()
					dbs[i] = dbtest.Shared(t, d, key, count)
				})
			}
		})
		for _, db := range dbs {
			require.Same(t, dbs[0], db)
			require.NoError(t, db.Ping(), "it outlives the test that asked")
		}
		other := dbtest.Shared(t, d, key+" another", count)
		require.NotSame(t, dbs[0], other)
		require.EqualValues(t, 2, migrations.Load())

		_, err := dbs[0].Exec("INSERT INTO counter VALUES ('a', 1)")
		require.NoError(t, err)
		var n int
		require.NoError(t, other.QueryRow("SELECT count(*) FROM counter").Scan(&n))
		require.Zero(t, n)
	})
}

// TestChildOfFailedMigration is what the next test starts.
func TestChildOfFailedMigration(t *testing.T) {
	if os.Getenv("DBTEST_CHILD") == "" {
		return
	}
	for range 2 {
		t.Run("asks", func(t *testing.T) {
			dbtest.Shared(t, bunx.SQLite, "broken", func(context.Context, *sql.DB) error {
				t.Log("migrates")
				return errors.New("out of cheese")
			})
		})
	}
}

func TestFailedMigrationFailsEveryTestThatShares(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildOfFailedMigration$", "-test.v")
	cmd.Env = append(os.Environ(), "DBTEST_CHILD=1")
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, 1, strings.Count(string(out), "migrates"), string(out))
	require.Equal(t, 2, strings.Count(string(out), `migrate "broken" on sqlite: out of cheese`), string(out))
}

func TestTenantsAreDistinctAndPlain(t *testing.T) {
	t.Parallel()
	require.NotEqual(t, dbtest.Tenant(t), dbtest.Tenant(t))
	require.Regexp(t, `^[a-z][a-z0-9-]{1,40}$`, dbtest.Tenant(t), "it may stand in a host name and before the dot of a credential")
}

func TestNoUpdateIsLost(t *testing.T) {
	t.Parallel()
	const workers, rounds = 16, 50
	bothDialects(t, func(t *testing.T, d bunx.Dialect) {
		for name, db := range map[string]*sql.DB{
			"fresh":  dbtest.Open(t, d),
			"shared": dbtest.Shared(t, d, "counter", migrate),
		} {
			t.Run(name, func(t *testing.T) {
				tenant := dbtest.Tenant(t)
				if name == "fresh" {
					require.NoError(t, migrate(t.Context(), db))
				}
				_, err := db.Exec("INSERT INTO counter VALUES ('" + tenant + "', 0)")
				require.NoError(t, err)
				var wg sync.WaitGroup
				errs := make([]error, workers)
				for i := range workers {
					wg.Go(func() {
						for range rounds {
							errs[i] = errors.Join(errs[i], increment(t.Context(), db, d, tenant))
						}
					})
				}
				wg.Wait()
				require.NoError(t, errors.Join(errs...))
				var n int
				require.NoError(t, db.QueryRow("SELECT n FROM counter WHERE tenant_id = '"+tenant+"'").Scan(&n))
				require.Equal(t, workers*rounds, n)
			})
		}
	})
}

// increment reads, then writes, in one transaction.
func increment(ctx context.Context, db *sql.DB, d bunx.Dialect, tenant string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	query := "SELECT n FROM counter WHERE tenant_id = '" + tenant + "'"
	if d == bunx.Postgres {
		query += " FOR UPDATE"
	}
	var n int
	if err := tx.QueryRowContext(ctx, query).Scan(&n); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE counter SET n = $1 WHERE tenant_id = $2", n+1, tenant); err != nil {
		return err
	}
	return tx.Commit()
}

func TestSharedDatabaseCanBeReadBesideAnOpenTransaction(t *testing.T) {
	t.Parallel()
	bothDialects(t, func(t *testing.T, d bunx.Dialect) {
		db, tenant := dbtest.Shared(t, d, "counter", migrate), dbtest.Tenant(t)
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer tx.Rollback()
		_, err = tx.Exec("INSERT INTO counter VALUES ('" + tenant + "', 0)")
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // less than SQLite waits for a lock
		defer cancel()
		var n int
		require.NoError(t, db.QueryRowContext(ctx, "SELECT count(*) FROM counter WHERE tenant_id = '"+tenant+"'").Scan(&n))
		require.Zero(t, n, "what isn't committed isn't seen")
	})
}

func TestForeignKeysAreEnforced(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, _ bunx.Dialect) {
		_, err := db.Exec("CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (parent int REFERENCES parent)")
		require.NoError(t, err)
		_, err = db.Exec("INSERT INTO child VALUES (1)")
		require.Error(t, err)
		require.Contains(t, strings.ToLower(err.Error()), "foreign key")
	})
}

func TestSharedFileIsNotInTheTestsDirectory(t *testing.T) {
	t.Parallel()
	var file string
	t.Run("first", func(t *testing.T) {
		db := dbtest.Shared(t, bunx.SQLite, "place", migrate)
		require.NoError(t, db.QueryRow("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&file))
	})
	require.FileExists(t, file)
	require.Equal(t, "test.db", filepath.Base(file))
}
