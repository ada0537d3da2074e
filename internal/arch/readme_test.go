package arch_test

import (
	"encoding/json"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// documents are the pages whose Go code must compile.
var documents = []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}

var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

// snippet is one block of Go code in a document.
type snippet struct {
	where string // the document and the line of the code's first line
	text  string
}

func snippets(name, text string) (found []snippet) {
	for _, at := range goBlock.FindAllStringSubmatchIndex(text, -1) {
		line := 1 + strings.Count(text[:at[2]], "\n")
		found = append(found, snippet{fmt.Sprintf("%s:%d", name, line), text[at[2]:at[3]]})
	}
	return found
}

// isFile tells whole files, which must compile, from fragments, which must at
// least be well-formed Go.
func (s snippet) isFile() bool { return strings.HasPrefix(strings.TrimSpace(s.text), "package ") }

// compile builds whole files, each as a package that exists for the go command
// alone, inside the module so that it may import everything.
func compile(t *testing.T, files []snippet) string {
	t.Helper()
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	args := []string{"build", "-buildvcs=false", "-o", os.DevNull, "-overlay", filepath.Join(t.TempDir(), "overlay.json")}
	root, err := filepath.Abs(top)
	require.NoError(t, err)
	for i, s := range files {
		kept := filepath.Join(t.TempDir(), "snippet.go")
		require.NoError(t, os.WriteFile(kept, []byte("//line "+s.where+"\n"+s.text), 0o600))
		overlay.Replace[filepath.Join(root, "internal", "arch", fmt.Sprintf("snippet%d", i), "snippet.go")] = kept
		args = append(args, fmt.Sprintf("./internal/arch/snippet%d", i))
	}
	b, err := json.Marshal(overlay)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(args[5], b, 0o600))
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return string(out)
	}
	return ""
}

func TestGoCodeInDocumentsCompiles(t *testing.T) {
	t.Parallel()
	m, err := repository()
	require.NoError(t, err)
	var files []snippet
	for _, f := range m.files {
		if !slices.Contains(documents, f.path) {
			continue
		}
		for _, s := range snippets(f.path, f.text) {
			if s.isFile() {
				files = append(files, s)
				continue
			}
			_, err := format.Source([]byte(s.text))
			require.NoError(t, err, s.where)
		}
	}
	if len(files) > 0 {
		require.Empty(t, compile(t, files))
	}
}

func TestGoCodeInDocumentsIsChecked(t *testing.T) {
	t.Parallel()
	const page = "# Title\n\n```go\npackage main\n\nfunc main() {\n\tbroken()\n}\n```\n\n```sh\ngo test ./...\n```\n\n```go\nx := 1\n```\n"
	found := snippets("PAGE.md", page)
	require.Len(t, found, 2)
	require.Equal(t, "PAGE.md:4", found[0].where)
	require.True(t, found[0].isFile())
	require.False(t, found[1].isFile())
	require.Contains(t, compile(t, found[:1]), "PAGE.md:7: undefined: broken")
	require.Empty(t, compile(t, []snippet{{"PAGE.md:1", "package main\n\nimport \"github.com/petanque-life/venuekit/internal/testenv\"\n\nfunc main() { println(testenv.Require) }\n"}}))
}
