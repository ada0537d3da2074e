package mail_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"mime"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/mail"
)

const from = "Klotet Söder <hej@klotet.example>"

func TestMessageArrivesWholeWithItsPicture(t *testing.T) {
	t.Parallel()
	s := newMailServer(t, nil)
	m, err := mail.Confirmation(confirmation(func(d *mail.ConfirmationData) { d.Venue = "Boule Östermalm på Östermalmstorg" }))
	require.NoError(t, err)
	require.NoError(t, s.transport(t).Send(t.Context(), from, m, "row-1@klotet.example"))

	require.Len(t, s.taken(), 1)
	require.Contains(t, strings.Join(s.commands(), "\n"), "MAIL FROM:<hej@klotet.example>")
	require.Contains(t, s.commands(), "RCPT TO:<anna@example.com>")
	for line := range strings.Lines(s.taken()[0]) {
		require.LessOrEqual(t, len(line), 1000, "the most that SMTP carries in a line")
		require.True(t, strings.HasSuffix(line, "\r\n"))
	}
	msg, err := netmail.ReadMessage(strings.NewReader(s.taken()[0]))
	require.NoError(t, err)
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	require.NoError(t, err)
	require.Equal(t, m.Subject, subject)
	senders, err := msg.Header.AddressList("From")
	require.NoError(t, err)
	require.Equal(t, []*netmail.Address{{Name: "Klotet Söder", Address: "hej@klotet.example"}}, senders)
	require.Equal(t, "<anna@example.com>", msg.Header.Get("To"))
	require.Equal(t, "<row-1@klotet.example>", msg.Header.Get("Message-Id"))
	require.Equal(t, "auto-generated", msg.Header.Get("Auto-Submitted"))
	_, err = msg.Header.Date()
	require.NoError(t, err)

	root := parse(t, msg.Header, msg.Body)
	require.Equal(t, "multipart/related", root.contentType)
	require.Len(t, root.parts, 2)
	both, picture := root.parts[0], root.parts[1]
	require.Equal(t, "multipart/alternative", both.contentType)
	require.Equal(t, part{contentType: "text/plain", body: m.Text}, both.parts[0])
	require.Equal(t, part{contentType: "text/html", body: m.HTML}, both.parts[1], "the last is the best, and shown")
	require.Equal(t, "image/png", picture.contentType)
	require.Equal(t, "<checkin-code>", picture.contentID)
	require.Equal(t, strings.ReplaceAll(string(m.Inline[0].Data), "\r\n", "\n"), picture.body)
}

func TestPlainMessageArrivesAsOneText(t *testing.T) {
	t.Parallel()
	s := newMailServer(t, nil)
	m := mail.Message{To: "anna@example.com", Subject: "Hej", Text: ".\r\nMAIL FROM:<eve@example.com>\r\n"}
	require.NoError(t, s.transport(t).Send(t.Context(), "hej@klotet.example", m, "a@b"))
	require.Len(t, s.taken(), 1, "a lone dot doesn't end it")
	msg, err := netmail.ReadMessage(strings.NewReader(s.taken()[0]))
	require.NoError(t, err)
	require.Equal(t, part{contentType: "text/plain", body: strings.ReplaceAll(m.Text, "\r\n", "\n")}, parse(t, msg.Header, msg.Body))
}

func TestRefusalsAreForGoodOrForNow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		command, reply string
		permanent      bool
	}{
		{"a mailbox that isn't there is for good", "RCPT", "550 5.1.1 no such user", true},
		{"a message that isn't wanted is for good", ".", "554 5.7.1 spam", true},
		{"greylisting is for now", "RCPT", "450 4.2.0 greylisted", false},
		{"a full disk is for now", ".", "452 4.3.1 no space", false},
		{"a sender that is refused is the operator's to mend", "MAIL", "553 5.7.1 not yours", false},
		{"a server that hangs up is for now", "RCPT", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newMailServer(t, func(s *mailServer) { s.refuse = map[string]string{c.command: c.reply} })
			err := s.transport(t).Send(t.Context(), from, letter("anna@example.com"), "a@b")
			require.Error(t, err)
			if c.permanent {
				require.ErrorIs(t, err, mail.ErrPermanent)
			} else {
				require.NotErrorIs(t, err, mail.ErrPermanent)
			}
			require.Empty(t, s.taken())
		})
	}
}

func TestServerThatHangsUpAfterTakingTheMessageHasTakenIt(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"QUIT", "RSET"} {
		s := newMailServer(t, func(s *mailServer) { s.refuse = map[string]string{command: ""} })
		require.NoError(t, s.transport(t).Send(t.Context(), from, letter("anna@example.com"), "a@b"), command)
		require.Len(t, s.taken(), 1)
	}
}

func TestServerThatIsNotThereIsForNow(t *testing.T) {
	t.Parallel()
	s := newMailServer(t, nil)
	transport := s.transport(t)
	s.Close()
	err := transport.Send(t.Context(), from, letter("anna@example.com"), "a@b")
	require.ErrorContains(t, err, "connect")
	require.NotErrorIs(t, err, mail.ErrPermanent)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, transport.Send(ctx, from, letter("anna@example.com"), "a@b"), context.Canceled)
}

func TestBadMessageOrSenderNeverReachesTheServer(t *testing.T) {
	t.Parallel()
	s := newMailServer(t, nil)
	transport := s.transport(t)
	m := letter("anna@example.com")
	m.Subject = "Hej\r\nBcc: eve@example.com"
	require.ErrorIs(t, transport.Send(t.Context(), from, m, "a@b"), mail.ErrInvalid)
	require.ErrorIs(t, transport.Send(t.Context(), from, letter("anna@example.com"), "a@b>\r\nX: y"), mail.ErrInvalid)
	require.Error(t, transport.Send(t.Context(), "Klotet\r\nX: y <hej@klotet.example>", letter("anna@example.com"), "a@b"))
	require.Empty(t, s.commands())
}

// certificate returns a server's settings and a client's that trusts them.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{RootCAs: roots}
}

func TestConnectionIsEncryptedBeforeAnybodySignsIn(t *testing.T) {
	t.Parallel()
	server, client := certificate(t)
	s := newMailServer(t, func(s *mailServer) { s.tls, s.auth = server, true })
	cfg := s.config()
	cfg.TLSConfig, cfg.User, cfg.Password = client, "user", "secret"
	transport, err := mail.NewSMTP(cfg)
	require.NoError(t, err)
	require.NoError(t, transport.Send(t.Context(), from, letter("anna@example.com"), "a@b"))
	require.Len(t, s.taken(), 1)
	var verbs []string
	for _, line := range s.commands() {
		verb, _, _ := strings.Cut(line, " ")
		verbs = append(verbs, verb)
	}
	require.Equal(t, []string{"EHLO", "STARTTLS", "EHLO", "AUTH"}, verbs[:4])
}

func TestServerWithoutTheEncryptionThatIsWantedGetsNothing(t *testing.T) {
	t.Parallel()
	server, _ := certificate(t)
	for name, change := range map[string]func(*mailServer){
		"it offers none":                      nil,
		"its certificate is signed by nobody": func(s *mailServer) { s.tls = server },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newMailServer(t, change)
			cfg := s.config()
			cfg.TLS, cfg.User, cfg.Password = mail.StartTLS, "user", "secret"
			transport, err := mail.NewSMTP(cfg)
			require.NoError(t, err)
			require.Error(t, transport.Send(t.Context(), from, letter("anna@example.com"), "a@b"))
			for _, line := range s.commands() {
				require.NotContains(t, line, "AUTH")
				require.NotContains(t, line, "MAIL")
			}
		})
	}
}

func TestConnectionMayBeEncryptedFromTheFirstByte(t *testing.T) {
	t.Parallel()
	server, client := certificate(t)
	s := newMailServer(t, func(s *mailServer) { s.Listener, s.auth = tls.NewListener(s.Listener, server), true })
	cfg := s.config()
	cfg.TLS, cfg.TLSConfig, cfg.User, cfg.Password = mail.ImplicitTLS, client, "user", "secret"
	transport, err := mail.NewSMTP(cfg)
	require.NoError(t, err)
	require.NoError(t, transport.Send(t.Context(), from, letter("anna@example.com"), "a@b"))
	require.Len(t, s.taken(), 1)
}

func TestLoopbackIsSpokenToInPlainTextAlsoToSignIn(t *testing.T) {
	t.Parallel()
	s := newMailServer(t, func(s *mailServer) { s.auth = true })
	cfg := s.config()
	cfg.User, cfg.Password = "user", "secret"
	transport, err := mail.NewSMTP(cfg)
	require.NoError(t, err)
	require.NoError(t, transport.Send(t.Context(), from, letter("anna@example.com"), "a@b"))
	require.Contains(t, strings.Join(s.commands(), "\n"), "AUTH PLAIN")
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]mail.SMTPConfig{
		"no host":                  {},
		"a host that is a URL":     {Host: "smtp://mail.example.com"},
		"a port that is none":      {Host: "mail.example.com", Port: 70000},
		"an unknown encryption":    {Host: "mail.example.com", TLS: "none"},
		"a timeout without an end": {Host: "mail.example.com", Timeout: time.Hour},
	} {
		_, err := mail.NewSMTP(cfg)
		require.Error(t, err, name)
	}
	_, err := mail.NewSMTP(mail.SMTPConfig{Host: "mail.example.com", Port: 465})
	require.NoError(t, err)
}

func TestQueueRetriesThroughSMTP(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		s := newMailServer(t, func(s *mailServer) { s.refuse = map[string]string{"RCPT": "450 <anna@example.com> greylisted"} })
		o.cfg.Transport = s.transport(t)
		o.open(t)
		o.enqueue(t, "anna@example.com")
		_, err := o.RunOnce(t.Context(), *o.now)
		require.ErrorContains(t, err, "greylisted")
		require.NotContains(t, err.Error(), "anna@example.com")
		s.Lock()
		s.refuse = nil
		s.Unlock()
		o.pass(time.Minute)
		o.run(t, 1)
		require.Len(t, s.taken(), 1)
	})
}
