//go:build !linux

package scratch

import "os"

// Place returns where to make a directory for databases.
func Place() string { return os.TempDir() }
