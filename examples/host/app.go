package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"database/sql"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
	"github.com/petanque-life/venuekit/checkin/checkinqr"
	"github.com/petanque-life/venuekit/portal"
)

// app is our application with check-in and the portal in it.
type app struct {
	store   *store
	signin  signin
	checkin *checkin.Service
	keys    *checkin.Keyring
	now     func() time.Time
}

func newApp(db *sql.DB, d checkinbun.Dialect, secret []byte, now func() time.Time) (*app, error) {
	stores := checkinbun.New(db, d)
	keys, err := checkin.NewKeyring(stores.Keys, checkin.Secret{ID: "1", Key: secret})
	if err != nil {
		return nil, err
	}
	door, err := checkin.New(stores.Stores, keys, checkin.Config{Now: now})
	if err != nil {
		return nil, err
	}
	signinKey, err := hkdf.Key(sha256.New, secret, nil, "host sign-in", sha256.Size)
	if err != nil {
		return nil, err
	}
	return &app{
		store:  &store{db: db, stores: stores, checkin: door, now: now},
		signin: signin{db: db, key: signinKey, now: now}, checkin: door, keys: keys, now: now,
	}, nil
}

// addChain sets a chain up: with a signing key, its bookings have QR codes.
func (a *app) addChain(ctx context.Context, name string) (id int64, err error) {
	err = a.store.db.QueryRowContext(ctx, "INSERT INTO kedja (namn) VALUES ($1) RETURNING id", name).Scan(&id)
	if err != nil {
		return 0, err
	}
	return id, a.keys.Provision(ctx, outward(id), checkin.HS256, a.now())
}

// handler mounts venuekit's handlers under paths of our own. Each has a base
// of its own, so that a prefix is all that a router has to know of it.
func (a *app) handler() (http.Handler, error) {
	account, err := portal.New(portal.Sources{Bookings: bookings{a.store.db}}, portal.Config{Now: a.now})
	if err != nil {
		return nil, err
	}
	routes := router{
		{"/konto/kod", a.checkin.CustomerHandler(checkin.HandlerConfig{
			BasePath: "/konto/kod", Identify: a.signin.customer, DrawSVG: checkinqr.SVG,
		})},
		{"/konto", account.CustomerHandler(portal.HandlerConfig{BasePath: "/konto", Identify: a.signin.customer})},
		{"/personal/incheckning", a.checkin.OperatorHandler(checkin.HandlerConfig{
			BasePath: "/personal/incheckning", Identify: a.signin.staff,
		})},
		{"/avboka", http.HandlerFunc(a.cancel)},
	}
	// Cookies sign in, so forms of other sites must be kept out: that is ours
	// to do, for venuekit's handlers as for our own.
	return http.NewCrossOriginProtection().Handler(routes), nil
}

// router is not net/http's: the first route whose prefix fits is taken.
type router []struct {
	prefix  string
	handler http.Handler
}

func (rt router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, route := range rt {
		if rest, ok := strings.CutPrefix(r.URL.Path, route.prefix); ok && (rest == "" || rest[0] == '/') {
			route.handler.ServeHTTP(w, r)
			return
		}
	}
	http.NotFound(w, r)
}

// cancel is a handler of our own: POST /avboka/{booking}.
func (a *app) cancel(w http.ResponseWriter, r *http.Request) {
	customer, err := a.signin.read(r, customer)
	if err != nil || r.Method != http.MethodPost {
		http.Error(w, "POST, som kund", http.StatusForbidden)
		return
	}
	id, _ := inward(strings.TrimPrefix(r.URL.Path, "/avboka/"))
	switch err := a.store.cancel(r.Context(), customer, id); {
	case errors.Is(err, errNotFound):
		http.Error(w, "ingen sådan bokning", http.StatusNotFound)
	case err != nil:
		slog.ErrorContext(r.Context(), "cancel", "error", err)
		http.Error(w, "något gick fel", http.StatusInternalServerError)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// relay is one round of following what happened at the doors.
func (a *app) relay(ctx context.Context) error {
	return a.checkin.Relay(ctx, a.now(), a.store.follow)
}

// relayUntil does so every second until ctx ends.
func (a *app) relayUntil(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := a.relay(ctx); err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "relay", "error", err)
			}
		}
	}
}
