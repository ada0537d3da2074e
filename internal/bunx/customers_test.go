package bunx_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

// families is the model: who belongs together, and which of them are erased.
// A merge with an erased family erases the other, too.
type families struct {
	of     map[string]*[]string
	erased map[string]bool
}

func newFamilies(customers []string) *families {
	f := &families{map[string]*[]string{}, map[string]bool{}}
	for _, c := range customers {
		f.of[c] = &[]string{c}
	}
	return f
}

func (f *families) merge(from, into string) {
	a, b := f.of[from], f.of[into]
	if a == b {
		return
	}
	both := append(slices.Clone(*a), *b...)
	slices.Sort(both)
	erased := f.erased[from] || f.erased[into]
	for _, c := range both {
		f.of[c], f.erased[c] = &both, erased
	}
}

func (f *families) erase(c string) {
	for _, member := range *f.of[c] {
		f.erased[member] = true
	}
}

// require compares the model with the database, also with the roots in it.
func (f *families) require(t require.TestingT, ctx context.Context, db *bunx.DB, tenant string) {
	customers := bunx.NewCustomers(db, "test")
	roots := map[string]string{}
	for c, family := range f.of {
		got, err := customers.Family(ctx, tenant, c)
		require.NoError(t, err)
		root, err := customers.Resolve(ctx, tenant, c)
		if f.erased[c] {
			require.ErrorIs(t, err, bunx.ErrErased)
			require.Empty(t, got)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, *family, got, "family of %s", c)
		require.Contains(t, got, root)
		for _, member := range *family {
			if roots[member] == "" {
				roots[member] = root
			}
		}
		require.Equal(t, roots[c], root, "one root for the family of %s", c)
	}
	requireShortChains(t, ctx, db, tenant)
}

func requireShortChains(t require.TestingT, ctx context.Context, db *bunx.DB, tenant string) {
	var long []string
	require.NoError(t, db.Q().All(ctx, &long, `SELECT c.customer_id FROM test_customers AS c
		LEFT JOIN test_customers AS r ON r.tenant_id = c.tenant_id AND r.customer_id = c.root_id
		WHERE c.tenant_id = ? AND (r.root_id IS NULL OR r.root_id <> r.customer_id)`, tenant))
	require.Empty(t, long, "each names a root that is its own")
}

var people = []string{"a", "b", "c", "d", "e", "f", "å", "?x"}

func TestMergesAndErasesInAnyOrderAreAUnionOfFamilies(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *bunx.DB, _ *sql.DB, _ string) {
		ctx, tb := t.Context(), t
		rapid.Check(t, func(t *rapid.T) {
			tenant, model, customers := dbtest.Tenant(tb), newFamilies(people), bunx.NewCustomers(db, "test")
			person := rapid.SampledFrom(people)
			for range rapid.IntRange(1, 10).Draw(t, "steps") {
				if rapid.IntRange(0, 9).Draw(t, "erases") == 0 {
					who := person.Draw(t, "who")
					before := slices.Clone(*model.of[who])
					var cut []string
					require.NoError(t, customers.Erase(ctx, tenant, who, clock, func(_ bunx.Queries, family []string) error {
						cut = family
						return nil
					}))
					require.Equal(t, before, cut)
					model.erase(who)
					continue
				}
				from, into := person.Draw(t, "from"), person.Draw(t, "into")
				root, err := customers.Resolve(ctx, tenant, into)
				require.NoError(t, customers.Merge(ctx, tenant, from, into, clock, keep))
				apart := model.of[from] != model.of[into]
				model.merge(from, into)
				if apart && err == nil && !model.erased[into] {
					got, err := customers.Resolve(ctx, tenant, from)
					require.NoError(t, err)
					require.Equal(t, root, got, "the root of into stays the root")
				}
			}
			model.require(t, ctx, db, tenant)
		})
	})
}

func TestMergesAndErasesAtOnceNeitherDeadlockNorLoseAnyone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *bunx.DB, pool *sql.DB, _ string) {
		seed := uint64(time.Now().UnixNano())
		random := rand.New(rand.NewPCG(seed, 0))
		for round := range 15 {
			tenant, model := dbtest.Tenant(t), newFamilies(people)
			type step struct {
				from, into string // an erasure without into
			}
			steps := make([][]step, 6)
			for i := range steps {
				for range 4 {
					s := step{people[random.IntN(len(people))], people[random.IntN(len(people))]}
					if round%3 == 0 && random.IntN(12) == 0 {
						s.into = ""
					}
					steps[i] = append(steps[i], s)
				}
			}
			var wg sync.WaitGroup
			errs := make([]error, len(steps))
			for i, own := range steps {
				wg.Go(func() {
					for _, s := range own {
						errs[i] = errors.Join(errs[i], joinedStep(t.Context(), db, pool, tenant, s.from, s.into))
					}
				})
			}
			wg.Wait()
			require.NoError(t, errors.Join(errs...), "seed %d", seed)
			requireShortChains(t, t.Context(), db, tenant)
			erased := false
			for _, s := range slices.Concat(steps...) {
				if s.into == "" {
					erased = true
					continue
				}
				model.merge(s.from, s.into)
			}
			if !erased { // else it depends on the order
				model.require(t, t.Context(), db, tenant)
			}
		}
	})
}

