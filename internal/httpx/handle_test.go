package httpx_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/httpx"
)

var errExpired = errors.New("nps: prompt expired")

type quotaError struct{ left int }

func (q quotaError) Error() string { return fmt.Sprintf("nps: %d left", q.left) }

// newErrors returns an Errors whose log can be read.
func newErrors() (httpx.Errors, *bytes.Buffer) {
	var log bytes.Buffer
	return httpx.Errors{
		Problems: []httpx.Mapping{
			{Err: errExpired, Problem: httpx.NewProblem(http.StatusGone, "prompt_expired", "No longer open.", "Inte längre öppen.")},
		},
		Map: func(err error) *httpx.Problem {
			if q, ok := errors.AsType[quotaError](err); ok {
				return httpx.NewProblem(http.StatusTooManyRequests, "quota", "Wait.", "Vänta.").WithMember("left", q.left)
			}
			return nil
		},
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		NewID:  func() string { return "id-1" },
	}, &log
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func get(path string) *http.Request { return httptest.NewRequest(http.MethodGet, path, nil) }

var answers = map[string]struct {
	err    error
	lang   string
	status int
	body   string
	level  string // of the log's line
}{
	"a problem is answered as it is": {
		httpx.NotFound, "", 404,
		`{"type":"about:blank","title":"Not Found","status":404,"code":"not_found","detail":"There is nothing here."}`, "DEBUG",
	},
	"in the request's language": {
		httpx.NotFound, "sv", 404,
		`{"type":"about:blank","title":"Not Found","status":404,"code":"not_found","detail":"Det finns inget här."}`, "DEBUG",
	},
	"a wrapped problem too": {
		fmt.Errorf("portal: %w", httpx.BadCursor), "", 400,
		`{"type":"about:blank","title":"Bad Request","status":400,"code":"bad_cursor","detail":"The cursor doesn't belong to this list. Start again from its first page."}`, "DEBUG",
	},
	"a sentinel by the package's table": {
		fmt.Errorf("%w: since yesterday", errExpired), "sv", 410,
		`{"type":"about:blank","title":"Gone","status":410,"code":"prompt_expired","detail":"Inte längre öppen."}`, "DEBUG",
	},
	"an error with data by the package's function": {
		fmt.Errorf("x: %w", quotaError{3}), "", 429,
		`{"type":"about:blank","title":"Too Many Requests","status":429,"code":"quota","detail":"Wait.","left":3}`, "DEBUG",
	},
	"field errors with their pointers": {
		httpx.Invalid(httpx.NewFieldError("/score", "out_of_range", "From 0 to 10.", "Från 0 till 10.")), "sv", 422,
		`{"type":"about:blank","title":"Unprocessable Entity","status":422,"code":"invalid","detail":"Några värden stämmer inte.",
				"errors":[{"pointer":"/score","code":"out_of_range","detail":"Från 0 till 10."}]}`, "DEBUG",
	},
	"an unknown error is a 500 whose text stays inside": {
		errors.New("pq: password is hunter2"), "", 500,
		`{"type":"about:blank","title":"Internal Server Error","status":500,"code":"internal","id":"id-1",
				"detail":"Something went wrong on our side. Please try again, or name the id to support."}`, "ERROR",
	},
	"a chosen 5xx is logged with an id too": {
		httpx.NewProblem(http.StatusBadGateway, "till_down", "No till.", "").WithCause(errors.New("dial")), "sv", 502,
		`{"type":"about:blank","title":"Bad Gateway","status":502,"code":"till_down","detail":"No till.","id":"id-1"}`, "ERROR",
	},
	"a member that has no JSON form is our fault": {
		httpx.Conflict.WithMember("f", func() {}), "", 500,
		`{"type":"about:blank","title":"Internal Server Error","status":500,"code":"internal","id":"id-1",
				"detail":"Something went wrong on our side. Please try again, or name the id to support."}`, "ERROR",
	},
	"members never replace the standard ones": {
		httpx.Conflict.WithMember("status", 200).WithMember("code", "ok").WithMember("errors", 1), "", 409,
		`{"type":"about:blank","title":"Conflict","status":409,"code":"conflict","detail":"That is not possible as things stand now."}`, "DEBUG",
	},
}

func TestHandleAnswersErrorsAsProblems(t *testing.T) {
	t.Parallel()
	for name, c := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, log := newErrors()
			r := get("/x")
			r = r.WithContext(httpx.WithLanguage(r.Context(), c.lang))
			w := serve(e.Handle(func(http.ResponseWriter, *http.Request) error { return c.err }), r)
			require.Equal(t, c.status, w.Code)
			require.JSONEq(t, c.body, w.Body.String())
			require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
			require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			require.Equal(t, fmt.Sprint(w.Body.Len()), w.Header().Get("Content-Length"))
			require.Contains(t, log.String(), "level="+c.level)
			require.NotContains(t, w.Body.String(), "hunter2")
		})
	}
}

