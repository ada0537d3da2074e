package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/petanque-life/venuekit/internal/scratch"
	"github.com/petanque-life/venuekit/internal/testenv"
)

// startTimeout bounds the start of Chromium, which takes a second on an idle
// machine and many on one that compiles meanwhile.
const startTimeout = 60 * time.Second

// names are the commands that may be Chromium, best first. CHROMIUM in the
// environment goes before them all.
var names = []string{
	"chromium",
	"chromium-browser",
	"google-chrome",
	"google-chrome-stable",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
}

// locate returns the path of the Chromium to run.
func locate() (string, error) {
	if own := os.Getenv("CHROMIUM"); own != "" {
		path, err := exec.LookPath(own)
		if err != nil {
			return "", fmt.Errorf("browsertest: CHROMIUM=%s is no program", own)
		}
		return path, nil
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("browsertest: none of chromium, chromium-browser and google-chrome is installed, and CHROMIUM names no other")
}

// shared is the one browser of the test binary.
var shared struct {
	once sync.Once
	ctx  context.Context
	err  error
}

// browser returns the context of the running browser, started by the first
// test that asks. Without Chromium the test ends as [testenv.Missing] says.
func browser(t testing.TB) context.Context {
	t.Helper()
	path, err := locate()
	if err != nil {
		testenv.Missing(t, "chromium", err.Error())
	}
	shared.once.Do(func() { shared.ctx, shared.err = start(path) })
	if errors.Is(shared.err, scratch.ErrUnsupported) {
		testenv.Missing(t, "chromium", shared.err.Error())
	}
	if shared.err != nil {
		t.Fatalf("browsertest: %s does not start: %v", path, shared.err)
	}
	return shared.ctx
}

// start runs Chromium until the test binary ends. It is never stopped by hand:
// no code runs at the end of every test binary, however it ends.
func start(path string) (context.Context, error) {
	profile, err := scratch.New(os.TempDir(), nil)
	if err != nil {
		return nil, err
	}
	if err := profile.Keep(); err != nil {
		return nil, err
	}
	alloc, _ := chromedp.NewExecAllocator(context.Background(), flags(path, profile.Path)...)
	ctx, cancel := chromedp.NewContext(alloc)
	late := time.AfterFunc(startTimeout, cancel)
	err = chromedp.Do(ctx)
	if !late.Stop() && err != nil {
		return nil, fmt.Errorf("not ready after %v: %w", startTimeout, err)
	}
	return ctx, err
}

func flags(path, profile string) []chromedp.ExecAllocatorOption {
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en-US"),
		// Nothing is written late into a profile that is being removed.
		chromedp.Flag("disk-cache-dir", os.DevNull),
		// Tests meet this machine alone: no proxy, no name but the loopback's.
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1, EXCLUDE ::1"),
	)
	if runtime.GOOS == "linux" { // elsewhere the name of its socket grows too long
		options = append(options, chromedp.Env("TMPDIR="+profile))
	}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	return options
}
