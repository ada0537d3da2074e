package mail_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/mail"
)

func TestManyRunnersSendEachMailOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		const mails, runners = 60, 4
		var want []string
		for i := range mails {
			to := fmt.Sprintf("guest-%02d@example.com", i)
			k := mail.Key{TenantID: fmt.Sprintf("%s-%d", o.tenant, i%3)}
			_, err := o.Enqueue(t.Context(), k, letter(to))
			require.NoError(t, err)
			want = append(want, to)
		}
		counts, errs := make([]int, runners), make([]error, runners)
		var wg sync.WaitGroup
		for i := range runners {
			replica, err := mail.New(o.db, o.d, o.cfg)
			require.NoError(t, err)
			wg.Go(func() { counts[i], errs[i] = replica.RunOnce(t.Context(), *o.now) })
		}
		wg.Wait()
		require.NoError(t, errors.Join(errs...))
		require.Equal(t, want, o.to())
		total := 0
		for _, n := range counts {
			total += n
		}
		require.Equal(t, mails, total)
	})
}

func TestRunSendsFiftyOfEachTenantAndLeavesTheRest(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		for range 51 {
			o.enqueue(t, "many@example.com")
		}
		_, err := o.Enqueue(t.Context(), mail.Key{TenantID: o.tenant + "-other"}, letter("one@example.com"))
		require.NoError(t, err)
		o.run(t, 51)
		require.Contains(t, o.to(), "one@example.com")
		o.run(t, 1)
	})
}

func TestSentMailKeepsItsAddressAndNotItsBody(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		m := letter("Anna@Example.com")
		_, err := o.Enqueue(t.Context(), o.key(""), m)
		require.NoError(t, err)
		o.run(t, 1)
		require.Equal(t, "Anna@Example.com", o.delivered[0].Message.To, "as it was given")
		require.Equal(t, m.Text, o.delivered[0].Message.Text)
		require.Equal(t, "Klotet <hej@"+o.tenant+".example>", o.delivered[0].From)
		state, address, body, _ := o.rowOf(t)
		require.Equal(t, "sent", state)
		require.Equal(t, "anna@example.com", address)
		require.False(t, body.Valid)
		list, err := o.Outbox(t.Context(), o.tenant, 10)
		require.NoError(t, err)
		require.Empty(t, list)
	})
}

func TestTransportThatFailsAndThenWorksSendsAfterAPause(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.enqueue(t, "anna@example.com")
		o.answer = func(context.Context, mail.Message) error {
			return errors.New("450 <ANNA@example.com>: greylisted,\r\ncome back")
		}
		o.fail(t, "450 <(address)>: greylisted,  come back")
		_, _, _, lastError := o.rowOf(t)
		require.Equal(t, "450 <(address)>: greylisted,  come back", lastError)
		o.answer = nil
		o.pass(59 * time.Second)
		o.run(t, 0)
		o.pass(time.Second)
		o.run(t, 1)
		require.Len(t, o.delivered, 2)
		require.Equal(t, o.delivered[0].MessageID, o.delivered[1].MessageID, "a repeat is recognisable")
		require.True(t, strings.HasSuffix(o.delivered[0].MessageID, "@"+o.tenant+".example"))
		state, _, _, lastError := o.rowOf(t)
		require.Equal(t, "sent", state)
		require.Empty(t, lastError)
	})
}

func TestPausesGrowToAnHourAndEndAfterADay(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.enqueue(t, "anna@example.com")
		o.answer = func(context.Context, mail.Message) error { return errors.New("server is down") }
		o.fail(t, "server is down")
		pauses := append([]int{1, 2, 4, 8, 16, 32}, slices.Repeat([]int{60}, 22)...) // minutes, 23 hours and 3 minutes of them
		for _, minutes := range pauses {
			state, _, _, _ := o.rowOf(t)
			require.Equal(t, "pending", state)
			o.pass(time.Duration(minutes)*time.Minute - time.Microsecond)
			o.run(t, 0)
			o.pass(time.Microsecond)
			o.fail(t, "server is down")
		}
		state, _, body, lastError := o.rowOf(t)
		require.Equal(t, "failed", state)
		require.False(t, body.Valid)
		require.Equal(t, "server is down", lastError)
		require.Len(t, o.delivered, 1+len(pauses))
	})
}

func TestMailThatWaitedLongForARunnerIsStillTried(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.enqueue(t, "anna@example.com")
		o.pass(72 * time.Hour)
		o.run(t, 1)
	})
}

