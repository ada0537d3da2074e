package brand_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/brand"
)

func TestAFaultNamesItsFieldAndCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		change      func(*brand.Config)
		field, code string
	}{
		{"no id", func(c *brand.Config) { c.ID = "" }, "/id", brand.CodeRequired},
		{"an id with a dot", func(c *brand.Config) { c.ID = "boule.bar" }, "/id", brand.CodeTenantID},
		{"an id in capitals", func(c *brand.Config) { c.ID = "Klotet" }, "/id", brand.CodeTenantID},
		{"an id of 64 letters", func(c *brand.Config) { c.ID = strings.Repeat("a", 64) }, "/id", brand.CodeTenantID},
		{"a name over two lines", func(c *brand.Config) { c.Name = "Boule\nbar" }, "/name", brand.CodeText},
		{"a name of blanks", func(c *brand.Config) { c.Name = "  " }, "/name", brand.CodeText},
		{"a name that turns the text around", func(c *brand.Config) { c.Name = "Boule\u202ebar" }, "/name", brand.CodeText},
		{"a name of 81 characters", func(c *brand.Config) { c.Name = strings.Repeat("å", 81) }, "/name", brand.CodeTooLong},
		{"no hosts", func(c *brand.Config) { c.Hosts = nil }, "/hosts", brand.CodeRequired},
		{"an empty list of hosts", func(c *brand.Config) { c.Hosts = []string{} }, "/hosts", brand.CodeRequired},
		{"a host twice", func(c *brand.Config) { c.Hosts = append(c.Hosts, c.Hosts[0]) }, "/hosts", brand.CodeDuplicate},
		{"a host with a port", func(c *brand.Config) { c.Hosts = append(c.Hosts, "a.example:80") }, "/hosts/1", brand.CodeHost},
		{"a wildcard", func(c *brand.Config) { c.Hosts = append(c.Hosts, "*.example") }, "/hosts/1", brand.CodeHost},
		{"a host in capitals", func(c *brand.Config) { c.Hosts = append(c.Hosts, "A.example") }, "/hosts/1", brand.CodeHost},
		{"an IPv4 address", func(c *brand.Config) { c.Hosts = append(c.Hosts, "127.0.0.1") }, "/hosts/1", brand.CodeHost},
		{"an IPv4 address in hex", func(c *brand.Config) { c.Hosts = append(c.Hosts, "127.0.0.0x1") }, "/hosts/1", brand.CodeHost},
		{"an IPv6 address", func(c *brand.Config) { c.Hosts = append(c.Hosts, "[::1]") }, "/hosts/1", brand.CodeHost},
		{"a host in Unicode", func(c *brand.Config) { c.Hosts = append(c.Hosts, "böle.example") }, "/hosts/1", brand.CodeHost},
		{"an empty label", func(c *brand.Config) { c.Hosts = append(c.Hosts, "a..example") }, "/hosts/1", brand.CodeHost},
		{"no origin", func(c *brand.Config) { c.Origin = "" }, "/origin", brand.CodeRequired},
		{"an origin with a slash", func(c *brand.Config) { c.Origin += "/" }, "/origin", brand.CodeOrigin},
		{"an origin with a path", func(c *brand.Config) { c.Origin += "/a" }, "/origin", brand.CodeOrigin},
		{"an origin with a query", func(c *brand.Config) { c.Origin += "?" }, "/origin", brand.CodeOrigin},
		{"an origin with a fragment", func(c *brand.Config) { c.Origin += "#" }, "/origin", brand.CodeOrigin},
		{"an origin with a user", func(c *brand.Config) { c.Origin = "http://a@klotet.localhost" }, "/origin", brand.CodeOrigin},
		{"an origin of another scheme", func(c *brand.Config) { c.Origin = "ftp://klotet.localhost" }, "/origin", brand.CodeOrigin},
		{"an origin without scheme", func(c *brand.Config) { c.Origin = "klotet.localhost" }, "/origin", brand.CodeOrigin},
		{"an origin in capitals", func(c *brand.Config) { c.Origin = "http://Klotet.localhost" }, "/origin", brand.CodeOrigin},
		{"an origin with an empty port", func(c *brand.Config) { c.Origin = "http://klotet.localhost:" }, "/origin", brand.CodeOrigin},
		{"an origin with port 70000", func(c *brand.Config) { c.Origin = "http://klotet.localhost:70000" }, "/origin", brand.CodeOrigin},
		{"an origin at another host", func(c *brand.Config) { c.Origin = "http://evil.example" }, "/origin", brand.CodeOriginHost},
		{"no languages", func(c *brand.Config) { c.Languages = nil }, "/languages", brand.CodeRequired},
		{"an unknown language", func(c *brand.Config) { c.Languages = []string{"sv", "de"} }, "/languages/1", brand.CodeNotOffered},
		{"a language twice", func(c *brand.Config) { c.Languages = []string{"sv", "sv"} }, "/languages", brand.CodeDuplicate},
		{"no currency", func(c *brand.Config) { c.Currency = "" }, "/currency", brand.CodeRequired},
		{"an unknown currency", func(c *brand.Config) { c.Currency = "KRO" }, "/currency", brand.CodeCurrency},
		{"a currency in lower case", func(c *brand.Config) { c.Currency = "sek" }, "/currency", brand.CodeCurrency},
		{"no accent", func(c *brand.Config) { c.Colours.Accent = "" }, "/colours/accent", brand.CodeRequired},
		{"an accent by name", func(c *brand.Config) { c.Colours.Accent = "red" }, "/colours/accent", brand.CodeColour},
		{"a short secondary", func(c *brand.Config) { c.Colours.Secondary = "#fff" }, "/colours/secondary", brand.CodeColour},
		{"a surface that closes the rule", func(c *brand.Config) { c.Colours.Surface = "#fff;}*{}" }, "/colours/surface", brand.CodeColour},
		{"a font of their own", func(c *brand.Config) { c.Font = "Comic Sans MS" }, "/font", brand.CodeNotOffered},
		{"terms that run script", func(c *brand.Config) { c.Links.Terms = "javascript:alert(1)" }, "/links/terms", brand.CodeWebLink},
		{"terms without host", func(c *brand.Config) { c.Links.Terms = "https:///terms" }, "/links/terms", brand.CodeWebLink},
		{"privacy that is a path", func(c *brand.Config) { c.Links.Privacy = "/privacy" }, "/links/privacy", brand.CodeWebLink},
		{"privacy with a user", func(c *brand.Config) { c.Links.Privacy = "https://a:b@c.example" }, "/links/privacy", brand.CodeWebLink},
		{"an email without at", func(c *brand.Config) { c.Contact.Email = "hej.klotet.example" }, "/contact/email", brand.CodeEmail},
		{"a phone in words", func(c *brand.Config) { c.Contact.Phone = "ring oss" }, "/contact/phone", brand.CodePhone},
		{"a phone without country", func(c *brand.Config) { c.Contact.Phone = "08-123 456" }, "/contact/phone", brand.CodePhone},
		{"no sender", func(c *brand.Config) { c.MailSender = "" }, "/mail_sender", brand.CodeRequired},
		{"a sender with a line break", func(c *brand.Config) { c.MailSender = "A <a@b.example>\r\nBcc: c@d.example" }, "/mail_sender", brand.CodeEmail},
		{"a sender with an encoded line break", func(c *brand.Config) { c.MailSender = "=?utf-8?q?a=0Ab?= <a@b.example>" }, "/mail_sender", brand.CodeEmail},
		{"two senders", func(c *brand.Config) { c.MailSender = "a@b.example, c@d.example" }, "/mail_sender", brand.CodeEmail},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var faults brand.Faults
			require.ErrorAs(t, config(c.change).Validate(), &faults)
			require.Len(t, faults, 1)
			require.Equal(t, c.field, faults[0].Field)
			require.Equal(t, c.code, faults[0].Code)
			require.NotEmpty(t, faults[0].Detail)
		})
	}
}

