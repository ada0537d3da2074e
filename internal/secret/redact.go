package secret

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// String names the ids and never a key.
func (s *Secrets) String() string {
	if s == nil {
		return "secrets(none)"
	}
	return "secrets(" + strings.Join(s.IDs(), ", ") + ")"
}

// Format prints String for every verb, so that no flag of fmt reaches a key.
func (s *Secrets) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue is String for log/slog.
func (s *Secrets) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON is String as a JSON string; it can't be read back.
func (s *Secrets) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// String names the id and never the key.
func (s Secret) String() string { return "secret(" + s.ID + ")" }

// Format prints String for every verb, so that no flag of fmt reaches the key.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue is String for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON is String as a JSON string; it can't be read back.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }
