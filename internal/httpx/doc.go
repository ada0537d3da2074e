// Package httpx is what the HTTP handlers of every package share.
//
// A handler returns an error; [Errors.Handle] turns it into a problem document
// (RFC 9457, application/problem+json) with a stable code and a detail in the
// request's language. A [Problem] is itself an error, so a handler may return
// one; a package's own sentinel errors are put into a table:
//
//	var problems = []httpx.Mapping{
//		{ErrNotFound, httpx.NotFound},
//		{ErrExpired, httpx.NewProblem(http.StatusGone, "prompt_expired",
//			"This question is no longer open.", "Frågan är inte längre öppen.")},
//	}
//
//	errs := httpx.Errors{Problems: problems, Logger: cfg.Logger}
//	mux := http.NewServeMux()
//	mux.Handle("GET /me/nps", errs.Handle(func(w http.ResponseWriter, r *http.Request) error {
//		prompt, err := svc.Open(r.Context(), key)
//		if err != nil {
//			return err
//		}
//		return httpx.WriteJSON(w, http.StatusOK, prompt)
//	}))
//	return errs.Mux(mux) // unknown paths and methods answer problems too
//
// What no table knows is a 500 with an id, and its text goes to the log only.
//
// The rest reads requests strictly ([DecodeJSON], [Limit], [After], [IfMatch],
// [IdempotencyKey]) and writes answers ([WriteJSON], [Page], [ETag]).
package httpx
