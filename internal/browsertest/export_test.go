package browsertest

import "time"

// Problems returns what Check would, without waiting and without taking it.
func (p *Page) Problems() error { return p.watch.peek() }

// Impatient bounds the steps that follow.
func (p *Page) Impatient(d time.Duration) { p.opts.Timeout = d }
