// Package mail sends the reference server's mail: a queue in the database, the
// runner that empties it, and the two mails there are, a booking's confirmation
// and a sign-in link.
//
//	queue, err := mail.New(db, dialect, mail.Config{
//		Transport: smtp,
//		From:      func(tenantID string) (string, error) { ... },
//		Renders:   map[string]mail.Render{"confirmation": renderConfirmation},
//	})
//	message, err := mail.SignIn(mail.SignInData{...})
//	_, err = queue.Enqueue(ctx, mail.Key{TenantID: tenant}, message)
//
//	// with the change of the booking, in its transaction:
//	key := mail.Key{TenantID: tenant, Dedupe: fmt.Sprintf("confirmation:%s:%d", booking, slotRevision)}
//	_, err = queue.WithTx(tx).EnqueueJob(ctx, key, mail.Job{Kind: "confirmation", Data: data})
//
//	sent, err := queue.RunOnce(ctx, time.Now())   // every second, on any number of replicas
//	sent, err = queue.RunUrgent(ctx, time.Now())  // likewise, beside it
//
// A message that is ready when it is queued is stored whole until it is sent,
// encrypted under Config.Secrets. A
// job is only a kind and a few ids; its message is made when it is sent, so that
// it says how things are by then, and codes and tokens never lie in the table.
//
// # Once
//
// A key is good for one mail, ever: the second Enqueue with it does nothing,
// also when the first mail has long been sent and purged. Keys hold ids and
// revisions, never an address, because they are kept.
//
// Sending is at least once. A runner leases each row by itself, sends, and marks
// the row; if it ends in between, that one mail is sent again when the lease is
// over. Its Message-ID is derived from the row and is the same both times, by
// which many mail programs show it once.
//
// # Turns
//
// A mail that somebody waits for, such as a sign-in link, is urgent: it goes before
// the rest of its tenant's, and in runs of its own, so that bookings by the
// hundred or a slow server don't delay it. Tenants take turns in either.
//
// # Personal data
//
// A row holds the address, and the body until the mail is sent or given up;
// [Queue.Purge] removes it 90 days later, [Queue.EraseAddress] at once. Mails
// are kept by address and not by customer, so that merging two customers
// changes nothing here.
package mail
