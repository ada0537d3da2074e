package httpx

import "net/http"

// tracker knows whether a response has begun.
type tracker struct {
	http.ResponseWriter
	begun bool // status or body has been written
	whole bool // the response is a problem document, written to its end
}

func track(w http.ResponseWriter) *tracker {
	if t, ok := w.(*tracker); ok {
		return t
	}
	return &tracker{ResponseWriter: w}
}

// Unwrap lets http.ResponseController reach the server's writer.
func (t *tracker) Unwrap() http.ResponseWriter { return t.ResponseWriter }

func (t *tracker) WriteHeader(status int) {
	// 1xx are hints before the response, save for switching protocols.
	if status >= 200 || status == http.StatusSwitchingProtocols {
		t.begun = true
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *tracker) Write(b []byte) (int, error) {
	t.begun = true
	return t.ResponseWriter.Write(b)
}

// FlushError sends the header, so it begins the response.
func (t *tracker) FlushError() error {
	t.begun = true
	return http.NewResponseController(t.ResponseWriter).Flush()
}

// statusOnly is a response of which only status and header matter.
type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (s *statusOnly) WriteHeader(status int)      { s.status = status }
