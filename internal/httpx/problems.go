package httpx

import "net/http"

// The problems that every package shares. A package declares its own beside
// its errors.
var (
	// BadRequest is a 400 for what no more special problem fits.
	BadRequest = NewProblem(http.StatusBadRequest, "bad_request",
		"The request can't be understood.", "Begäran går inte att förstå.")
	// BadJSON is a 400 for a body that is not one JSON value in UTF-8, or is nested too deep.
	BadJSON = NewProblem(http.StatusBadRequest, "bad_json",
		"The body is not valid JSON.", "Innehållet är inte giltig JSON.")
	// BadBody is a 400 for a body that broke off.
	BadBody = NewProblem(http.StatusBadRequest, "bad_body",
		"The body could not be read to its end.", "Innehållet kunde inte läsas till slutet.")
	// DuplicateMember is a 400 for a JSON object that names a member twice.
	DuplicateMember = NewProblem(http.StatusBadRequest, "duplicate_member",
		"A member stands twice in the same object.", "Ett fält förekommer två gånger i samma objekt.")
	// UnknownMember is a 400 for a member that the request doesn't have.
	UnknownMember = NewProblem(http.StatusBadRequest, "unknown_member",
		"The body has a member that is not known here.", "Innehållet har ett fält som inte finns här.")
	// BadType is a 400 for a JSON value of another type than its member's.
	BadType = NewProblem(http.StatusBadRequest, "bad_type",
		"A value has the wrong type.", "Ett värde har fel typ.")
	// BadString is a 400 for a string with NUL or half a surrogate pair.
	BadString = NewProblem(http.StatusBadRequest, "bad_string",
		"A text holds a character that is not allowed.", "En text innehåller ett otillåtet tecken.")
	// BadLimit is a 400 for a page size outside 1 to [MaxLimit].
	BadLimit = NewProblem(http.StatusBadRequest, "bad_limit",
		"limit must be a whole number from 1 to 100.", "limit måste vara ett heltal från 1 till 100.")
	// BadCursor is a 400 for a cursor that was not handed out for this list.
	BadCursor = NewProblem(http.StatusBadRequest, "bad_cursor",
		"The cursor doesn't belong to this list. Start again from its first page.",
		"Markören hör inte till den här listan. Börja om från första sidan.")
	// IdempotencyKeyRequired is a 400 for a write that came without its key.
	IdempotencyKeyRequired = NewProblem(http.StatusBadRequest, "idempotency_key_required",
		"This request needs an Idempotency-Key header.", "Begäran måste ha ett Idempotency-Key-huvud.")
	// BadIdempotencyKey is a 400 for a key that is not 1 to 64 visible ASCII characters.
	BadIdempotencyKey = NewProblem(http.StatusBadRequest, "bad_idempotency_key",
		"Idempotency-Key must be 1 to 64 visible ASCII characters.", "Idempotency-Key måste vara 1 till 64 synliga ASCII-tecken.")
	// Unauthenticated is a 401: nobody is signed in.
	Unauthenticated = NewProblem(http.StatusUnauthorized, "unauthenticated",
		"Please sign in first.", "Du behöver logga in först.")
	// Forbidden is a 403: whoever is signed in may not do this.
	Forbidden = NewProblem(http.StatusForbidden, "forbidden",
		"You are not allowed to do this.", "Du har inte behörighet att göra detta.")
	// NotFound is a 404, the same for what isn't there and what belongs to another.
	NotFound = NewProblem(http.StatusNotFound, "not_found",
		"There is nothing here.", "Det finns inget här.")
	// MethodNotAllowed is a 405.
	MethodNotAllowed = NewProblem(http.StatusMethodNotAllowed, "method_not_allowed",
		"This address doesn't take that method.", "Adressen tar inte emot den metoden.")
	// Conflict is a 409: what is asked doesn't fit the present state.
	Conflict = NewProblem(http.StatusConflict, "conflict",
		"That is not possible as things stand now.", "Det går inte som läget är nu.")
	// Stale is a 412: the state has changed since it was read.
	Stale = NewProblem(http.StatusPreconditionFailed, "stale",
		"This has been changed meanwhile. Load it again.", "Detta har ändrats under tiden. Läs in det på nytt.")
	// BodyTooLarge is a 413.
	BodyTooLarge = NewProblem(http.StatusRequestEntityTooLarge, "body_too_large",
		"The body is larger than {max} bytes.", "Innehållet är större än {max} byte.")
	// UnsupportedMediaType is a 415: the body is no plain application/json.
	UnsupportedMediaType = NewProblem(http.StatusUnsupportedMediaType, "unsupported_media_type",
		"The body must be application/json in UTF-8, without compression.",
		"Innehållet måste vara application/json i UTF-8, utan komprimering.")
	// IfMatchRequired is a 428: the write must say which version it changes.
	IfMatchRequired = NewProblem(http.StatusPreconditionRequired, "if_match_required",
		"This request needs an If-Match header with the version that was read.",
		"Begäran måste ha ett If-Match-huvud med den version som lästes.")
	// Internal is a 500: a fault of ours. Its document has an id, which stands in the log too.
	Internal = NewProblem(http.StatusInternalServerError, "internal",
		"Something went wrong on our side. Please try again, or name the id to support.",
		"Något gick fel hos oss. Försök igen, eller uppge id:t för supporten.")
)
