// Package scratch keeps directories, and servers working in them, for as long
// as the test binary lives. Both are gone after it, whether it ended by itself
// or was killed; no TestMain is needed.
//
// A small shell process in a session of its own holds the reading end of a
// pipe. The end of the test binary closes the pipe, whereupon the shell stops
// the server and removes the directory. Should the shell be killed too, the
// next binary that makes a directory in the same place removes what is left:
// it can tell by a file lock, which dies with its holder.
package scratch

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

const (
	prefix   = "venuekit-test-"
	lockFile = "owner.lock"
)

// ErrUnsupported is returned on systems without a POSIX shell and file locks.
var ErrUnsupported = errors.New("scratch: not supported on this system")

// User is the account a directory belongs to and its server runs as.
type User struct {
	UID, GID uint32
}

// Dir is a directory for the lifetime of the test binary.
type Dir struct {
	Path string

	owner *User
	lock  *os.File
}

// New makes a directory in parent, readable by its owner alone, and removes
// those that dead test binaries left there. The owner is this process's user
// if nil; only root can name another. [Dir.Keep] or [Dir.Serve] must follow.
func New(parent string, owner *User) (*Dir, error) {
	sweep(parent)
	// The name is given last, so that no sweep meets a directory without its lock.
	path, err := os.MkdirTemp(parent, ".new-"+prefix)
	if err != nil {
		return nil, fmt.Errorf("scratch: %w", err)
	}
	d := &Dir{Path: filepath.Join(parent, prefix+filepath.Base(path)[len(".new-"+prefix):]), owner: owner}
	if d.lock, err = os.Create(filepath.Join(path, lockFile)); err == nil {
		err = errors.Join(lock(d.lock), d.Own(path))
	}
	if err == nil {
		err = os.Rename(path, d.Path)
	}
	if err != nil {
		os.RemoveAll(path)
		return nil, fmt.Errorf("scratch: %w", err)
	}
	return d, nil
}

// Own gives the file at path to the directory's owner.
func (d *Dir) Own(path string) error {
	if d.owner == nil {
		return nil
	}
	return os.Chown(path, int(d.owner.UID), int(d.owner.GID))
}

// Keep has the directory removed at the end of the test binary.
func (d *Dir) Keep() error {
	output, err := d.supervise()
	if err != nil {
		return err
	}
	return output.Close()
}

// Command returns a command that runs as the owner in the directory.
func (d *Dir) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = d.Path
	runAs(cmd, d.owner)
	return cmd
}

// Serve starts the server as the owner. At the end of the test binary it is
// sent SIGTERM and SIGQUIT, by which PostgreSQL stops without waiting for its
// clients, and once it is gone the directory is removed. What the server writes
// can be read from the result, which ends when the server does.
func (d *Dir) Serve(name string, args ...string) (*os.File, error) {
	return d.supervise(append([]string{name}, args...)...)
}

// supervision is run by the shell with the directory and the server's command
// line. The background process has no standard input, hence nothing keeps the
// pipe open but the test binary; and without the shell's own hold on the
// output its reader sees the server's end. A shell's background process ignores
// SIGQUIT until it sets a handler; one that hasn't come so far heeds SIGTERM.
const supervision = `
dir=$1
shift
[ $# -eq 0 ] || "$@" &
exec >/dev/null 2>&1
read -r _
kill -TERM $!
kill -QUIT $!
wait
cd /
rm -rf "$dir"
`

// held keeps pipes and locks open to the end: the collector closes files that
// nothing refers to.
var held struct {
	sync.Mutex
	files []*os.File
}

func (d *Dir) supervise(server ...string) (*os.File, error) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		return nil, ErrUnsupported
	}
	alive, hold, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("scratch: %w", err)
	}
	defer alive.Close()
	output, write, err := os.Pipe()
	if err != nil {
		hold.Close()
		return nil, fmt.Errorf("scratch: %w", err)
	}
	defer write.Close()
	cmd := d.Command(shell, append([]string{"-c", supervision, "sh", d.Path}, server...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = alive, write, write
	if err := cmd.Start(); err != nil {
		hold.Close()
		output.Close()
		return nil, fmt.Errorf("scratch: %w", err)
	}
	held.Lock()
	held.files = append(held.files, hold, d.lock)
	held.Unlock()
	return output, nil
}
