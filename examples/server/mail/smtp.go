package mail

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// TLS says how a connection to a mail server is encrypted.
type TLS string

// The two ways. Neither falls back to plain text.
const (
	StartTLS    TLS = "starttls" // the connection is upgraded; of port 587
	ImplicitTLS TLS = "implicit" // from the first byte; of port 465
)

// SMTPConfig names the mail server that takes the mails.
type SMTPConfig struct {
	Host string // required
	Port int    // default: 587
	// User and Password sign in to the server. Default: nobody does.
	User, Password string
	// TLS is how it is encrypted. Default: ImplicitTLS on port 465, else
	// StartTLS. A server on loopback is spoken to in plain text where neither
	// TLS nor TLSConfig is given.
	TLS TLS
	// TLSConfig is for servers with certificates of their own. Default: the
	// machine's roots, and Host as the name.
	TLSConfig *tls.Config
	// Timeout bounds connecting, and the server's part after that, up to a
	// minute. Default: 15 s.
	Timeout time.Duration
}

// SMTP is a Transport to a mail server, with a connection for each message.
type SMTP struct {
	host    string
	options []gomail.Option
}

// NewSMTP returns a transport, or an error that says what is wrong with cfg. It
// doesn't connect.
func NewSMTP(cfg SMTPConfig) (*SMTP, error) {
	cfg.Port, cfg.Timeout = cmp.Or(cfg.Port, 587), cmp.Or(cfg.Timeout, 15*time.Second)
	options := []gomail.Option{
		gomail.WithPort(cfg.Port),
		gomail.WithTimeout(cfg.Timeout),
		// The message has been taken by then, and a failure would send it again.
		gomail.WithoutRset(),
	}
	plain := cfg.TLS == "" && cfg.TLSConfig == nil && isLoopback(cfg.Host)
	if cfg.TLS == "" && cfg.Port == 465 {
		cfg.TLS = ImplicitTLS
	}
	switch {
	case cfg.Host == "" || strings.ContainsAny(cfg.Host, " \t\r\n/"):
		return nil, errors.New("mail: SMTP host is not a name or an address")
	case cfg.Timeout < 0 || cfg.Timeout > time.Minute:
		// The runner's lease must hold until the server has answered.
		return nil, errors.New("mail: SMTP timeout is not within a minute")
	case plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	case cfg.TLS == "" || cfg.TLS == StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case cfg.TLS == ImplicitTLS:
		options = append(options, gomail.WithSSL())
	default:
		return nil, fmt.Errorf("mail: SMTP knows no TLS %q", cfg.TLS)
	}
	if cfg.TLSConfig != nil {
		own := cfg.TLSConfig.Clone()
		own.ServerName = cmp.Or(own.ServerName, cfg.Host)
		options = append(options, gomail.WithTLSConfig(own))
	}
	if cfg.User != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if plain {
			auth = gomail.SMTPAuthPlain // which isn't looked for in plain text
		}
		options = append(options, gomail.WithSMTPAuth(auth), gomail.WithUsername(cfg.User), gomail.WithPassword(cfg.Password))
	}
	s := &SMTP{cfg.Host, options}
	if _, err := s.client(); err != nil {
		return nil, fmt.Errorf("mail: SMTP settings: %w", err)
	}
	return s, nil
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// client returns a client of its own for each message: they remember what the
// server could do.
func (s *SMTP) client() (*gomail.Client, error) { return gomail.NewClient(s.host, s.options...) }

// Send implements Transport. ctx bounds connecting; a conversation that has
// begun is brought to its end, since one that breaks off leaves it open whether
// the message was taken. Refusals of the recipient or of the message with a 5xx
// are ErrPermanent; those of the login or of the sender are the operator's to
// mend, and tried again.
func (s *SMTP) Send(ctx context.Context, from string, m Message, messageID string) error {
	msg, err := compose(from, m, messageID)
	if err != nil {
		return err
	}
	client, err := s.client()
	if err != nil {
		return err
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("mail: connect to server: %w", err)
	}
	err = client.SendWithSMTPClient(conn, msg)
	if err != nil {
		_ = conn.Close()
	} else {
		// A server that took the message and then hangs up has taken it.
		_ = client.CloseWithSMTPClient(conn)
	}
	var refusal *gomail.SendError
	if errors.As(err, &refusal) && refusal.ErrorCode() >= 500 {
		switch refusal.Reason {
		case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
			return fmt.Errorf("%w: %w", ErrPermanent, err)
		}
	}
	return err
}

// compose writes the message: a plain form and an HTML form of which one is
// shown, the latter together with its pictures.
func compose(from string, m Message, messageID string) (*gomail.Msg, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	sender, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, errors.New("mail: sender is not a mail address")
	}
	if messageID == "" || strings.ContainsFunc(messageID, func(r rune) bool { return r <= ' ' || r == '<' || r == '>' || r == 0x7f }) {
		return nil, invalid("message id")
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(sender)
	msg.ToMailAddress(&netmail.Address{Address: m.To})
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(messageID)
	// Keeps absence notes from coming back (RFC 3834).
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML == "" {
		return msg, nil
	}
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	for _, in := range m.Inline {
		err := msg.EmbedReader(in.Name, bytes.NewReader(in.Data),
			gomail.WithFileContentID("<"+in.ContentID+">"), gomail.WithFileContentType(gomail.ContentType(in.ContentType)))
		if err != nil {
			return nil, err
		}
	}
	return msg, nil
}
