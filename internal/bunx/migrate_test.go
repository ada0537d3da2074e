package bunx_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
	"github.com/petanque-life/venuekit/internal/sqldb"
)

const firstVersion = 20260101000000

// files returns one migration for each number, which logs what it does in a
// table without a key, so that a second application would show.
func files(numbers ...int64) fstest.MapFS {
	all := fstest.MapFS{}
	for _, n := range numbers {
		text := "-- +goose Up\n"
		if n == 1 {
			text += "CREATE TABLE pack_log (entry text NOT NULL);\n"
		}
		text += fmt.Sprintf("CREATE TABLE pack_%d (id bigint);\nINSERT INTO pack_log VALUES ('%d');\nINSERT INTO pack_schema (version) VALUES (%d);\n",
			n, n, firstVersion+n)
		all[fmt.Sprintf("%d_file.sql", firstVersion+n)] = &fstest.MapFile{Data: []byte(text)}
	}
	return all
}

func with(fsys fstest.MapFS, name, text string) fstest.MapFS {
	fsys = maps.Clone(fsys)
	fsys[name] = &fstest.MapFile{Data: []byte(text)}
	return fsys
}

func column[T any](t testing.TB, db *sql.DB, query string) []T {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	var all []T
	for rows.Next() {
		var v T
		require.NoError(t, rows.Scan(&v))
		all = append(all, v)
	}
	require.NoError(t, rows.Err())
	return all
}

func logged(t testing.TB, db *sql.DB) []string {
	return column[string](t, db, "SELECT entry FROM pack_log")
}

// recorded are the versions in the database less the first, without the lock's row.
func recorded(t testing.TB, db *sql.DB) []int64 {
	var all []int64
	for _, v := range column[int64](t, db, "SELECT version FROM pack_schema WHERE version > 0 ORDER BY version") {
		all = append(all, v-firstVersion)
	}
	return all
}

func TestMigrateAppliesEachFileOnceInTheOrderOfVersions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		for range 2 { // the second time changes nothing
			require.NoError(t, bunx.Migrate(t.Context(), db, d, "pack", files(1, 2, 3, 10, 11)))
			require.Equal(t, []string{"1", "2", "3", "10", "11"}, logged(t, db))
			require.Equal(t, []int64{1, 2, 3, 10, 11}, recorded(t, db))
		}
	})
}

func TestMigrateAppliesWhatIsMissingInTheMiddle(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		require.NoError(t, bunx.Migrate(t.Context(), db, d, "pack", files(1, 2, 4)))
		err := bunx.CheckSchema(t.Context(), db, d, "pack", files(1, 2, 3, 4))
		require.ErrorIs(t, err, bunx.ErrSchema)
		require.ErrorContains(t, err, "missing 20260101000003_file.sql")
		require.NotContains(t, err.Error(), "20260101000002")

		require.NoError(t, bunx.Migrate(t.Context(), db, d, "pack", files(1, 2, 3, 4)))
		require.Equal(t, []string{"1", "2", "4", "3"}, logged(t, db))
		require.NoError(t, bunx.CheckSchema(t.Context(), db, d, "pack", files(1, 2, 3, 4)))
	})
}

func TestMigrateOfAnOlderReleaseLeavesNewerVersionsAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		require.NoError(t, bunx.Migrate(t.Context(), db, d, "pack", files(1, 2, 3)))
		require.NoError(t, bunx.CheckSchema(t.Context(), db, d, "pack", files(1, 2)))
		require.NoError(t, bunx.Migrate(t.Context(), db, d, "pack", files(1, 2)))
		require.Equal(t, []int64{1, 2, 3}, recorded(t, db))
	})
}

func TestPackagesMigrateBesideEachOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		require.NoError(t, bunx.Migrate(t.Context(), db, d, "pack", files(1)))
		require.NoError(t, bunx.Migrate(t.Context(), db, d, "test", schemaFor(d)))
		require.NoError(t, bunx.CheckSchema(t.Context(), db, d, "pack", files(1)))
		require.ErrorIs(t, bunx.CheckSchema(t.Context(), db, d, "other", files(1)), bunx.ErrSchema)
	})
}

func TestCheckSchemaChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		tables := map[bunx.Dialect]string{
			bunx.SQLite:   "SELECT count(*) FROM sqlite_schema",
			bunx.Postgres: "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'",
		}[d]
		require.ErrorIs(t, bunx.CheckSchema(t.Context(), db, d, "pack", files(1, 2)), bunx.ErrSchema)
		require.Equal(t, []int{0}, column[int](t, db, tables))

		require.NoError(t, bunx.Migrate(t.Context(), db, d, "pack", files(1)))
		before := column[int](t, db, tables)
		err := bunx.CheckSchema(t.Context(), db, d, "pack", files(1, 2, 3))
		require.ErrorIs(t, err, bunx.ErrSchema)
		require.ErrorContains(t, err, "missing 20260101000002_file.sql, 20260101000003_file.sql")
		require.Equal(t, before, column[int](t, db, tables))
	})
}

func TestCheckSchemaTellsADatabaseOutOfReachFromOneBehind(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := bunx.CheckSchema(ctx, db, d, "pack", files(1))
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, bunx.ErrSchema)
		require.NoError(t, db.Close())
		err = bunx.CheckSchema(t.Context(), db, d, "pack", files(1))
		require.Error(t, err)
		require.NotErrorIs(t, err, bunx.ErrSchema)
	})
}

func TestMigrateLeavesNothingOfAFileThatFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"whose last statement is wrong":         {"CREATE TABLE half (id bigint); INSERT INTO pack_log VALUES ('half'); INSERT INTO absent VALUES (1);", "absent"},
		"that doesn't record its version":       {"CREATE TABLE half (id bigint); INSERT INTO pack_log VALUES ('half');", "doesn't record its version"},
		"that records the version of another":   {"CREATE TABLE half (id bigint); INSERT INTO pack_log VALUES ('half'); INSERT INTO pack_schema (version) VALUES (20260101000009);", "doesn't record its version"},
		"that records a version already there":  {"CREATE TABLE half (id bigint); INSERT INTO pack_log VALUES ('half'); INSERT INTO pack_schema (version) VALUES (20260101000001);", "20260101000002_bad.sql"},
		"that is no SQL":                        {"CREATE TABEL half (id bigint);", "20260101000002_bad.sql"},
		"that is empty":                         {"", "doesn't record its version"},
		"that is only the comment of its first": {"-- +goose Up\n", "doesn't record its version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
				bad := with(files(1, 3), "20260101000002_bad.sql", c.text)
				err := bunx.Migrate(t.Context(), db, d, "pack", bad)
				require.ErrorContains(t, err, c.want)
				require.True(t, strings.HasPrefix(err.Error(), "pack: "), err)
				require.Equal(t, []string{"1"}, logged(t, db), "what came before stays, what comes after isn't tried")
				require.Equal(t, []int64{1}, recorded(t, db))
				_, err = db.Exec("CREATE TABLE half (id bigint)")
				require.NoError(t, err, "the failed file's table isn't there")

				require.NoError(t, bunx.Migrate(t.Context(), db, d, "pack", files(1, 2, 3)), "a mended file goes through")
			})
		})
	}
}

func TestMigrateRefusesAFolderItCannotRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fsys fstest.MapFS
		want string
	}{
		"without files":                     {fstest.MapFS{}, "no migrations"},
		"with only other files":             {fstest.MapFS{"README.md": {}, "sql/20260101000001_a.sql": {}}, "no migrations"},
		"with a name without a version":     {with(files(1), "second.sql", ""), "second.sql: name has no version"},
		"with a short version":              {with(files(1), "0002_second.sql", ""), "0002_second.sql: name has no version"},
		"with a long version":               {with(files(1), "202601010000020_second.sql", ""), "name has no version"},
		"with letters in the version":       {with(files(1), "2026010100000x_second.sql", ""), "name has no version"},
		"with a signed version":             {with(files(1), "-2026010100000_second.sql", ""), "name has no version"},
		"with a version that is no instant": {with(files(1), "20261301000000_second.sql", ""), "name has no version"},
		"with the version of the lock":      {with(files(1), "00000000000000_second.sql", ""), "name has no version"},
		"with one version twice":            {with(files(1), "20260101000001_second.sql", ""), "20260101000001_second.sql: version is taken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := dbtest.Open(t, bunx.SQLite)
			for _, f := range []func(context.Context, *sql.DB, bunx.Dialect, string) error{
				func(ctx context.Context, db *sql.DB, d bunx.Dialect, pkg string) error {
					return bunx.Migrate(ctx, db, d, pkg, c.fsys)
				},
				func(ctx context.Context, db *sql.DB, d bunx.Dialect, pkg string) error {
					return bunx.CheckSchema(ctx, db, d, pkg, c.fsys)
				},
			} {
				err := f(t.Context(), db, bunx.SQLite, "pack")
				require.ErrorContains(t, err, c.want)
				require.NotErrorIs(t, err, bunx.ErrSchema)
			}
			require.Equal(t, []int{0}, column[int](t, db, "SELECT count(*) FROM sqlite_schema"))
		})
	}
}

