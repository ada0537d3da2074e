package mail

import "context"

// Transport hands a message to whoever delivers it. It is safe for concurrent
// use.
type Transport interface {
	// Send returns nil when the message was taken, and an error that wraps
	// ErrPermanent when it never will be; on any other error it is tried again.
	// from is "Name <address>" or an address. messageID, without its angle
	// brackets, is the same each time a mail is sent again.
	Send(ctx context.Context, from string, m Message, messageID string) error
}

// Discard is a Transport that takes everything and sends nothing. With
// Config.KeepSent it makes a demonstration: the mails can be read by Outbox.
type Discard struct{}

// Send implements Transport.
func (Discard) Send(context.Context, string, Message, string) error { return nil }
