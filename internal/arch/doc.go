// Package arch holds the rules of the house as tests, so that `go test ./...`
// keeps them: what may import what, what the library never does by itself,
// what must be written down, and how migrations look.
//
// A rule is a function from the repository to sentences about what breaks it.
// Each has seeded faults beside it, which show that it finds what it forbids.
// Exceptions stand in exceptions_test.go, each with its reason.
package arch
