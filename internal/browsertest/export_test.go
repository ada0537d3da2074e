package browsertest

import (
	"testing"
	"time"
)

// Problems returns what Check would, without waiting and without taking it.
func (p *Page) Problems() error { return p.watch.peek() }

// Impatient bounds the steps that follow.
func (p *Page) Impatient(d time.Duration) { p.opts.Timeout = d }

// Need skips the test where there is no browser.
func Need(t testing.TB) { browser(t) }
