package main

import (
	"bytes"
	"flag"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

func environment(pairs ...string) func(string) (string, bool) {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) { v, ok := m[name]; return v, ok }
}

func TestParse_readsFlagsAndTheirTwins(t *testing.T) {
	var stderr bytes.Buffer
	c, err := parse(nil, environment(), &stderr)
	require.NoError(t, err)
	require.Equal(t, command{name: "serve", opts: Options{Addr: defaultAddr, DB: "venuekit.db", Demo: "auto", DemoShare: 1}}, c)

	env := environment("VENUEKIT_DB", "postgres://x/y", "VENUEKIT_TLS_CERT", "c.pem", "VENUEKIT_LOG_LEVEL", "debug", "VENUEKIT_DEMO", "off")
	c, err = parse([]string{"signin", "-db", "other.db", "-tenant", "klotet", "-email", "a@example.com"}, env, &stderr)
	require.NoError(t, err)
	require.Equal(t, "signin", c.name)
	require.Equal(t, "other.db", c.opts.DB, "the command line wins")
	require.Equal(t, "c.pem", c.opts.TLSCert)
	require.Equal(t, slog.LevelDebug, c.opts.LogLevel)
	require.Equal(t, "off", c.opts.Demo)
	require.Equal(t, "klotet", c.tenant)
	require.Empty(t, c.opts.Addr, "a subcommand recalls the server's")
	c, err = parse([]string{"-trusted-proxies", "10.0.0.0/8, ::1/128"}, environment(), &stderr)
	require.NoError(t, err)
	require.Len(t, c.opts.Proxies, 2)
}

func TestWhoSaysHowStatementsRunHasAPooler(t *testing.T) {
	for addr, want := range map[string]bool{
		"venuekit.db":              false,
		"postgres://u:p@host/name": false,
		"postgres://host/name?sslmode=disable&default_query_exec_mode=exec": true,
		"postgres://host/name?default_query_exec_mode=simple_protocol":      true,
		"postgres://host/name?statement_cache_capacity=0":                   true,
		"postgres://host/name?statement_cache_capacity=64":                  false,
	} {
		require.Equal(t, want, saysHow(addr), addr)
	}
}

func TestParse_refusesWhatItDoesNotKnow(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		env  func(string) (string, bool)
	}{
		"an unknown flag":            {[]string{"-nonsense"}, environment()},
		"an unknown command":         {[]string{"serv"}, environment()},
		"a delay before now":         {[]string{"-stop-delay", "-1s"}, environment()},
		"a stray argument":           {[]string{"serve", "now"}, environment()},
		"no share of the demo":       {[]string{"-demo-share", "0"}, environment()},
		"a demo that is maybe":       {[]string{"-demo", "maybe"}, environment()},
		"a proxy that is no network": {[]string{"-trusted-proxies", "10.0.0.1"}, environment()},
		"a bad twin":                 {nil, environment("VENUEKIT_LOG_LEVEL", "loud")},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			_, err := parse(c.args, c.env, &stderr)
			require.Error(t, err)
		})
	}
	var stderr bytes.Buffer
	_, err := parse([]string{"help"}, environment(), &stderr)
	require.ErrorIs(t, err, flag.ErrHelp)
	require.Contains(t, stderr.String(), "signin")
}
