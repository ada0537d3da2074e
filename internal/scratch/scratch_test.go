//go:build unix

package scratch_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/scratch"
)

// childParent makes this test binary, started by one of its tests, keep a
// directory there until its standard input ends.
const childParent = "SCRATCH_CHILD"

// serverScript tells its own pid and its shell's, and stays.
const serverScript = `echo $$ $PPID; exec sleep 600`

func TestChild(t *testing.T) {
	parent := os.Getenv(childParent)
	if parent == "" {
		return
	}
	dir, err := scratch.New(parent, nil)
	require.NoError(t, err)
	output, err := dir.Serve("sh", "-c", serverScript)
	require.NoError(t, err)
	pids, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)
	kept, err := scratch.New(parent, nil)
	require.NoError(t, err)
	require.NoError(t, kept.Keep())
	fmt.Printf("child %s %s %s\n", dir.Path, kept.Path, strings.TrimSpace(pids))
	io.Copy(io.Discard, os.Stdin)
}

type child struct {
	cmd           *exec.Cmd
	stdin         io.Closer
	served, kept  string // directories
	server, shell int    // pids
}

func start(t *testing.T, parent string) *child {
	t.Helper()
	c := &child{cmd: exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$")}
	c.cmd.Env = append(os.Environ(), childParent+"="+parent)
	stdin, err := c.cmd.StdinPipe()
	require.NoError(t, err)
	c.stdin = stdin
	stdout, err := c.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	_, err = fmt.Sscanf(line, "child %s %s %d %d\n", &c.served, &c.kept, &c.server, &c.shell)
	require.NoError(t, err, line)
	return c
}

func (c *child) gone() bool {
	_, errServed := os.Stat(c.served)
	_, errKept := os.Stat(c.kept)
	return os.IsNotExist(errServed) && os.IsNotExist(errKept) && syscall.Kill(c.server, 0) == syscall.ESRCH
}

func TestDirectoryAndServerEndWithTheBinary(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*child) error{
		"that ends":      func(c *child) error { return c.stdin.Close() },
		"that is killed": func(c *child) error { return c.cmd.Process.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, t.TempDir())
			require.DirExists(t, c.served)
			require.DirExists(t, c.kept)
			require.NoError(t, syscall.Kill(c.server, 0))
			require.NoError(t, end(c))
			c.cmd.Wait() // an error if it was killed
			require.Eventually(t, c.gone, 20*time.Second, 10*time.Millisecond)
		})
	}
}

func TestDirectoryOfTheDeadIsSweptByTheNext(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	foreign := filepath.Join(parent, "venuekit-test-data")
	require.NoError(t, os.Mkdir(foreign, 0o700))
	dead, alive := start(t, parent), start(t, parent)
	t.Cleanup(func() { syscall.Kill(dead.server, syscall.SIGKILL) }) // nobody else does
	require.NoError(t, syscall.Kill(dead.shell, syscall.SIGKILL))
	require.NoError(t, dead.cmd.Process.Kill())
	dead.cmd.Wait()
	require.DirExists(t, dead.served)

	next, err := scratch.New(parent, nil)
	require.NoError(t, err)
	require.NoError(t, next.Keep())
	require.NoDirExists(t, dead.served)
	for _, dir := range []string{next.Path, alive.served, alive.kept, foreign} {
		require.DirExists(t, dir)
	}
	require.NoError(t, alive.stdin.Close())
	require.NoError(t, alive.cmd.Wait())
	require.Eventually(t, alive.gone, 20*time.Second, 10*time.Millisecond)
}

func TestDirectoryIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	dir, err := scratch.New(t.TempDir(), nil)
	require.NoError(t, err)
	require.NoError(t, dir.Keep())
	info, err := os.Stat(dir.Path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestServerThatIsNotThereEndsTheOutput(t *testing.T) {
	t.Parallel()
	dir, err := scratch.New(t.TempDir(), nil)
	require.NoError(t, err)
	output, err := dir.Serve(filepath.Join(dir.Path, "absent"))
	require.NoError(t, err)
	said, err := io.ReadAll(output)
	require.NoError(t, err)
	require.Contains(t, string(said), "not found")
}

func TestNewRefusesAnAbsentParent(t *testing.T) {
	t.Parallel()
	_, err := scratch.New(filepath.Join(t.TempDir(), "absent"), nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "scratch: ")
}
