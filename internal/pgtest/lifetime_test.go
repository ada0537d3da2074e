//go:build unix

package pgtest_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestServerIsGoneAfterItsTestBinary(t *testing.T) {
	t.Parallel()
	needPrograms(t)
	for name, end := range map[string]func(c *exec.Cmd, stdin io.Closer) error{
		"ended":      func(_ *exec.Cmd, stdin io.Closer) error { return stdin.Close() },
		"was killed": func(c *exec.Cmd, _ io.Closer) error { return c.Process.Kill() },
		"was interrupted, with all the terminal's processes": func(c *exec.Cmd, _ io.Closer) error {
			return syscall.Kill(-c.Process.Pid, syscall.SIGINT)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := child(t, "wait")
			c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			stdin, err := c.StdinPipe()
			require.NoError(t, err)
			stdout, err := c.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, c.Start())

			var pid int
			var dir string
			var said []string
			for lines := bufio.NewScanner(stdout); dir == "" && lines.Scan(); {
				said = append(said, lines.Text())
				if _, server, found := strings.Cut(lines.Text(), "server "); found {
					_, err := fmt.Sscan(server, &pid, &dir)
					require.NoError(t, err)
				}
			}
			require.NotZero(t, pid, said)
			require.NoError(t, syscall.Kill(pid, 0), "the server runs")
			require.DirExists(t, dir)

			require.NoError(t, end(c, stdin))
			c.Wait() // an error if it was killed
			require.Eventually(t, func() bool {
				_, err := os.Stat(dir)
				return os.IsNotExist(err) && syscall.Kill(pid, 0) == syscall.ESRCH
			}, 20*time.Second, 20*time.Millisecond, "server %d in %s", pid, dir)
		})
	}
}
