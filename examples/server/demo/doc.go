// Package demo makes the reference server's demo: two invented chains with their
// venues, staff, guests and some years of bookings.
//
// Everything follows from a seed and from the moment of making: the same two
// give the same bookings under the same ids, so that a demo whose making was
// cut short is made whole by making it again, and two replicas that make one at
// once make the same. Times are laid around the moment of making, so that there
// are bookings to check in whenever that is.
//
//	registry, err := brand.NewRegistry(demo.Tenants(port)...)
//	err = demo.Seed(ctx, demo.Target{Engine: engine, Accounts: accounts, Now: made, Seed: 1})
//	for _, a := range demo.Accounts() { ... }
//
// All people and companies are made up. Addresses are at example.com and
// example.org, telephone numbers from the ranges kept for fiction.
package demo
