package mail_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/mail"
)

// mailServer is an SMTP server on loopback that takes everything, unless
// refuse has a reply to a command.
type mailServer struct {
	sync.Mutex
	net.Listener
	tls     *tls.Config       // offers STARTTLS
	auth    bool              // offers AUTH PLAIN
	refuse  map[string]string // by the command's first word, "." for the message's end; "" hangs up
	lines   []string          // commands as they came
	bodies  []string
	secured bool
}

func newMailServer(t *testing.T, change func(*mailServer)) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &mailServer{Listener: l}
	if change != nil {
		change(s)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := s.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { s.talk(conn) })
		}
	})
	t.Cleanup(func() {
		s.Close()
		wg.Wait()
	})
	return s
}

func (s *mailServer) config() mail.SMTPConfig {
	addr := s.Addr().(*net.TCPAddr)
	return mail.SMTPConfig{Host: addr.IP.String(), Port: addr.Port, Timeout: 5 * time.Second}
}

func (s *mailServer) transport(t *testing.T) *mail.SMTP {
	t.Helper()
	transport, err := mail.NewSMTP(s.config())
	require.NoError(t, err)
	return transport
}

func (s *mailServer) talk(conn net.Conn) {
	defer func() { conn.Close() }()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	in := bufio.NewReader(conn)
	say := func(line string) { io.WriteString(conn, line+"\r\n") }
	say("220 test")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		word, _, _ := strings.Cut(line, " ")
		s.Lock()
		s.lines = append(s.lines, line)
		reply, refused := s.refuse[word]
		s.Unlock()
		switch {
		case refused && reply == "":
			return
		case refused:
			say(reply)
		case word == "EHLO":
			say("250-test")
			if s.tls != nil && !s.isSecured() {
				say("250-STARTTLS")
			}
			if s.auth {
				say("250-AUTH PLAIN")
			}
			say("250 8BITMIME")
		case word == "STARTTLS":
			say("220 go on")
			conn = tls.Server(conn, s.tls)
			in = bufio.NewReader(conn)
			s.Lock()
			s.secured = true
			s.Unlock()
		case word == "AUTH":
			say("235 welcome")
		case word == "DATA":
			say("354 go on")
			body := s.readBody(in)
			s.Lock()
			reply, refused := s.refuse["."]
			if !refused {
				reply = "250 taken"
				s.bodies = append(s.bodies, body)
			}
			s.Unlock()
			say(reply)
		case word == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *mailServer) isSecured() bool {
	s.Lock()
	defer s.Unlock()
	return s.secured
}

func (s *mailServer) readBody(in *bufio.Reader) string {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return b.String()
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

// commands returns what clients said.
func (s *mailServer) commands() []string {
	s.Lock()
	defer s.Unlock()
	return slices.Clone(s.lines)
}

// taken returns the messages that were taken.
func (s *mailServer) taken() []string {
	s.Lock()
	defer s.Unlock()
	return slices.Clone(s.bodies)
}

// part is a leaf of a message, or a multipart with its parts.
type part struct {
	contentType, contentID string
	body                   string
	parts                  []part
}

func parse(t *testing.T, header interface{ Get(string) string }, body io.Reader) part {
	t.Helper()
	contentType, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	require.NoError(t, err)
	p := part{contentType: contentType, contentID: header.Get("Content-ID")}
	if strings.HasPrefix(contentType, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for {
			sub, err := r.NextRawPart()
			if err == io.EOF {
				return p
			}
			require.NoError(t, err)
			p.parts = append(p.parts, parse(t, sub.Header, sub))
		}
	}
	switch header.Get("Content-Transfer-Encoding") {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	raw, err := io.ReadAll(body)
	require.NoError(t, err)
	p.body = strings.ReplaceAll(string(raw), "\r\n", "\n")
	return p
}
