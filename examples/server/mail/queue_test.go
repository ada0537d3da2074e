package mail_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/mail"
)

func TestMailOfOneKeyIsSentOnceHoweverManyQueueIt(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		const callers = 50
		queued, errs := make([]bool, callers), make([]error, callers)
		begin := make(chan struct{})
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				<-begin
				queued[i], errs[i] = o.Enqueue(t.Context(), o.key("confirmation:b1:1"), letter("anna@example.com"))
			})
		}
		close(begin)
		wg.Wait()
		require.NoError(t, errors.Join(errs...))
		winners := 0
		for _, q := range queued {
			if q {
				winners++
			}
		}
		require.Equal(t, 1, winners)
		o.run(t, 1)
	})
}

func TestKeyIsUsedForEver(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		again := func() {
			t.Helper()
			queued, err := o.Enqueue(t.Context(), o.key("k"), letter("anna@example.com"))
			require.NoError(t, err)
			require.False(t, queued)
			o.run(t, 0)
		}
		queued, err := o.Enqueue(t.Context(), o.key("k"), letter("anna@example.com"))
		require.NoError(t, err)
		require.True(t, queued)
		o.run(t, 1)
		again()
		o.pass(91 * 24 * time.Hour)
		require.NoError(t, o.Purge(t.Context(), *o.now))
		require.Zero(t, o.count(t, "mail_messages"))
		again()
		require.NoError(t, o.EraseAddress(t.Context(), o.tenant, "anna@example.com"))
		again()
		require.Len(t, o.delivered, 1)

		queued, err = o.Enqueue(t.Context(), mail.Key{TenantID: o.tenant + "x", Dedupe: "k"}, letter("anna@example.com"))
		require.NoError(t, err)
		require.True(t, queued, "another tenant's keys are its own")
	})
}

func TestMailWithoutAKeyIsOneOfItsOwn(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.enqueue(t, "anna@example.com")
		o.enqueue(t, "anna@example.com")
		o.run(t, 2)
	})
}

func TestWhatIsQueuedInATransactionIsSentIfItCommits(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		for _, commit := range []bool{false, true} {
			tx, err := o.db.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			joined := o.WithTx(tx)
			for _, fresh := range []bool{true, false} {
				queued, err := joined.Enqueue(t.Context(), o.key("k"), letter("anna@example.com"))
				require.NoError(t, err)
				require.Equal(t, fresh, queued, "the transaction goes on after a repeat")
			}
			_, err = joined.RunOnce(t.Context(), *o.now)
			require.ErrorContains(t, err, "joined")
			if commit {
				require.NoError(t, tx.Commit())
				o.run(t, 1)
			} else {
				require.NoError(t, tx.Rollback())
				o.run(t, 0)
			}
		}
	})
}

func TestMessageThatCannotBeAMailIsRefused(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		picture := mail.Inline{ContentID: "code", Name: "code.png", ContentType: "image/png"}
		inline := func(change func(*mail.Inline)) func(*mail.Message) {
			return func(m *mail.Message) {
				in := picture
				change(&in)
				m.Inline = []mail.Inline{in}
			}
		}
		for name, change := range map[string]func(*mail.Message){
			"a header in the address":              func(m *mail.Message) { m.To = "anna@example.com\r\nBcc: eve@example.com" },
			"a line feed in the address":           func(m *mail.Message) { m.To = "anna@example.com\nX: y" },
			"a header in the subject":              func(m *mail.Message) { m.Subject = "Hej\r\nBcc: eve@example.com" },
			"a carriage return in the subject":     func(m *mail.Message) { m.Subject = "Hej\rX: y" },
			"a line separator in the subject":      func(m *mail.Message) { m.Subject = "Hej\u2028X: y" },
			"a header in a content id":             inline(func(in *mail.Inline) { in.ContentID = "a>\r\nX: y" }),
			"a header in a file name":              inline(func(in *mail.Inline) { in.Name = "a\"\r\nX: y" }),
			"a header in a content type":           inline(func(in *mail.Inline) { in.ContentType = "image/png\r\nX: y" }),
			"a picture that is a page":             inline(func(in *mail.Inline) { in.ContentType = "text/html" }),
			"no address":                           func(m *mail.Message) { m.To = "" },
			"an address without a domain":          func(m *mail.Message) { m.To = "anna" },
			"an address with a name":               func(m *mail.Message) { m.To = "Anna <anna@example.com>" },
			"two addresses":                        func(m *mail.Message) { m.To = "anna@example.com,eve@example.com" },
			"an address longer than addresses are": func(m *mail.Message) { m.To = strings.Repeat("a", 250) + "@b.se" },
			"no subject":                           func(m *mail.Message) { m.Subject = "" },
			"a subject without end":                func(m *mail.Message) { m.Subject = strings.Repeat("x", 501) },
			"no text":                              func(m *mail.Message) { m.Text = "" },
			"a text that is none":                  func(m *mail.Message) { m.Text = "\xff" },
			"a zero byte":                          func(m *mail.Message) { m.HTML = "\x00" },
			"a message larger than a megabyte":     inline(func(in *mail.Inline) { in.Data = make([]byte, 1<<20) }),
			"another tenant's message":             func(m *mail.Message) { m.TenantID = "other" },
		} {
			m := letter("anna@example.com")
			change(&m)
			_, err := o.Enqueue(t.Context(), o.key(""), m)
			require.ErrorIs(t, err, mail.ErrInvalid, name)
		}
		for name, k := range map[string]mail.Key{
			"no tenant": {}, "a zero byte": {TenantID: o.tenant, Dedupe: "a\x00"},
			"a key without end": {TenantID: o.tenant, Dedupe: strings.Repeat("x", 201)},
		} {
			_, err := o.Enqueue(t.Context(), k, letter("anna@example.com"))
			require.ErrorIs(t, err, mail.ErrInvalid, name)
		}
		require.Zero(t, o.count(t, "mail_messages"))
	})
}

