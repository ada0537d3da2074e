package pgtest

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/petanque-life/venuekit/internal/scratch"
)

const dataDir = "data"

// initdb's options. The segments of 1 MB make the empty cluster, and so its
// copy, half as large. C.UTF-8 knows the case of letters beyond ASCII and
// sorts by bytes; not every system has it.
var (
	options = []string{"--username=" + superuser, "--auth=trust", "--encoding=UTF8", "--wal-segsize=1", "--no-sync"}
	locales = []string{"C.UTF-8", "C"}
)

// initialise fills dir/data with an empty cluster: a copy of the cached one,
// as initdb takes ten times as long.
func initialise(dir *scratch.Dir, bin string) error {
	data := filepath.Join(dir.Path, dataDir)
	cache, err := cachePath(bin)
	if err == nil && copyCluster(data, cache) == nil {
		return own(dir, data)
	}
	os.RemoveAll(data)
	if initErr := initdb(dir, bin, data); initErr != nil {
		return initErr
	}
	if err == nil {
		store(cache, data)
	}
	return nil
}

func initdb(dir *scratch.Dir, bin, data string) error {
	var out []byte
	var err error
	for _, locale := range locales {
		args := append([]string{"--pgdata=" + data, "--locale=" + locale}, options...)
		if out, err = dir.Command(filepath.Join(bin, "initdb"), args...).CombinedOutput(); err == nil {
			return nil
		}
		os.RemoveAll(data)
	}
	return fmt.Errorf("pgtest: initdb: %w: %s", err, strings.TrimSpace(string(out)))
}

// cachePath names the cached cluster by all that decides what is in it.
func cachePath(bin string) (string, error) {
	parent, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	version, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return "", err
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %s", bin, version, options, locales))
	return filepath.Join(parent, "venuekit", fmt.Sprintf("postgres-%x", key[:8])), nil
}

// store puts a copy of the cluster into the cache. Several binaries may do so
// at once: each renames a whole copy, and one of them wins. Without a cache
// the next start is slower, no more.
func store(cache, data string) {
	parent := filepath.Dir(cache)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return
	}
	temp, err := os.MkdirTemp(parent, ".new-")
	if err != nil {
		return
	}
	defer os.RemoveAll(temp)
	whole := filepath.Join(temp, dataDir)
	if copyCluster(whole, data) == nil {
		_ = os.Rename(whole, cache) // fails when another was first
	}
}

func copyCluster(to, from string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	return os.CopyFS(to, os.DirFS(from))
}

// own gives the copied files, which this process made, to the server's account.
func own(dir *scratch.Dir, data string) error {
	return filepath.WalkDir(data, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return dir.Own(path)
	})
}
