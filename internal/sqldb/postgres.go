package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const execMode = "default_query_exec_mode"

func isPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

func openPostgres(ctx context.Context, url string) (*sql.DB, error) {
	cfg, err := postgresConfig(url)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDB(*cfg)
	limit(db, postgresConns)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("sqldb: open PostgreSQL database %q: %w", cfg.Database, err)
	}
	return db, nil
}

// postgresConfig reads the url. The stores write their arguments into the text
// of a query, so that nearly every text is new and pgx's default, which
// prepares each of them, costs twice the time.
func postgresConfig(rawURL string) (*pgx.ConnConfig, error) {
	cfg, err := pgx.ParseConfig(rawURL) // its errors don't show the password
	if err != nil {
		return nil, fmt.Errorf("sqldb: %w", err)
	}
	if u, err := url.Parse(rawURL); err == nil && !u.Query().Has(execMode) {
		cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	return cfg, nil
}
