package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/mail"
)

func TestErrorPagesSayWhatIsNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	for _, test := range []struct {
		name, method, path string
		header             []string
		status             int
		says               []string
	}{
		{"an unknown page", "GET", "/nothing/here", nil, 404, []string{"Page not found", `href="/"`, "Klotet"}},
		{"an unknown page of one word", "GET", "/nothing", nil, 404, []string{"Page not found"}},
		{"a method that isn't taken", "POST", "/account/bookings", nil, 405, []string{"That can&#39;t be done"}},
		{"another site's form", "POST", "/logout", []string{"Sec-Fetch-Site", "cross-site"}, 403, []string{"Request stopped", `href="/"`}},
		{"a form that is too large", "POST", "/login", []string{"Content-Type", "application/x-www-form-urlencoded"}, 413, []string{"is too large"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			body := ""
			if test.status == 413 {
				body = "email=" + strings.Repeat("x", 1<<20)
			}
			res, page := w.visitor().do(test.method, test.path, body, test.header...)
			require.Equal(t, test.status, res.StatusCode)
			for _, text := range test.says {
				require.Contains(t, page, text)
			}
			require.Contains(t, page, "/theme-")
			res, page = w.visitor().do(test.method, test.path, body, append(test.header, "Accept", "application/json")...)
			require.Equal(t, test.status, res.StatusCode)
			require.Equal(t, "application/problem+json", res.Header.Get("Content-Type"), page)
		})
	}
	res, _ := w.visitor().do("PUT", "/login", "")
	require.Equal(t, "GET, POST", res.Header.Get("Allow"))
}

func TestAFaultIsAPageWithAnId(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	v := w.visitor().signIn(guest, account.KindCustomer)
	b := w.book(w.customer(guest), "b1", 0, nil)
	b.Venue.Zone = nil // which breaks the source's contract
	w.bookings.Put(w.customer(guest), b)
	res, page := v.get("/account/bookings/b1")
	require.Equal(t, http.StatusInternalServerError, res.StatusCode)
	require.Contains(t, page, "Mention fault-1 if you contact us")
	require.NotContains(t, page, "Zone")
	require.Contains(t, w.log.String(), "id=fault-1")
	require.Contains(t, w.log.String(), "Venue.Zone")
	w.log.Reset()
}

func TestHostsOfNoTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	v := w.visitor()
	for _, host := range []string{"localhost", "127.0.0.1"} {
		v.host = host
		res, page := v.get("/")
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Contains(t, page, `href="http://klotet.localhost:`+w.port()+`/"`)
		require.Contains(t, page, `href="http://klot.localhost:`+w.port()+`/"`)
		require.Contains(t, page, "Klot &amp; Kula")
		for _, m := range regexp.MustCompile(`(?:href|src)="(/[^"#]+)"`).FindAllStringSubmatch(page, -1) {
			res, _ = v.get(m[1])
			require.Equal(t, http.StatusOK, res.StatusCode, m[1])
		}
		res, _ = v.get("/account/bookings")
		require.Equal(t, http.StatusMisdirectedRequest, res.StatusCode)
	}
	for _, host := range []string{"nobody.example", "10.0.0.1", "xlocalhost"} {
		v.host = host
		res, page := v.get("/")
		require.Equal(t, http.StatusMisdirectedRequest, res.StatusCode)
		require.Contains(t, page, "Unknown address")
		require.NotContains(t, page, "klot")
		res, page = v.do("GET", "/", "", "Accept", "application/json")
		require.Equal(t, http.StatusMisdirectedRequest, res.StatusCode)
		require.Contains(t, page, `"code":"unknown_host"`)
	}
}

