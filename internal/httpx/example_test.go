package httpx_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/petanque-life/venuekit/internal/httpx"
)

func ExampleErrors() {
	errAnswered := errors.New("portal: prompt answered")
	errs := httpx.Errors{Problems: []httpx.Mapping{
		{Err: errAnswered, Problem: httpx.NewProblem(http.StatusConflict, "prompt_answered",
			"You have already answered.", "Du har redan svarat.")},
	}}
	mux := http.NewServeMux()
	mux.Handle("POST /nps", errs.Handle(func(_ http.ResponseWriter, _ *http.Request) error {
		return fmt.Errorf("%w: score 9", errAnswered)
	}))

	r := httptest.NewRequest(http.MethodPost, "/nps", nil)
	r.Header.Set("Accept-Language", "sv-SE, en;q=0.5")
	w := httptest.NewRecorder()
	errs.Mux(mux).ServeHTTP(w, r)
	fmt.Print(w.Code, " ", w.Body)
	// Output:
	// 409 {"code":"prompt_answered","detail":"Du har redan svarat.","status":409,"title":"Conflict","type":"about:blank"}
}