func TestHandleLogsAFaultOnceWithRouteAndID(t *testing.T) {
	t.Parallel()
	e, log := newErrors()
	mux := http.NewServeMux()
	mux.Handle("GET /l/{token}", e.Handle(func(http.ResponseWriter, *http.Request) error { return errors.New("pq: down") }))
	serve(mux, get("/l/secret-token"))
	line := log.String()
	require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("\n")))
	for _, want := range []string{"id=id-1", "method=GET", `route="GET /l/{token}"`, `error="pq: down"`, "code=internal"} {
		require.Contains(t, line, want)
	}
	require.NotContains(t, line, "secret-token", "a path may hold a credential")
}

func TestHandleLogsNoPathWhereNoRouteIsKnown(t *testing.T) {
	t.Parallel()
	e, log := newErrors()
	serve(e.Handle(func(http.ResponseWriter, *http.Request) error { return errors.New("pq: down") }), get("/l/secret-token"))
	require.Contains(t, log.String(), "route=- ")
	require.NotContains(t, log.String(), "secret-token")
}

func TestHandleLeavesAGoodAnswerAlone(t *testing.T) {
	t.Parallel()
	e, log := newErrors()
	w := serve(e.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}), get("/"))
	require.Equal(t, http.StatusNoContent, w.Code)
	require.Empty(t, log.String())
}

func TestHandleWritesNothingMoreOnceTheResponseHasBegun(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(w http.ResponseWriter){
		"by its status": func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) },
		"by a body":     func(w http.ResponseWriter) { _, _ = io.WriteString(w, "") },
		"by a flush":    func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, log := newErrors()
			w := serve(e.Handle(func(w http.ResponseWriter, _ *http.Request) error {
				begin(w)
				return errors.New("late")
			}), get("/"))
			require.Equal(t, http.StatusOK, w.Code)
			require.Empty(t, w.Body.String())
			require.Contains(t, log.String(), "late")
		})
	}
}

func TestHandleStillAnswersAfterAnEarlyHint(t *testing.T) {
	t.Parallel()
	e, _ := newErrors()
	srv := httptest.NewServer(e.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusEarlyHints)
		return httpx.NotFound
	}))
	defer srv.Close()
	res, err := srv.Client().Get(srv.URL)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusNotFound, res.StatusCode)
}

func TestHandleTakesBackTheHeadersOfAnAnswerThatFailed(t *testing.T) {
	t.Parallel()
	e, _ := newErrors()
	w := serve(e.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("ETag", `"x"`)
		w.Header().Set("Cache-Control", "public, max-age=600")
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", "1")
		w.Header().Set("X-Request-Id", "7")
		return httpx.NotFound.WithHeader("Retry-After", "3")
	}), get("/"))
	require.Empty(t, w.Header().Get("ETag"))
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	require.Equal(t, "7", w.Header().Get("X-Request-Id"), "the host's own stay")
	require.Equal(t, "3", w.Header().Get("Retry-After"))
}

