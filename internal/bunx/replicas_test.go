package bunx_test

import (
	"bufio"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"modernc.org/sqlite"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
	"github.com/petanque-life/venuekit/internal/sqldb"
)

// Bounds of what a test waits for, and of what it expects not to happen.
const (
	longWait  = 30 * time.Second
	shortWait = 150 * time.Millisecond
)

const replicas = 4

// The middle of the third file. On PostgreSQL the replica waits there for the
// lock that the test holds; on SQLite in a function of its own. Only the first
// to come by waits, the test then kills it.
const (
	middlePostgres = "SELECT pg_advisory_xact_lock(4711);\n"
	middleSQLite   = "SELECT test_middle();\n"
)

func crashFiles(d bunx.Dialect) map[string]string {
	middle := middlePostgres
	if d == bunx.SQLite {
		middle = middleSQLite
	}
	all := map[string]string{}
	for name, f := range files(1, 2, 3, 4, 5) {
		text := string(f.Data)
		if strings.HasPrefix(name, strconv.Itoa(firstVersion+3)) {
			text = strings.Replace(text, "INSERT INTO pack_log", "INSERT INTO pack_log VALUES ('half');\n"+middle+"DELETE FROM pack_log WHERE entry = 'half';\nINSERT INTO pack_log", 1)
		}
		all[name] = text
	}
	return all
}

// migrateAsChild is a replica: it says "ready", waits for standard input to
// end, and migrates. Its variable holds "<token file> <database>".
func migrateAsChild() error {
	token, url, _ := strings.Cut(os.Getenv(childVar), " ")
	sqlite.MustRegisterScalarFunction("test_middle", 0, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		f, err := os.OpenFile(token, os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return int64(0), nil // another was here first
		}
		if err != nil {
			return nil, err
		}
		_ = f.Close()
		fmt.Println("middle")
		select {} // until killed
	})
	ctx, cancel := context.WithTimeout(context.Background(), longWait)
	defer cancel()
	db, d, err := sqldb.Open(ctx, url)
	if err != nil {
		return err
	}
	fsys := files()
	for name, text := range crashFiles(d) {
		fsys = with(fsys, name, text)
	}
	fmt.Println("ready")
	if _, err := io.ReadAll(os.Stdin); err != nil {
		return err
	}
	return bunx.Migrate(ctx, db, d, "pack", fsys)
}

type replica struct {
	cmd    *exec.Cmd
	start  io.Closer
	middle chan struct{} // closed when it says that it is there
	ended  chan struct{}
	err    *strings.Builder
}

func startReplica(t *testing.T, ctx context.Context, token, url string) *replica {
	t.Helper()
	r := &replica{
		cmd:    exec.CommandContext(ctx, os.Args[0]),
		middle: make(chan struct{}), ended: make(chan struct{}), err: new(strings.Builder),
	}
	r.cmd.Env = append(os.Environ(), childVar+"="+token+" "+url)
	r.cmd.Stderr = r.err
	in, err := r.cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := r.cmd.StdoutPipe()
	require.NoError(t, err)
	r.start = in
	require.NoError(t, r.cmd.Start())
	out := bufio.NewReader(stdout)
	line, err := out.ReadString('\n')
	require.NoError(t, err, r.err)
	require.Equal(t, "ready\n", line)
	go func() {
		defer close(r.ended)
		for err == nil {
			if line, err = out.ReadString('\n'); line == "middle\n" {
				close(r.middle)
			}
		}
	}()
	return r
}

func TestReplicasMigrateAnEmptyDatabaseWhenOneIsKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), longWait)
			defer cancel()
			url, token := dbtest.URL(t, d), t.TempDir()+"/token"
			db, _, err := sqldb.Open(ctx, url)
			require.NoError(t, err)
			defer db.Close()
			release, inTheMiddle := func() {}, firstInTheMiddleSQLite
			if d == bunx.Postgres {
				release, inTheMiddle = holdAdvisoryLock(t, db), func(t *testing.T, _ []*replica) int { return waiterForAdvisoryLock(t, db) }
			}
			var all []*replica
			for i := range replicas {
				own := url
				if d == bunx.Postgres {
					own += fmt.Sprintf("&application_name=replica-%d", i)
				}
				all = append(all, startReplica(t, ctx, token, own))
			}
			for _, r := range all {
				require.NoError(t, r.start.Close())
			}

			victim := inTheMiddle(t, all)
			require.Equal(t, []string{"1", "2"}, logged(t, db), "the third isn't seen in the middle")
			require.NoError(t, all[victim].cmd.Process.Kill())
			release()
			for i, r := range all {
				<-r.ended
				err := r.cmd.Wait()
				if i == victim {
					require.ErrorContains(t, err, "killed")
					continue
				}
				require.NoError(t, err, r.err)
			}

			require.Equal(t, []string{"1", "2", "3", "4", "5"}, logged(t, db))
			require.Equal(t, []int64{1, 2, 3, 4, 5}, recorded(t, db))
			require.NoError(t, bunx.CheckSchema(ctx, db, d, "pack", files(1, 2, 3, 4, 5)))
		})
	}
}

// firstInTheMiddleSQLite returns the replica that says that it is.
func firstInTheMiddleSQLite(t *testing.T, all []*replica) int {
	t.Helper()
	require.Len(t, all, 4)
	select {
	case <-all[0].middle:
		return 0
	case <-all[1].middle:
		return 1
	case <-all[2].middle:
		return 2
	case <-all[3].middle:
		return 3
	case <-time.After(longWait):
		require.Fail(t, "no replica came to the middle")
	}
	return -1
}

func holdAdvisoryLock(t *testing.T, db *sql.DB) (release func()) {
	t.Helper()
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), "SELECT pg_advisory_lock(4711)")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return func() {
		_, err := conn.ExecContext(t.Context(), "SELECT pg_advisory_unlock(4711)")
		require.NoError(t, err)
	}
}

func waiterForAdvisoryLock(t *testing.T, db *sql.DB) int {
	t.Helper()
	var name string
	require.Eventually(t, func() bool {
		err := db.QueryRowContext(t.Context(), `SELECT a.application_name FROM pg_stat_activity AS a JOIN pg_locks AS l USING (pid)
			WHERE l.locktype = 'advisory' AND NOT l.granted AND a.datname = current_database()`).Scan(&name)
		return err == nil
	}, longWait, 10*time.Millisecond)
	var i int
	_, err := fmt.Sscanf(name, "replica-%d", &i)
	require.NoError(t, err)
	return i
}