func TestJobThatNothingCanRenderIsRefused(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.render(t, func(context.Context, mail.Job) (mail.Message, error) { return letter("anna@example.com"), nil })
		for name, j := range map[string]mail.Job{
			"no kind":              {Data: []byte(`{}`)},
			"an unknown kind":      {Kind: "nothing", Data: []byte(`{}`)},
			"no data":              {Kind: "confirmation"},
			"data that isn't JSON": {Kind: "confirmation", Data: []byte(`{`)},
			"data without end":     {Kind: "confirmation", Data: json.RawMessage(`"` + strings.Repeat("x", 16<<10) + `"`)},
			"another tenant's":     {TenantID: "other", Kind: "confirmation", Data: []byte(`{}`)},
		} {
			_, err := o.EnqueueJob(t.Context(), o.key(""), j)
			require.ErrorIs(t, err, mail.ErrInvalid, name)
		}
	})
}

func TestOutboxShowsWhatWasSentNewestFirst(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.cfg.KeepSent = true
		o.open(t)
		m := letter("anna@example.com")
		m.Inline = []mail.Inline{{ContentID: "code", Name: "code.png", ContentType: "image/png", Data: []byte("\x89PNG\x00\xff")}}
		_, err := o.Enqueue(t.Context(), o.key(""), m)
		require.NoError(t, err)
		empty, err := o.Outbox(t.Context(), o.tenant, 10)
		require.NoError(t, err)
		require.Empty(t, empty, "what waits isn't sent")
		o.run(t, 1)
		o.pass(time.Second)
		o.enqueue(t, "bo@example.com")
		o.run(t, 1)

		list, err := o.Outbox(t.Context(), o.tenant, 10)
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.Equal(t, "bo@example.com", list[0].To)
		require.Equal(t, o.now.UTC(), list[0].At)
		m.TenantID = o.tenant
		require.Equal(t, m, list[1].Message, "byte for byte")
		require.Equal(t, "Klotet <hej@"+o.tenant+".example>", list[1].From)

		one, err := o.Sent(t.Context(), o.tenant, list[1].ID)
		require.NoError(t, err)
		require.Equal(t, list[1], one)
		newest, err := o.Outbox(t.Context(), o.tenant, 1)
		require.NoError(t, err)
		require.Equal(t, list[:1], newest)

		_, err = o.Sent(t.Context(), "other", list[1].ID)
		require.ErrorIs(t, err, mail.ErrNotFound)
		_, err = o.Sent(t.Context(), o.tenant, "a\x00b")
		require.ErrorIs(t, err, mail.ErrNotFound)
		none, err := o.Outbox(t.Context(), "other", 10)
		require.NoError(t, err)
		require.Empty(t, none)
	})
}

func TestPurgeDeletesWhatIsNinetyDaysOldAndNothingThatWaits(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.enqueue(t, "old@example.com")
		o.run(t, 1)
		o.pass(48 * time.Hour)
		o.enqueue(t, "new@example.com")
		o.run(t, 1)
		o.enqueue(t, "waiting@example.com")
		o.pass(89 * 24 * time.Hour)
		require.NoError(t, o.Purge(t.Context(), *o.now))
		for address, want := range map[string]int{"old@example.com": 0, "new@example.com": 1, "waiting@example.com": 1} {
			list, err := o.ExportAddress(t.Context(), o.tenant, address)
			require.NoError(t, err)
			require.Len(t, list, want, address)
		}
	})
}

func TestAddressIsExportedAndErasedInAnyCase(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.render(t, func(_ context.Context, _ mail.Job) (mail.Message, error) { return letter("Åsa@Example.com"), nil })
		o.enqueue(t, "Åsa@example.com")
		o.enqueueJob(t, "j")
		o.run(t, 2)
		o.enqueue(t, "åsa@example.COM")
		o.enqueue(t, "bo@example.com")

		list, err := o.ExportAddress(t.Context(), o.tenant, "åsa@example.com")
		require.NoError(t, err)
		require.Len(t, list, 3)
		require.Equal(t, []string{"sent", "sent", "pending"}, []string{list[0].State, list[1].State, list[2].State})
		require.Equal(t, "confirmation", list[1].Kind)
		require.Equal(t, o.now.UTC(), *list[0].FinishedAt)
		other, err := o.ExportAddress(t.Context(), "other", "åsa@example.com")
		require.NoError(t, err)
		require.Empty(t, other)

		for range 2 {
			require.NoError(t, o.EraseAddress(t.Context(), o.tenant, "ÅSA@example.com"))
		}
		require.NoError(t, o.EraseAddress(t.Context(), o.tenant, "no address\x00"))
		require.Equal(t, 1, o.count(t, "mail_messages"))
		o.run(t, 1)
		require.Equal(t, "bo@example.com", o.delivered[2].Message.To)
	})
}

func TestQueueThatLacksSomethingIsRefused(t *testing.T) {
	t.Parallel()
	_, err := mail.New(nil, 0, mail.Config{})
	require.ErrorContains(t, err, "transport")
	_, err = mail.New(nil, 0, mail.Config{Transport: mail.Discard{}})
	require.ErrorContains(t, err, "from")
}
