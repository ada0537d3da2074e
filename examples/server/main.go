// Command server is venuekit's reference server: a booking platform for chain
// venues, small but whole, with every package of venuekit mounted in it.
//
//	go run ./examples/server                               a demo on an embedded database
//	go run ./examples/server -db postgres://... -demo on   the same on PostgreSQL, on any number of replicas
//	go run ./examples/server help                          everything else
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "server:", err)
		stop()
		os.Exit(1)
	}
}
