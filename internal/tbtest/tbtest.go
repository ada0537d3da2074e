// Package tbtest runs checks that are meant to fail, so that a conformance
// suite can be held against implementations that are broken on purpose.
package tbtest

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// Run calls f with a testing.TB of its own and reports whether f failed it,
// with what it logged. t itself doesn't fail; clean-ups and temporary folders
// are t's.
func Run(t *testing.T, f func(t testing.TB)) (failed bool, log string) {
	t.Helper()
	r := &recorder{T: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed, r.log.String()
}

// recorder passes everything to T but what would fail or end it.
type recorder struct {
	*testing.T
	mu     sync.Mutex
	failed bool
	log    strings.Builder
}

func (r *recorder) note(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.WriteString(text + "\n")
}

func (r *recorder) Fail() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = true
}

func (r *recorder) FailNow() {
	r.Fail()
	runtime.Goexit()
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

func (r *recorder) Log(args ...any)                 { r.note(fmt.Sprint(args...)) }
func (r *recorder) Logf(format string, args ...any) { r.note(fmt.Sprintf(format, args...)) }
func (r *recorder) Error(args ...any)               { r.Log(args...); r.Fail() }
func (r *recorder) Errorf(format string, a ...any)  { r.Logf(format, a...); r.Fail() }
func (r *recorder) Fatal(args ...any)               { r.Log(args...); r.FailNow() }
func (r *recorder) Fatalf(format string, a ...any)  { r.Logf(format, a...); r.FailNow() }
