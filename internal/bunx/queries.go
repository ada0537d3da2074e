package bunx

import (
	"context"
	"database/sql"
	"regexp"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
)

// Queries runs statements on one connection or pool. A `?` in a statement
// stands for the next argument and is written by bun for the dialect at hand;
// a slice goes in by bun.List.
type Queries struct {
	db   *DB
	conn bun.IConn
	tx   Tx
}

// Exec runs a statement and returns the number of rows it affected.
func (q Queries) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := q.db.bun.NewRaw(query, args...).Conn(q.conn).Exec(ctx)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Get reads one row into a struct or a single value; without a row it is
// sql.ErrNoRows.
func (q Queries) Get(ctx context.Context, dest any, query string, args ...any) error {
	return q.db.bun.NewRaw(query, args...).Conn(q.conn).Scan(ctx, dest)
}

// GetNumbered is Get for a text whose arguments are $1, $2 and so on.
func (q Queries) GetNumbered(ctx context.Context, dest any, text string, args ...any) error {
	return q.Get(ctx, dest, fromNumbered(text), args...)
}

// GetPrepared is GetNumbered for one constant text that is asked again and
// again: pgx prepares it once for each connection, so that PostgreSQL plans it a
// few times and not always. Its arguments are what database/sql takes. It names
// its columns, since with * it fails once on each connection after a migration
// has added one. Not for a pooler that hands out connections by transaction,
// unless that knows prepared statements. With other drivers it is GetNumbered.
func (q Queries) GetPrepared(ctx context.Context, dest any, text string, args ...any) error {
	direct, ok := q.conn.(execMode)
	if !ok {
		return q.GetNumbered(ctx, dest, text, args...)
	}
	return q.db.bun.NewRaw(text).Conn(prepareMode{direct.IConn, args}).Scan(ctx, dest)
}

// prepareMode has pgx prepare a statement, or find it prepared.
type prepareMode struct {
	bun.IConn

	args []any
}

func (c prepareMode) QueryContext(ctx context.Context, query string, _ ...any) (*sql.Rows, error) {
	return c.IConn.QueryContext(ctx, query, append([]any{pgx.QueryExecModeCacheStatement}, c.args...)...)
}

var numbered = regexp.MustCompile(`\$([1-9][0-9]?)`)

// fromNumbered turns $1 into bun's ?0, and so on.
func fromNumbered(text string) string {
	return numbered.ReplaceAllStringFunc(text, func(arg string) string {
		n, _ := strconv.Atoi(arg[1:]) // two digits at most
		return "?" + strconv.Itoa(n-1)
	})
}

// All reads every row into a pointer to a slice.
func (q Queries) All(ctx context.Context, dest any, query string, args ...any) error {
	return q.db.bun.NewRaw(query, args...).Conn(q.conn).Scan(ctx, dest)
}

// Insert begins an insert of a row or of a slice of rows.
func (q Queries) Insert(model any) *bun.InsertQuery {
	return q.db.bun.NewInsert().Conn(q.conn).Model(model)
}

// Tx returns the transaction that the statements run in, to let others join
// it; nil outside one.
func (q Queries) Tx() Tx { return q.tx }

// Dialect returns the dialect of the database.
func (q Queries) Dialect() Dialect { return q.db.dialect }

// ForUpdate is the suffix that locks the rows of a select until the end of the
// transaction. SQLite needs none: its writing transactions exclude each other.
func (q Queries) ForUpdate() string {
	if q.db.dialect == Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// SkipLocked is ForUpdate that passes over the rows others hold.
func (q Queries) SkipLocked() string {
	if q.db.dialect == Postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// Time returns t as both databases keep it: in UTC, to the microsecond.
func Time(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// TimePtr is Time for a nullable column: nil for the zero time.
func TimePtr(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = Time(t)
	return &t
}

// FromPtr reads a nullable column: the zero time for nil, else in UTC.
func FromPtr(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