func TestHandleCallsAClientThatWentAwayNoFault(t *testing.T) {
	t.Parallel()
	e, log := newErrors()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := serve(e.Handle(func(_ http.ResponseWriter, r *http.Request) error {
		return fmt.Errorf("query: %w", r.Context().Err())
	}), get("/").WithContext(ctx))
	require.Empty(t, w.Body.String())
	require.Contains(t, log.String(), "level=DEBUG")
	require.NotContains(t, log.String(), "level=ERROR")
}

func TestHandleLogsACancellationThatWasNotTheClients(t *testing.T) {
	t.Parallel()
	e, log := newErrors()
	w := serve(e.Handle(func(http.ResponseWriter, *http.Request) error { return context.Canceled }), get("/"))
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.Contains(t, log.String(), "level=ERROR")
}

func TestHandleLetsAPanicThrough(t *testing.T) {
	t.Parallel()
	e, log := newErrors()
	h := e.Handle(func(http.ResponseWriter, *http.Request) error { panic("boom") })
	require.PanicsWithValue(t, "boom", func() { serve(h, get("/")) })
	require.Empty(t, log.String())
}

func TestRecoverAnswersAPanicAndLogsItOnce(t *testing.T) {
	t.Parallel()
	e, log := newErrors()
	h := e.Recover(e.Handle(func(http.ResponseWriter, *http.Request) error { panic(fmt.Errorf("boom: %w", httpx.NotFound)) }))
	w := serve(h, get("/"))
	require.Equal(t, http.StatusInternalServerError, w.Code, "an error in a panic is never mapped")
	require.NotContains(t, w.Body.String(), "boom")
	require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("\n")))
	require.Contains(t, log.String(), "handle_test.go", "the stack names the place")
}

func TestRecoverLogsAPanicAlsoWhenTheClientHasGone(t *testing.T) {
	t.Parallel()
	e, log := newErrors()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	serve(e.Recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })), get("/").WithContext(ctx))
	require.Contains(t, log.String(), "level=ERROR")
}

func TestRecoverCutsHalfAnAnswer(t *testing.T) {
	t.Parallel()
	e, log := newErrors()
	h := e.Recover(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"items":[`)
		panic("boom")
	}))
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { serve(h, get("/")) })
	require.Contains(t, log.String(), "boom")
}

func TestRecoverLeavesAnAbortAlone(t *testing.T) {
	t.Parallel()
	e, log := newErrors()
	h := e.Recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { serve(h, get("/")) })
	require.Empty(t, log.String())
}

func TestMuxAnswersUnknownPathsAndMethodsAsProblems(t *testing.T) {
	t.Parallel()
	e, _ := newErrors()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /me/{id}", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.PathValue("id")) })
	mux.HandleFunc("POST /me/{id}", func(http.ResponseWriter, *http.Request) {})
	h := e.Mux(mux)

	require.Equal(t, "7", serve(h, get("/me/7")).Body.String(), "a known path keeps its values")

	w := serve(h, get("/nowhere"))
	require.Equal(t, http.StatusNotFound, w.Code)
	require.Equal(t, "not_found", code(t, w))

	w = serve(h, httptest.NewRequest(http.MethodDelete, "/me/7", nil))
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
	require.Equal(t, "method_not_allowed", code(t, w))
	require.Equal(t, "GET, HEAD, POST", w.Header().Get("Allow"))
}

func code(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var doc struct{ Code string }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &doc))
	return doc.Code
}

func TestErrorsZeroValueMakesItsOwnID(t *testing.T) {
	t.Parallel()
	w := serve(httpx.Errors{Logger: slog.New(slog.DiscardHandler)}.Handle(func(http.ResponseWriter, *http.Request) error {
		return errExpired
	}), get("/"))
	var doc struct{ ID string }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &doc))
	require.Len(t, doc.ID, 36)
}
