// Package venuekit is the map of a growth and operations layer for chains of
// leisure venues: pétanque, bowling, boule bars. It has no code of its own.
// Import the package you need; each stands by itself and none imports another.
//
//   - [checkin]: signed QR codes that let guests in, and the record of who came
//   - [portal]: the customer's account on the chain's own site
//
// Under each lie, by the same pattern, its stores (checkinbun), its contracts
// as a suite for hosts (checkintest, portaltest) and its smaller helpers
// (checkinqr).
//
// Who knows one package knows all: a concrete Service in front, narrow
// interfaces for what is stored (a store, which venuekit has ready on
// PostgreSQL and SQLite) and for what the host owns (a source, which the host
// implements), verbs that join a transaction of the host, and an http.Handler
// for each audience that mounts anywhere. Tenants come first in every key.
//
// examples/minimal uses one package in a file of 70 lines. examples/host puts
// packages into an application of another make. examples/server is a whole
// platform with everything composed, and what `go run ./examples/server` runs.
//
// [checkin]: https://pkg.go.dev/github.com/petanque-life/venuekit/checkin
// [portal]: https://pkg.go.dev/github.com/petanque-life/venuekit/portal
package venuekit
