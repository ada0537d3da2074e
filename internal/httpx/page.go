package httpx

import (
	"net/http"
	"strconv"
)

// Page sizes.
const (
	DefaultLimit = 50
	MaxLimit     = 100
)

// Page is the envelope of every list. Next is the cursor of the page that
// follows, or null on the last. Written by [WriteJSON], items are never null.
type Page[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"`
}

// NewPage makes a page from up to limit+1 rows: the row too many only shows
// that another page follows. item turns a row into its JSON form; position is
// where a row stands in the list that kind names, see [EncodeCursor].
func NewPage[R, T any](rows []R, limit int, item func(R) T, kind string, position func(R) Position) Page[T] {
	var page Page[T]
	if len(rows) > limit {
		rows = rows[:limit]
		next := EncodeCursor(kind, position(rows[limit-1]))
		page.Next = &next
	}
	page.Items = make([]T, len(rows))
	for i, row := range rows {
		page.Items[i] = item(row)
	}
	return page
}

func (p Page[T]) nonNull() any {
	if p.Items == nil {
		p.Items = []T{}
	}
	return p
}

// Limit returns the query's limit, [DefaultLimit] when there is none. Anything
// but one whole number from 1 to [MaxLimit] is [BadLimit].
func Limit(r *http.Request) (int, error) {
	values := r.URL.Query()["limit"]
	if len(values) == 0 {
		return DefaultLimit, nil
	}
	n, err := strconv.Atoi(values[0])
	if err != nil || len(values) > 1 || n < 1 || n > MaxLimit || strconv.Itoa(n) != values[0] {
		return 0, BadLimit
	}
	return n, nil
}

// After returns the position in the query's cursor, after which the page
// begins, or nil when there is no cursor. Anything but one cursor of that kind
// is [BadCursor].
func After(r *http.Request, kind string) (*Position, error) {
	values := r.URL.Query()["cursor"]
	switch len(values) {
	case 0:
		return nil, nil
	case 1:
		p, err := DecodeCursor(kind, values[0])
		if err != nil {
			return nil, err
		}
		return &p, nil
	}
	return nil, BadCursor
}
