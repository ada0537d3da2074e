package bunx_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

// pair measures the same work by bunx and by plain database/sql. i grows over
// both and all runs.
func pair(b *testing.B, ours, plain func(ctx context.Context, db *bunx.DB, pool *sql.DB, i int) error) {
	for _, d := range dialects {
		pool := dbtest.Open(b, d)
		require.NoError(b, migrate(d)(b.Context(), pool))
		db := bunx.New(pool, d)
		for i := range 1000 {
			_, err := pool.Exec("INSERT INTO test_notes (tenant_id, id, body, n, at) VALUES ('t', $1, $1, 1, $2)", fmt.Sprint("row", i), bunx.Time(clock).Format(bunTime))
			require.NoError(b, err)
		}
		i := 0
		for _, c := range []struct {
			name string
			f    func(ctx context.Context, db *bunx.DB, pool *sql.DB, i int) error
		}{{"bunx", ours}, {"plain", plain}} {
			b.Run(d.String()+"/"+c.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					i++
					if err := c.f(b.Context(), db, pool, i); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// bunTime is how bun writes a time for SQLite.
const bunTime = "2006-01-02 15:04:05.999999-07:00"

func BenchmarkGet(b *testing.B) {
	pair(b, func(ctx context.Context, db *bunx.DB, _ *sql.DB, i int) error {
		var row note
		return db.Q().Get(ctx, &row, "SELECT tenant_id, id, body, n, at FROM test_notes WHERE tenant_id = ? AND id = ?", "t", fmt.Sprint("row", i%1000))
	}, func(ctx context.Context, _ *bunx.DB, pool *sql.DB, i int) error {
		var row note
		return pool.QueryRowContext(ctx, "SELECT tenant_id, id, body, n, at FROM test_notes WHERE tenant_id = $1 AND id = $2", "t", fmt.Sprint("row", i%1000)).
			Scan(&row.TenantID, &row.ID, &row.Body, &row.N, &scanTime{})
	})
}

// scanTime takes a time as either driver gives it.
type scanTime struct{ time.Time }

func (s *scanTime) Scan(v any) (err error) {
	switch v := v.(type) {
	case time.Time:
		s.Time = v
	case string:
		s.Time, err = time.Parse(bunTime, v)
	}
	return err
}

func BenchmarkInsert(b *testing.B) {
	pair(b, func(ctx context.Context, db *bunx.DB, _ *sql.DB, i int) error {
		_, err := db.Q().Exec(ctx, insertNote, "t", fmt.Sprint("new", i), fmt.Sprint("new", i))
		return err
	}, func(ctx context.Context, _ *bunx.DB, pool *sql.DB, i int) error {
		_, err := pool.ExecContext(ctx, "INSERT INTO test_notes (tenant_id, id, body) VALUES ($1, $2, $3)", "t", fmt.Sprint("new", i), fmt.Sprint("new", i))
		return err
	})
}

// BenchmarkInTx reads a row with its lock and changes it.
func BenchmarkInTx(b *testing.B) {
	pair(b, func(ctx context.Context, db *bunx.DB, _ *sql.DB, i int) error {
		id := fmt.Sprint("row", i%1000)
		return db.InTx(ctx, func(q bunx.Queries) error {
			var n int
			if err := q.Get(ctx, &n, "SELECT n FROM test_notes WHERE tenant_id = ? AND id = ?"+q.ForUpdate(), "t", id); err != nil {
				return err
			}
			_, err := q.Exec(ctx, "UPDATE test_notes SET n = ? WHERE tenant_id = ? AND id = ?", n%1000+1, "t", id)
			return err
		})
	}, func(ctx context.Context, db *bunx.DB, pool *sql.DB, i int) error {
		id := fmt.Sprint("row", i%1000)
		tx, err := pool.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT n FROM test_notes WHERE tenant_id = $1 AND id = $2"+db.Q().ForUpdate(), "t", id).Scan(&n); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE test_notes SET n = $1 WHERE tenant_id = $2 AND id = $3", n%1000+1, "t", id); err != nil {
			return err
		}
		return tx.Commit()
	})
}