func TestMailWhoseTimeHasPassedIsNotSent(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		m := letter("anna@example.com")
		m.NotAfter = o.now.Add(15 * time.Minute)
		_, err := o.Enqueue(t.Context(), o.key(""), m)
		require.NoError(t, err)
		o.pass(15*time.Minute + time.Microsecond)
		o.fail(t, "too late")
		require.Empty(t, o.delivered)
		state, _, body, _ := o.rowOf(t)
		require.Equal(t, "failed", state)
		require.False(t, body.Valid, "the link in it is gone")
	})
}

func TestPermanentFailureIsNotTriedAgainAndHoldsUpNobody(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.enqueue(t, "gone@example.com")
		o.enqueue(t, "anna@example.com")
		o.answer = func(_ context.Context, m mail.Message) error {
			if m.To == "gone@example.com" {
				return fmt.Errorf("%w: 550 no such user", mail.ErrPermanent)
			}
			return nil
		}
		sent, err := o.RunOnce(t.Context(), *o.now)
		require.ErrorContains(t, err, "550 no such user")
		require.Equal(t, 1, sent)
		o.pass(48 * time.Hour)
		o.run(t, 0)
	})
}

func TestJobIsRenderedWhenItIsSentAndStoresNoMore(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		var got mail.Job
		o.render(t, func(_ context.Context, j mail.Job) (mail.Message, error) {
			got = j
			return letter("anna@example.com"), nil
		})
		o.enqueueJob(t, "confirmation:b1:1")
		_, address, body, _ := o.rowOf(t)
		require.Equal(t, `{"booking":"b1"}`, body.String)
		require.Empty(t, address)
		require.Empty(t, got.Kind, "nothing is rendered before")
		o.run(t, 1)
		require.Equal(t, mail.Job{TenantID: o.tenant, Kind: "confirmation", Data: []byte(`{"booking":"b1"}`)}, got)
		require.Equal(t, o.tenant, o.delivered[0].Message.TenantID)
	})
}

func TestJobThatFailsToRenderFailsAlone(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		broken := true
		o.render(t, func(context.Context, mail.Job) (mail.Message, error) {
			if broken {
				return mail.Message{}, errors.New("no such venue")
			}
			return letter("anna@example.com"), nil
		})
		o.enqueueJob(t, "a")
		o.enqueue(t, "bo@example.com")
		sent, err := o.RunOnce(t.Context(), *o.now)
		require.ErrorContains(t, err, "no such venue")
		require.Equal(t, 1, sent)
		broken = false
		o.pass(time.Minute)
		o.run(t, 1)
		require.Equal(t, []string{"anna@example.com", "bo@example.com"}, o.to())
	})
}

func TestJobEndsByWhatItsRenderReturns(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		bad := letter("anna@example.com\r\nBcc: eve@example.com")
		foreign := letter("anna@example.com")
		foreign.TenantID = "other"
		for _, c := range []struct {
			name    string
			message mail.Message
			err     error
			state   string
		}{
			{"obsolete without an error", mail.Message{}, fmt.Errorf("cancelled: %w", mail.ErrObsolete), "obsolete"},
			{"a bad message for good", bad, nil, "failed"},
			{"another tenant's message for good", foreign, nil, "failed"},
			{"an invalid one for good", mail.Message{}, fmt.Errorf("%w: no venue", mail.ErrInvalid), "failed"},
		} {
			t.Run(c.name, func(t *testing.T) {
				o.tenant += "x"
				o.render(t, func(context.Context, mail.Job) (mail.Message, error) { return c.message, c.err })
				o.enqueueJob(t, "")
				if c.state == "obsolete" {
					o.run(t, 0)
				} else {
					o.fail(t, "invalid")
				}
				state, _, body, _ := o.rowOf(t)
				require.Equal(t, c.state, state)
				require.False(t, body.Valid)
			})
		}
		require.Empty(t, o.delivered)
	})
}

func TestJobOfANewerReplicaWaitsForIt(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.render(t, func(context.Context, mail.Job) (mail.Message, error) { return letter("anna@example.com"), nil })
		o.enqueueJob(t, "a")
		older := o.cfg
		older.Renders = nil
		q, err := mail.New(o.db, o.d, older)
		require.NoError(t, err)
		_, err = q.RunOnce(t.Context(), *o.now)
		require.ErrorContains(t, err, "nothing renders")
		o.pass(time.Minute)
		o.run(t, 1)
	})
}

// crash is what a runner panics with in place of being killed.
type crash struct{}

func (o *office) crashes(t *testing.T) {
	t.Helper()
	o.answer = func(context.Context, mail.Message) error { panic(crash{}) }
	require.PanicsWithValue(t, crash{}, func() { _, _ = o.RunOnce(t.Context(), *o.now) })
	o.answer = nil
}

