package httpx

import (
	"reflect"
	"time"
)

var instant = reflect.TypeFor[time.Time]()

// expected says what a member of that type takes.
func expected(t reflect.Type) Text {
	if t == instant {
		return Text{EN: "Expected a time such as 2026-01-31T18:00:00+01:00.", SV: "En tid som 2026-01-31T18:00:00+01:00 väntades."}
	}
	if t == nil || reflect.PointerTo(t).Implements(jsonReader) || reflect.PointerTo(t).Implements(textReader) {
		return Text{EN: "This value can't be read.", SV: "Värdet går inte att läsa."}
	}
	switch t.Kind() {
	case reflect.Bool:
		return Text{EN: "Expected true or false.", SV: "true eller false väntades."}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return Text{EN: "Expected a whole number within range.", SV: "Ett heltal inom gränserna väntades."}
	case reflect.Float32, reflect.Float64:
		return Text{EN: "Expected a number.", SV: "Ett tal väntades."}
	case reflect.String:
		return Text{EN: "Expected a text.", SV: "En text väntades."}
	case reflect.Slice, reflect.Array:
		return Text{EN: "Expected a list.", SV: "En lista väntades."}
	case reflect.Struct, reflect.Map:
		return Text{EN: "Expected an object.", SV: "Ett objekt väntades."}
	}
	return Text{EN: "This value can't be read.", SV: "Värdet går inte att läsa."}
}
