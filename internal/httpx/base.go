package httpx

import "strings"

// BasePath returns the path that a handler's patterns begin with, without a
// slash at its end: the fallback for none given. A path without its first slash
// is a mistake in the program that would only show as missing pages, and
// panics in the name of pkg.
func BasePath(pkg, given, fallback string) string {
	if given == "" {
		given = fallback
	}
	if !strings.HasPrefix(given, "/") {
		panic(pkg + ": BasePath " + given + " doesn't begin with a slash") //nolint:forbidigo // found when the program starts
	}
	return strings.TrimRight(given, "/")
}