// joinedStep merges, or erases, in a transaction of the host, so that nothing
// hides a deadlock by running again.
func joinedStep(ctx context.Context, db *bunx.DB, pool *sql.DB, tenant, from, into string) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	customers := bunx.NewCustomers(db.WithTx(tx), "test")
	if into == "" {
		err = customers.Erase(ctx, tenant, from, clock, func(bunx.Queries, []string) error { return nil })
	} else {
		err = customers.Merge(ctx, tenant, from, into, clock, keep)
	}
	if err != nil {
		return fmt.Errorf("%s into %q: %w", from, into, err)
	}
	return tx.Commit()
}

func TestAFamilyOnlyGrowsWhileOthersMerge(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *bunx.DB, _ *sql.DB, tenant string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		customers := bunx.NewCustomers(db, "test")
		require.NoError(t, customers.Merge(ctx, tenant, "a", "root-0", clock, keep))
		var wg sync.WaitGroup
		var merge error
		wg.Go(func() {
			defer cancel()
			for i := range 60 {
				merge = errors.Join(merge, customers.Merge(t.Context(), tenant, fmt.Sprintf("root-%d", i), fmt.Sprintf("root-%d", i+1), clock, keep))
			}
		})
		seen := 2
		for ctx.Err() == nil {
			family, err := customers.Family(t.Context(), tenant, "a")
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(family), seen)
			seen = len(family)
		}
		wg.Wait()
		require.NoError(t, merge)
	})
}

func TestErasureAndWhatItCutsAreOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *bunx.DB, pool *sql.DB, tenant string) {
		customers := bunx.NewCustomers(db, "test")
		require.NoError(t, customers.Merge(t.Context(), tenant, "a", "b", clock, keep))
		require.ErrorIs(t, customers.Erase(t.Context(), tenant, "a", clock, func(q bunx.Queries, family []string) error {
			require.Equal(t, []string{"a", "b"}, family)
			add(t, q, tenant, "cut", "cut")
			return errRefused
		}), errRefused)
		require.Empty(t, noteIDs(t, pool, db.Dialect(), tenant))
		root, err := customers.Resolve(t.Context(), tenant, "a")
		require.NoError(t, err)
		require.Equal(t, "b", root)
		_, err = customers.Resolve(t.Context(), dbtest.Tenant(t), "a")
		require.NoError(t, err)
		other, err := customers.Family(t.Context(), dbtest.Tenant(t), "a")
		require.NoError(t, err)
		require.Equal(t, []string{"a"}, other, "another tenant's a is another")
	})
}

// A merge finds its root merged under a third one, has to lock that too, and
// must not wait for it with what it holds already.
func TestAMergeThatIsOvertakenStartsAgainWithoutItsLocks(t *testing.T) {
	t.Parallel()
	pool := dbtest.Shared(t, bunx.Postgres, "bunx", migrate(bunx.Postgres))
	db, tenant := bunx.New(pool, bunx.Postgres), dbtest.Tenant(t)
	ctx, cancel := context.WithTimeout(t.Context(), longWait)
	defer cancel()
	begin := func() (*sql.Tx, *bunx.Customers) {
		tx, err := pool.BeginTx(ctx, nil)
		require.NoError(t, err)
		return tx, bunx.NewCustomers(db.WithTx(tx), "test")
	}
	waiting := func(n int) {
		require.Eventually(t, func() bool {
			var got int
			err := db.Q().Get(ctx, &got, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE ?", "%"+tenant+"%FOR UPDATE%")
			return err == nil && got == n
		}, longWait, 5*time.Millisecond)
	}
	for _, c := range people[:4] { // everyone has a row
		require.NoError(t, bunx.NewCustomers(db, "test").Merge(ctx, tenant, c, c, clock, keep))
	}
	first, mergeFirst := begin() // has locked a and b, and merges b into a later
	defer first.Rollback()
	_, err := first.ExecContext(ctx, "SELECT 1 FROM test_customers WHERE tenant_id = $1 AND customer_id IN ('a', 'b') FOR UPDATE", tenant)
	require.NoError(t, err)

	var wg sync.WaitGroup
	var overtaken, third error
	wg.Go(func() { // waits for b, finds a
		tx, customers := begin()
		defer tx.Rollback()
		if overtaken = customers.Merge(ctx, tenant, "d", "b", clock, keep); overtaken == nil {
			overtaken = tx.Commit()
		}
	})
	waiting(1)
	wg.Go(func() { // waits for a, and then wants d
		tx, customers := begin()
		defer tx.Rollback()
		if third = customers.Merge(ctx, tenant, "a", "d", clock, keep); third == nil {
			third = tx.Commit()
		}
	})
	waiting(2)
	require.NoError(t, mergeFirst.Merge(ctx, tenant, "b", "a", clock, keep))
	require.NoError(t, first.Commit())
	wg.Wait()
	require.NoError(t, overtaken)
	require.NoError(t, third)
	model := newFamilies(people[:4])
	model.merge("b", "a")
	model.merge("d", "b")
	model.require(t, ctx, db, tenant)
}

// keep cuts nothing.
func keep(bunx.Queries, []string) error { return nil }
