package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/portal"
)

// signin is our sign-in: a cookie that says who and until when, under a MAC.
type signin struct {
	db  *sql.DB
	key []byte
	now func() time.Time
}

type role string

const (
	customer role = "kund"
	staff    role = "personal"
)

const cookieName = "inloggad"

// cookie signs somebody in for the evening.
func (s signin) cookie(as role, id int64) *http.Cookie {
	claim := fmt.Sprintf("%s.%d.%d", as, id, s.now().Add(12*time.Hour).Unix())
	return &http.Cookie{
		Name: cookieName, Value: claim + "." + s.mac(claim), Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

func (s signin) mac(claim string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(claim))
	return hex.EncodeToString(mac.Sum(nil))
}

// read returns the id of whoever is signed in with the role. Its errors are
// those that venuekit's handlers answer with 401 and 403.
func (s signin) read(r *http.Request, want role) (int64, error) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return 0, portal.ErrUnauthenticated
	}
	cut := strings.LastIndexByte(c.Value, '.')
	if cut < 0 || !hmac.Equal([]byte(c.Value[cut+1:]), []byte(s.mac(c.Value[:cut]))) {
		return 0, portal.ErrUnauthenticated
	}
	claim := strings.Split(c.Value[:cut], ".") // ours, or the MAC wouldn't fit
	id, idErr := strconv.ParseInt(claim[1], 10, 64)
	until, untilErr := strconv.ParseInt(claim[2], 10, 64)
	switch {
	case idErr != nil || untilErr != nil || s.now().Unix() >= until:
		return 0, portal.ErrUnauthenticated
	case role(claim[0]) != want:
		return 0, portal.ErrForbidden
	}
	return id, nil
}

// customer is the Identify of what customers see, of both packages.
func (s signin) customer(r *http.Request) (portal.Principal, error) {
	id, err := s.read(r, customer)
	if err != nil {
		return portal.Principal{}, err
	}
	var chain int64
	err = s.row(r.Context(), "SELECT kedja_id FROM kund WHERE id = $1", id).Scan(&chain)
	return portal.Principal{TenantID: outward(chain), Subject: outward(id)}, orNobody(err)
}

// staff is the Identify of the door. Whoever has no venue may act for none.
func (s signin) staff(r *http.Request) (checkin.Principal, error) {
	id, err := s.read(r, staff)
	if err != nil {
		return checkin.Principal{}, err
	}
	var chain, venue int64
	err = s.row(r.Context(), "SELECT a.kedja_id, a.id FROM personal p JOIN anlaggning a ON a.id = p.anlaggning_id WHERE p.id = $1", id).
		Scan(&chain, &venue)
	return checkin.Principal{TenantID: outward(chain), Subject: "personal-" + outward(id), Venues: []string{outward(venue)}}, orNobody(err)
}

func (s signin) row(ctx context.Context, query string, args ...any) *sql.Row {
	return s.db.QueryRowContext(ctx, query, args...)
}

// orNobody tells somebody who has left us from a database that has.
func orNobody(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return checkin.ErrUnauthenticated
	}
	return err
}
