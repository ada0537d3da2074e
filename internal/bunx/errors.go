package bunx

import (
	"errors"
	"strings"
)

// sqlState is the code of an error from a PostgreSQL driver: pgx and lib/pq
// both have the method.
type sqlState interface{ SQLState() string }

// sqliteCode is the extended result code of an error from a SQLite driver.
type sqliteCode interface{ Code() int }

// SQLite's result codes, https://www.sqlite.org/rescode.html.
const (
	sqliteError      = 1 // among much else a table that isn't there
	sqliteBusy       = 5
	sqliteLocked     = 6
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067
)

// IsUnique reports whether err is a violated primary or unique key.
func IsUnique(err error) bool {
	if code, ok := state(err); ok {
		return code == "23505"
	}
	var lite sqliteCode
	if errors.As(err, &lite) {
		return lite.Code() == sqlitePrimaryKey || lite.Code() == sqliteUnique
	}
	return false
}

// IsRetryable reports whether the transaction failed only because of others
// and may succeed when it is run again.
func IsRetryable(err error) bool {
	if code, ok := state(err); ok {
		return code == "40001" || code == "40P01" // serialization failure, deadlock
	}
	var lite sqliteCode
	if errors.As(err, &lite) {
		primary := lite.Code() & 0xff
		return primary == sqliteBusy || primary == sqliteLocked
	}
	return false
}

// isTableRace reports whether err comes from two sessions that create the same
// table at once, against which IF NOT EXISTS doesn't help.
func isTableRace(err error) bool {
	code, ok := state(err)
	return ok && (code == "23505" || code == "42P07" || code == "42710")
}

// isNoTable reports whether err comes from a select of a table that isn't there.
func isNoTable(err error) bool {
	if code, ok := state(err); ok {
		return code == "42P01"
	}
	var lite sqliteCode
	return errors.As(err, &lite) && lite.Code() == sqliteError
}

func state(err error) (string, bool) {
	var pg sqlState
	if errors.As(err, &pg) {
		return strings.ToUpper(pg.SQLState()), true
	}
	return "", false
}
