package pgtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/internal/sqldb"
)

const (
	namePrefix = "venuekit_test_"

	// leftover is how old a database on a server of others must be to be
	// dropped by a later test binary.
	leftover = time.Hour
)

// server is where databases are made.
type server struct {
	url   *url.URL // of the database that admin is connected to
	admin *sql.DB
	clone string // the end of CREATE DATABASE
}

func connect(ctx context.Context, rawURL string, external bool) (*server, error) {
	admin, _, err := sqldb.Open(ctx, rawURL)
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("pgtest: the server's URL is malformed")
	}
	s := &server{url: u, admin: admin, clone: " TEMPLATE template0"}
	var version int
	if err := admin.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	if version >= 15_00_00 {
		s.clone += " STRATEGY file_copy" // twice as fast as the default while nothing is synced
	}
	if external {
		return s, s.dropLeftovers(ctx)
	}
	return s, nil
}

// create makes an empty database and returns its URL.
func (s *server) create(ctx context.Context) (string, error) {
	name := fmt.Sprintf("%s%d_%s", namePrefix, time.Now().Unix(), strings.ToLower(rand.Text()[:12]))
	if _, err := s.admin.ExecContext(ctx, "CREATE DATABASE "+name+s.clone); err != nil {
		return "", fmt.Errorf("pgtest: create database: %w", err)
	}
	u := *s.url
	u.Path = "/" + name
	return u.String(), nil
}

// dropLeftovers drops the databases of test binaries that ended, which are
// those that are old and that nobody is connected to.
func (s *server) dropLeftovers(ctx context.Context) error {
	rows, err := s.admin.QueryContext(ctx, `SELECT datname FROM pg_database d WHERE datname LIKE 'venuekit\_test\_%'
		AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)`)
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	defer rows.Close()
	var old []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return fmt.Errorf("pgtest: %w", err)
		}
		stamp, _, _ := strings.Cut(strings.TrimPrefix(name, namePrefix), "_")
		seconds, err := strconv.ParseInt(stamp, 10, 64)
		if err == nil && time.Since(time.Unix(seconds, 0)) > leftover {
			old = append(old, name)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	for _, name := range old {
		// Fails if someone connected meanwhile, or another binary was first: so be it.
		_, _ = s.admin.ExecContext(ctx, "DROP DATABASE IF EXISTS "+pgIdent(name))
	}
	return nil
}

func pgIdent(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