func TestWhatIsRightHasNoFault(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*brand.Config){
		"the least":            nil,
		"https without a port": func(c *brand.Config) { c.Origin = "https://klotet.localhost" },
		"several hosts": func(c *brand.Config) {
			c.Hosts = append(c.Hosts, "boka.klotet.se", "xn--ble-sna.example", "localhost")
		},
		"a bare sender":       func(c *brand.Config) { c.MailSender = "hej@klotet.example" },
		"a sender in Swedish": func(c *brand.Config) { c.MailSender = "Boule på Söder <hej@klotet.example>" },
		"everything": func(c *brand.Config) {
			c.Colours = brand.Colours{Accent: "#D9482B", Secondary: "#204060", Surface: "#fff8ef"}
			c.Font = brand.FontHumanist
			c.Links = brand.Links{Terms: "https://klotet.example/villkor?lang=sv", Privacy: "http://klotet.example/integritet"}
			c.Contact = brand.Contact{Email: "hej@klotet.example", Phone: "+46 (0)8-123 456 78"}
		},
	} {
		require.NoError(t, config(change).Validate(), name)
	}
}

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	var faults brand.Faults
	require.ErrorAs(t, brand.Config{}.Validate(), &faults)
	fields := map[string]string{}
	for _, f := range faults {
		fields[f.Field] = f.Code
	}
	require.Equal(t, map[string]string{
		"/id": brand.CodeRequired, "/name": brand.CodeRequired, "/hosts": brand.CodeRequired, "/origin": brand.CodeRequired,
		"/languages": brand.CodeRequired, "/currency": brand.CodeRequired, "/colours/accent": brand.CodeRequired, "/mail_sender": brand.CodeRequired,
	}, fields)
	require.ErrorContains(t, faults, "/colours/accent: is required (required)")
}

func TestLanguagesAndLinksOfATenant(t *testing.T) {
	t.Parallel()
	c := config(nil)
	require.Equal(t, "sv", c.Language())
	require.True(t, c.Speaks("en"))
	require.False(t, c.Speaks("de"))
	require.Equal(t, "http://klotet.localhost:8080/login", c.URL("/login"))
	require.Equal(t, "en", brand.Config{}.Language())
}
