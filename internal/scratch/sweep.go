package scratch

import (
	"os"
	"path/filepath"
	"strings"
)

// sweep removes the directories in parent whose lock nobody holds. What it may
// not touch, being another user's, it leaves. A server that outlived its shell
// stops by itself once it finds its directory gone.
func sweep(parent string) {
	entries, _ := os.ReadDir(parent)
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), prefix) {
			continue
		}
		dir := filepath.Join(parent, entry.Name())
		f, err := os.Open(filepath.Join(dir, lockFile))
		if err != nil {
			continue
		}
		if lock(f) == nil {
			os.RemoveAll(dir)
		}
		f.Close()
	}
}