func TestWhatPagesReferToIsKeptForEver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	v := w.visitor().signIn(guest, account.KindCustomer)
	_, page := v.get("/account/bookings")
	links := regexp.MustCompile(`(?:href|src)="(/(?:assets/[^"]+|[a-z]+-[0-9a-f]+\.[a-z]+))"`).FindAllStringSubmatch(page, -1)
	require.Len(t, links, 4) // icon, theme, styles, module
	for _, m := range links {
		res, plain := v.get(m[1])
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, "public, max-age=31536000, immutable", res.Header.Get("Cache-Control"))
		require.NotEmpty(t, res.Header.Get("Content-Type"))
		require.Empty(t, res.Header.Get("Content-Encoding"))
		require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
		for _, name := range []string{"Content-Security-Policy", "Permissions-Policy"} {
			require.Empty(t, res.Header.Get(name), "it is a page's, and larger than the file")
		}
		res, _ = v.do("HEAD", m[1], "")
		require.EqualValues(t, len(plain), res.ContentLength)

		res, zipped := v.do("GET", m[1], "", "Accept-Encoding", "br, gzip")
		require.Equal(t, "gzip", res.Header.Get("Content-Encoding"))
		require.Equal(t, "Accept-Encoding", res.Header.Get("Vary"))
		z, err := gzip.NewReader(strings.NewReader(zipped))
		require.NoError(t, err)
		again, err := io.ReadAll(z)
		require.NoError(t, err)
		require.Equal(t, plain, string(again))

		// Of another version while this one is rolled out.
		other := regexp.MustCompile(`[0-9a-f]{16}`).ReplaceAllString(m[1], "0123456789abcdef")
		res, _ = v.get(other)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, "no-cache", res.Header.Get("Cache-Control"))
	}
	res, _ := v.get("/favicon.ico")
	require.Equal(t, "image/svg+xml", res.Header.Get("Content-Type"))
	for _, path := range []string{"/assets/x/none.js", "/assets/x/..%2fsite.go", "/theme", "/theme-x.html"} {
		res, _ = v.get(path)
		require.Equal(t, http.StatusNotFound, res.StatusCode, path)
	}
}

func TestPagesAreCompressedForWhoTakesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	for encoding, want := range map[string]string{"gzip": "gzip", "br, gzip;q=0.5": "gzip", "gzip;q=0": "", "gzip; q=0.0": "", "br": "", "identity": ""} {
		res, _ := w.visitor().do("GET", "/login", "", "Accept-Encoding", encoding)
		require.Equal(t, want, res.Header.Get("Content-Encoding"), encoding)
		require.Contains(t, res.Header.Get("Vary"), "Accept-Encoding")
	}
}

func TestNoLengthTellsWhatAPageHoldsBesideAStrangersWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	v := w.visitor()
	encoding := func(path string) string {
		res, _ := v.do("GET", path, "", "Accept-Encoding", "gzip")
		return res.Header.Get("Content-Encoding")
	}
	require.Equal(t, "gzip", encoding("/login?x=guess"), "nobody's page")
	v.signIn(guest, account.KindCustomer)
	require.Equal(t, "gzip", encoding("/account/bookings"))
	require.Equal(t, "gzip", encoding("/account/bookings?bucket=upcoming"))
	for _, path := range []string{
		"/account/bookings?bucket=upcoming&guess", "/account/bookings?bucket=upcoming&bucket=guess", "/account/bookings?bucket=upcomin%67", "/login?x=kim@example.com", "/book?guess", "/account/bookings/guess", "/guess/guess",
	} {
		require.Empty(t, encoding(path), path)
	}
}

func TestOnlyADemoListsItsTenants(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	w.demo(false)
	v := w.visitor()
	v.host = "localhost"
	res, page := v.get("/")
	require.Equal(t, http.StatusMisdirectedRequest, res.StatusCode)
	require.NotContains(t, page, "klotet")
	require.NotContains(t, page, "Klot")
}

func TestTheOutboxShowsMailsSafely(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	_, err := w.mail.Enqueue(t.Context(), mail.Key{TenantID: "klotet"}, mail.Message{
		To: guest, Subject: "<b>Bokat</b>", Text: "Se http://klotet.localhost/login/x. <script>",
		HTML:   `<p style="color:red">Hej</p><script>alert(1)</script><img src="cid:code">`,
		Inline: []mail.Inline{{ContentID: "code", Name: "code.png", ContentType: "image/png", Data: []byte("png")}},
	})
	require.NoError(t, err)
	_, err = w.mail.Enqueue(t.Context(), mail.Key{TenantID: "klot"}, mail.Message{To: guest, Subject: "Other", Text: "x"})
	require.NoError(t, err)
	mails := w.mails()
	require.Len(t, mails, 1)
	v := w.visitor()
	_, page := v.get("/dev/outbox")
	require.Contains(t, page, "&lt;b&gt;Bokat&lt;/b&gt;")
	require.NotContains(t, page, "Other")
	_, page = v.get("/dev/outbox/" + mails[0].ID)
	require.Contains(t, page, `<a href="http://klotet.localhost/login/x">http://klotet.localhost/login/x</a>. &lt;script&gt;`)
	res, page := v.get("/dev/outbox/" + mails[0].ID + "/body")
	require.Contains(t, page, "data:image/png;base64,cG5n")
	policy := res.Header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.Contains(t, policy, "sandbox")
	require.NotContains(t, policy, "allow-scripts")
	require.NotContains(t, policy, "allow-same-origin")
	v.host = "klot.localhost"
	res, _ = v.get("/dev/outbox/" + mails[0].ID)
	require.Equal(t, http.StatusNotFound, res.StatusCode)
}
