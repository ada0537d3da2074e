package scratch

import (
	"os"
	"syscall"
)

const (
	sharedMemory = "/dev/shm"
	enough       = 1 << 30 // bytes; containers often have but 64 MB
)

// Place returns where to make a directory for databases: in shared memory when
// there is room, else in the directory for temporary files.
func Place() string {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(sharedMemory, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < enough {
		return os.TempDir()
	}
	probe, err := os.MkdirTemp(sharedMemory, ".new-"+prefix)
	if err != nil {
		return os.TempDir()
	}
	os.Remove(probe)
	return sharedMemory
}
