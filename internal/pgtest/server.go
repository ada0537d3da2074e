package pgtest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/internal/scratch"
)

const (
	superuser = "postgres"
	port      = "5432" // part of the socket's name

	// socketPath is the longest one that all systems take, in bytes.
	socketPath = 103
)

// settings trade safety for speed and leave room for many pools. Times are in
// UTC and messages in English whatever the machine's locale.
var settings = []string{
	"listen_addresses=",
	"max_connections=300",
	"fsync=off",
	"synchronous_commit=off",
	"full_page_writes=off",
	"autovacuum=off",
	"jit=off",
	"max_wal_size=128MB",
	"dynamic_shared_memory_type=mmap",
	"timezone=UTC",
	"lc_messages=C",
}

// start runs a private server until the test binary ends.
func start(ctx context.Context) (*server, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	owner := account()
	dir, err := scratch.New(place(), owner)
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	if err := initialise(dir, bin); err != nil {
		os.RemoveAll(dir.Path)
		return nil, err
	}
	args := []string{"-D", filepath.Join(dir.Path, dataDir), "-p", port}
	for _, setting := range append(settings, "unix_socket_directories="+dir.Path) {
		args = append(args, "-c", setting)
	}
	output, err := dir.Serve(filepath.Join(bin, "postgres"), args...)
	if err != nil {
		os.RemoveAll(dir.Path)
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	if err := ready(output); err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/postgres",
		RawQuery: url.Values{"host": {dir.Path}, "port": {port}}.Encode()}
	return connect(ctx, u.String(), false)
}

// account returns whom the server runs as: PostgreSQL refuses root.
func account() *scratch.User {
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		if errUID == nil && errGID == nil {
			return &scratch.User{UID: uint32(uid), GID: uint32(gid)}
		}
	}
	return &scratch.User{UID: 65534, GID: 65534}
}

// place returns where data and socket go together.
func place() string {
	dir := scratch.Place()
	if len(dir)+len("/venuekit-test-1234567890/.s.PGSQL."+port) > socketPath {
		return "/tmp"
	}
	return dir
}

// ready waits until the server takes connections, and then reads on so that
// the server never waits for its reader.
func ready(output *os.File) error {
	output.SetReadDeadline(time.Now().Add(time.Minute))
	var said []string
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "ready to accept connections") {
			output.SetReadDeadline(time.Time{})
			go io.Copy(io.Discard, output)
			return nil
		}
		said = append(said, lines.Text())
	}
	return fmt.Errorf("pgtest: the server didn't start: %s", strings.Join(said, "; "))
}
