package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/examples/server/mail"
	"github.com/petanque-life/venuekit/internal/bunx"
)

// buildMail makes the queue. Without a mail server the mails are kept for the
// page that shows them, which only a demo has.
func (a *App) buildMail() error {
	cfg := mail.Config{
		From: a.mailFrom, Secrets: a.Secrets, Now: a.now, Renders: map[string]mail.Render{confirmationJob: a.renderConfirmation},
	}
	switch {
	case a.smtp != nil:
		cfg.Transport = a.smtp
	case a.Demo:
		cfg.Transport, cfg.KeepSent = mail.Discard{}, true
	default:
		a.logger.Warn("no mail server is named by -smtp: mail waits in its queue for up to a day")
		cfg.Transport = noTransport{}
	}
	var err error
	a.Mail, err = mail.New(a.DB, a.Dialect, cfg)
	return err
}

// noTransport leaves mail in the queue, for a server that has a transport.
type noTransport struct{}

func (noTransport) Send(context.Context, string, mail.Message, string) error {
	return errors.New("no mail server is named by -smtp")
}

func (a *App) mailFrom(tenantID string) (string, error) {
	t, ok := a.Tenants.ByID(tenantID)
	if !ok {
		return "", fmt.Errorf("no tenant %q", tenantID)
	}
	return t.MailSender, nil
}

// dialSMTP reads smtp://user:password@host:port, or smtps:// for TLS from the
// first byte. It doesn't connect.
func dialSMTP(text string) (*mail.SMTP, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("want smtp://user:password@host:port") // the text may hold a password
	}
	cfg := mail.SMTPConfig{Host: u.Hostname(), User: u.User.Username()}
	cfg.Password, _ = u.User.Password()
	if u.Scheme == "smtps" {
		cfg.Port, cfg.TLS = 465, mail.ImplicitTLS
	}
	if u.Port() != "" {
		if cfg.Port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, err
		}
	}
	return mail.NewSMTP(cfg)
}

// confirmation is the data of a mail job: ids only, the mail itself is made
// when it is sent.
type confirmation struct {
	BookingID    string `json:"booking_id"`
	SlotRevision int64  `json:"slot_revision"`
}

const confirmationJob = "confirmation"

// mailConfirmation: booking engine -> mail. Once for each slot that a booking gets.
func (a *App) mailConfirmation(ctx context.Context, tx bunx.Tx, b booking.Booking) error {
	if b.Status != booking.Confirmed || b.CustomerID == "" || b.StartsAt.Before(a.now()) {
		return nil
	}
	data, err := json.Marshal(confirmation{b.ID, b.SlotRevision})
	if err != nil {
		return err
	}
	key := mail.Key{TenantID: b.TenantID, Dedupe: fmt.Sprintf("confirmation:%s:%d", b.ID, b.SlotRevision)}
	_, err = a.Mail.WithTx(tx).EnqueueJob(ctx, key, mail.Job{TenantID: b.TenantID, Kind: confirmationJob, Data: data, NotAfter: b.EndsAt})
	return err
}

// renderConfirmation makes the mail of a booking as it stands when it is sent.
// One that was moved or cancelled meanwhile has nothing to confirm.
func (a *App) renderConfirmation(ctx context.Context, j mail.Job) (mail.Message, error) {
	var c confirmation
	if err := json.Unmarshal(j.Data, &c); err != nil {
		return mail.Message{}, err
	}
	b, err := a.Engine.Get(ctx, booking.Key{TenantID: j.TenantID, ID: c.BookingID})
	if err != nil {
		return mail.Message{}, err
	}
	if b.SlotRevision != c.SlotRevision || b.CustomerID == "" {
		return mail.Message{}, mail.ErrObsolete
	}
	token, err := a.Checkin.Issue(ctx, checkin.Key{TenantID: b.TenantID, BookingID: b.ID})
	if errors.Is(err, checkin.ErrNotConfirmed) {
		return mail.Message{}, mail.ErrObsolete
	}
	if err != nil {
		return mail.Message{}, err
	}
	guest, err := a.Accounts.Customer(ctx, account.Key{TenantID: b.TenantID, ID: b.CustomerID})
	if errors.Is(err, account.ErrNotFound) {
		return mail.Message{}, mail.ErrObsolete // erased
	}
	if err != nil {
		return mail.Message{}, err
	}
	v, err := a.names.of(ctx, booking.VenueKey{TenantID: b.TenantID, VenueID: b.VenueID})
	if err != nil {
		return mail.Message{}, err
	}
	tenant, ok := a.Tenants.ByID(b.TenantID)
	if !ok {
		return mail.Message{}, fmt.Errorf("no tenant %q", b.TenantID)
	}
	name := guest.Name
	if guest.VerifiedAt.IsZero() {
		name = "" // anybody may have written it
	}
	lang := guest.Language
	if !tenant.Speaks(lang) {
		lang = tenant.Language()
	}
	d := mail.ConfirmationData{
		Brand: tenant, Lang: lang, To: guest.Email, Name: name, Venue: v.venue.Name, Address: v.venue.Address, Zone: v.zone,
		StartsAt: b.StartsAt, EndsAt: b.EndsAt, Party: b.PartySize, Package: v.packages[b.PackageID].Name[lang],
		Price: b.Price.Amount, Currency: b.Price.Currency, Reference: b.Reference, Path: "/account/bookings/" + b.ID, Code: token.Packed,
	}
	for _, id := range b.Resources {
		d.Resources = append(d.Resources, v.resources[id])
	}
	return mail.Confirmation(d)
}
