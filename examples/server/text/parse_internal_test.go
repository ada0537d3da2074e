package text

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestACatalogueWithAFaultIsRefused(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"no JSON":               `{`,
		"a list":                `[]`,
		"a number for a text":   `{"a.b": 1}`,
		"a brace left open":     `{"a.b": "x {n"}`,
		"a brace never opened":  `{"a.b": "x n}"}`,
		"a brace in a brace":    `{"a.b": "x {a{b}}"}`,
		"a nameless value":      `{"a.b": "x {}"}`,
		"a name with a blank":   `{"a.b": "x {a b}"}`,
		"a fault in the plural": `{"a.b": {"one": "x {", "other": "x"}}`,
	} {
		_, err := parse([]byte(raw))
		require.Error(t, err, name)
	}
	messages, err := parse([]byte(`{"a.b": "x {n} y {m}"}`))
	require.NoError(t, err)
	require.Equal(t, []string{"x ", "n", " y ", "m", ""}, messages["a.b"].other)
}