func TestMailOfARunnerThatWasKilledIsSentAgainAfterTheLease(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.enqueue(t, "anna@example.com")
		o.pass(time.Second)
		o.enqueue(t, "bo@example.com")
		o.crashes(t)
		require.Equal(t, []string{"anna@example.com"}, o.to(), "sent, but not marked")
		o.run(t, 1)
		o.pass(10*time.Minute - time.Microsecond)
		o.run(t, 0)
		o.pass(time.Microsecond)
		o.run(t, 1)
		require.Equal(t, []string{"anna@example.com", "anna@example.com", "bo@example.com"}, o.to())
		require.Equal(t, o.delivered[0].MessageID, o.delivered[2].MessageID)
		o.pass(time.Hour)
		o.run(t, 0)
	})
}

func TestMailThatKillsItsRunnersIsGivenUpAfterADay(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.enqueue(t, "anna@example.com")
		o.crashes(t)
		o.pass(23 * time.Hour)
		o.crashes(t)
		o.pass(2 * time.Hour)
		o.fail(t, "too late")
	})
}

func TestRunnerThatLostItsLeaseMarksNothing(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.enqueue(t, "anna@example.com")
		other, err := mail.New(o.db, o.d, o.cfg)
		require.NoError(t, err)
		slow := &postman{answer: func(ctx context.Context, _ mail.Message) error {
			// Meanwhile the lease ends, and another runner sends and marks it.
			n, err := other.RunOnce(ctx, o.now.Add(time.Hour))
			require.NoError(t, err)
			require.Equal(t, 1, n)
			return errors.New("timeout")
		}}
		o.cfg.Transport = slow
		o.open(t)
		o.fail(t, "timeout")
		state, _, _, lastError := o.rowOf(t)
		require.Equal(t, "sent", state)
		require.Empty(t, lastError)
	})
}

func TestErasedMailStaysErasedWhileItIsBeingSent(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.enqueue(t, "anna@example.com")
		o.answer = func(ctx context.Context, m mail.Message) error {
			require.NoError(t, o.EraseAddress(ctx, o.tenant, m.To))
			return nil
		}
		o.run(t, 1)
		require.Zero(t, o.count(t, "mail_messages"))
	})
}

func TestStoppedRunMarksWhatItSentAndLeavesTheRestDue(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.enqueue(t, "anna@example.com")
		o.pass(time.Second)
		o.enqueue(t, "bo@example.com")
		o.enqueue(t, "cleo@example.com")
		var stop context.CancelFunc
		run := func() (int, error) {
			var ctx context.Context
			ctx, stop = context.WithCancel(t.Context())
			defer stop()
			return o.RunOnce(ctx, *o.now)
		}
		o.answer = func(context.Context, mail.Message) error { stop(); return nil }
		n, err := run()
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 1, n)
		o.answer = func(ctx context.Context, _ mail.Message) error { stop(); return ctx.Err() }
		n, err = run()
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, n)
		o.answer = nil
		o.run(t, 2) // at once: stopping is no failure of the mail's
		require.Equal(t, []string{"anna@example.com", "bo@example.com", "bo@example.com", "cleo@example.com"}, o.to())
	})
}

func TestLongRunLeasesByItsOwnClock(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.enqueue(t, "anna@example.com")
		o.enqueue(t, "bo@example.com")
		cfg := o.cfg
		cfg.Transport = mail.Discard{}
		other, err := mail.New(o.db, o.d, cfg)
		require.NoError(t, err)
		o.answer = func(ctx context.Context, _ mail.Message) error {
			o.pass(9 * time.Minute)
			if len(o.delivered) == 2 { // 18 minutes after the run began, 9 after this lease did
				n, err := other.RunOnce(ctx, *o.now)
				require.NoError(t, err)
				require.Zero(t, n)
			}
			return nil
		}
		o.run(t, 2)
	})
}

func TestMailOfATenantWithoutASenderWaits(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		from := o.cfg.From
		for _, c := range []struct {
			from string
			err  error
			says string
		}{{"", errors.New("no such tenant"), "no such tenant"}, {"nobody", nil, "sender is not a mail address"}} {
			o.enqueue(t, "anna@example.com")
			o.cfg.From = func(string) (string, error) { return c.from, c.err }
			o.open(t)
			o.fail(t, c.says)
		}
		o.cfg.From = from
		o.open(t)
		o.pass(time.Hour)
		o.run(t, 2)
	})
}
