package mail_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/mail"
	"github.com/petanque-life/venuekit/internal/secret"
)

// urgent queues a mail that somebody waits for.
func (o *office) urgent(t *testing.T, tenant, to string) {
	t.Helper()
	m := letter(to)
	m.Urgent = true
	queued, err := o.Enqueue(t.Context(), mail.Key{TenantID: tenant}, m)
	require.NoError(t, err)
	require.True(t, queued)
}

func TestUrgentMailGoesFirst(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		for i := range 5 {
			o.enqueue(t, fmt.Sprintf("guest-%d@example.com", i))
		}
		o.urgent(t, o.tenant, "anna@example.com")
		o.run(t, 6)
		require.Equal(t, "anna@example.com", o.delivered[0].Message.To)
	})
}

func TestASlowRunDelaysNoUrgentMail(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		begun, release := make(chan struct{}), make(chan struct{})
		var quick atomic.Int32
		o.cfg.Transport = transport(func(_ context.Context, m mail.Message) error {
			if m.Urgent {
				quick.Add(1)
				return nil
			}
			begun <- struct{}{}
			<-release
			return nil
		})
		o.open(t)
		o.enqueue(t, "guest@example.com")
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = o.RunOnce(context.Background(), *o.now) })
		<-begun
		o.urgent(t, o.tenant, "anna@example.com")
		o.urgent(t, o.tenant+"-other", "bo@example.com")
		n, err := o.RunUrgent(t.Context(), *o.now)
		require.NoError(t, err)
		require.Equal(t, 2, n)
		require.EqualValues(t, 2, quick.Load())
		close(release)
		wg.Wait()
		o.enqueue(t, "later@example.com")
		n, err = o.RunUrgent(t.Context(), *o.now)
		require.NoError(t, err)
		require.Zero(t, n, "the rest isn't urgent")
	})
}

// transport is a function that sends.
type transport func(ctx context.Context, m mail.Message) error

func (f transport) Send(ctx context.Context, _ string, m mail.Message, _ string) error {
	return f(ctx, m)
}

func TestSeveralMailsOfATenantGoAtOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		const parallel = 3
		var together sync.WaitGroup
		together.Add(parallel) // none comes back before all are there
		o.cfg.Parallel = parallel
		o.cfg.Transport = transport(func(context.Context, mail.Message) error {
			together.Done()
			together.Wait()
			return nil
		})
		o.open(t)
		for i := range parallel {
			o.enqueue(t, fmt.Sprintf("guest-%d@example.com", i))
		}
		o.run(t, parallel)
	})
}

func TestTenantsTakeTurns(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		other := o.tenant + "-other"
		done := make(chan struct{})
		o.cfg.Transport = transport(func(_ context.Context, m mail.Message) error {
			if m.TenantID == other {
				close(done)
			}
			<-done // the first tenant's server answers nothing until the second's mail is out
			return nil
		})
		o.open(t)
		for range 20 {
			o.enqueue(t, "many@example.com")
		}
		_, err := o.Enqueue(t.Context(), mail.Key{TenantID: other}, letter("one@example.com"))
		require.NoError(t, err)
		o.run(t, 21)
	})
}

func TestWaitingMailIsUnreadableWithoutTheSecrets(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		key := func(id string) secret.Secret {
			return secret.Secret{ID: id, Key: []byte(strings.Repeat(id, secret.MinKey))}
		}
		use := func(list ...secret.Secret) {
			secrets, err := secret.New(list...)
			require.NoError(t, err)
			o.cfg.Secrets = secrets
			o.open(t)
		}
		use(key("a"))
		m := letter("anna@example.com")
		m.Text = "https://klotet.example/login/token"
		_, err := o.Enqueue(t.Context(), o.key(""), m)
		require.NoError(t, err)
		_, address, body, _ := o.rowOf(t)
		require.Equal(t, "anna@example.com", address)
		require.True(t, strings.HasPrefix(body.String, "sealed:a:"))
		require.NotContains(t, body.String, "login")
		require.NotContains(t, body.String, "anna")

		use(key("b"))
		o.fail(t, "unknown secret")
		o.pass(time.Hour)
		o.answer = func(context.Context, mail.Message) error { return errors.New("server is down") }
		use(key("b"), key("a"))
		o.fail(t, "server is down")
		_, _, again, _ := o.rowOf(t)
		require.Equal(t, body.String, again.String, "it stays sealed while it is tried")
		o.answer = nil
		o.pass(time.Hour)
		o.run(t, 1)
		require.Equal(t, m.Text, o.delivered[len(o.delivered)-1].Message.Text)
	})
}

func TestASealedBodyOpensInItsOwnRowOnly(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		secrets, err := secret.New(secret.Secret{ID: "a", Key: make([]byte, secret.MinKey)})
		require.NoError(t, err)
		o.cfg.Secrets = secrets
		o.open(t)
		o.enqueue(t, "anna@example.com")
		o.enqueue(t, "bo@example.com")
		_, err = o.db.ExecContext(t.Context(), `UPDATE mail_messages SET body =
			(SELECT m.body FROM mail_messages AS m WHERE m.address = 'anna@example.com') WHERE address = 'bo@example.com'`)
		require.NoError(t, err)
		n, err := o.RunOnce(t.Context(), *o.now)
		require.ErrorContains(t, err, "authentication failed")
		require.Equal(t, 1, n)
		require.Equal(t, []string{"anna@example.com"}, o.to())
	})
}