func TestSQLiteWithForeignKeysOffIsRefused(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", "file:"+dbtest.URL(t, bunx.SQLite)+"?_pragma=foreign_keys(0)")
	require.NoError(t, err)
	defer db.Close()
	require.ErrorContains(t, bunx.Migrate(t.Context(), db, bunx.SQLite, "pack", files(1)), "foreign_keys off")
	require.ErrorContains(t, bunx.CheckSchema(t.Context(), db, bunx.SQLite, "pack", files(1)), "foreign_keys off")
	require.Equal(t, []int{0}, column[int](t, db, "SELECT count(*) FROM sqlite_schema"))
}

func TestMigrateWaitsForOthersWhateverTheHostsSettings(t *testing.T) {
	t.Parallel()
	numbers := []int64{1, 2, 3, 4, 5}
	for name, c := range map[string]struct {
		d   bunx.Dialect
		url func(url string) string
	}{
		"sqlite as prescribed":         {bunx.SQLite, func(url string) string { return url }},
		"sqlite that doesn't wait":     {bunx.SQLite, func(url string) string { return "file:" + url + "?_pragma=busy_timeout(0)" }},
		"postgres as prescribed":       {bunx.Postgres, func(url string) string { return url }},
		"postgres in repeatable read":  {bunx.Postgres, func(url string) string { return url + "&default_transaction_isolation=repeatable%20read" }},
		"postgres that is serializing": {bunx.Postgres, func(url string) string { return url + "&default_transaction_isolation=serializable" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 3 {
				url := c.url(dbtest.URL(t, c.d))
				var pools []*sql.DB
				for range 4 {
					db, _, err := sqldb.Open(t.Context(), url)
					require.NoError(t, err)
					defer db.Close()
					pools = append(pools, db)
				}
				var wg sync.WaitGroup
				errs := make([]error, len(pools))
				for i, db := range pools {
					wg.Go(func() { errs[i] = bunx.Migrate(t.Context(), db, c.d, "pack", files(numbers...)) })
				}
				wg.Wait()
				require.NoError(t, errors.Join(errs...))
				require.Equal(t, []string{"1", "2", "3", "4", "5"}, logged(t, pools[0]))
				require.True(t, slices.Equal(numbers, recorded(t, pools[0])))
			}
		})
	}
}

func TestMigrateGivesUpWithTheContext(t *testing.T) {
	t.Parallel()
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			url := dbtest.URL(t, d)
			if d == bunx.SQLite {
				url = "file:" + url + "?_pragma=busy_timeout(20)" // it doesn't hear of contexts while it waits
			}
			db, _, err := sqldb.Open(t.Context(), url)
			require.NoError(t, err)
			defer db.Close()
			require.NoError(t, bunx.Migrate(t.Context(), db, d, "pack", files(1)))
			holder, err := db.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			defer holder.Rollback()
			_, err = holder.Exec("UPDATE pack_schema SET version = 0 WHERE version = 0") // what a replica in the middle holds
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), shortWait)
			defer cancel()
			require.Error(t, bunx.Migrate(ctx, db, d, "pack", files(1, 2)))
			require.Error(t, ctx.Err(), "it waited until then")
			require.NoError(t, holder.Rollback())
			require.Equal(t, []int64{1}, recorded(t, db))
			require.NoError(t, bunx.Migrate(t.Context(), db, d, "pack", files(1, 2)))
		})
	}
}
