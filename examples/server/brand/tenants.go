package brand

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// maxTenantsFile is more than a thousand tenants need.
const maxTenantsFile = 1 << 20

// ParseTenants reads a tenants file: a JSON list of Configs, at most 1 MiB, of at least one tenant. Unknown and duplicate members and
// anything behind the list are refused. Logos are read from files, where Config.LogoFile names a slash-separated path; with nil files a
// logo is a fault. Everything wrong with the values is told at once, as Faults with pointers such as /0/colours/accent; a file that is
// no such list is another error.
func ParseTenants(r io.Reader, files fs.FS) ([]Config, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxTenantsFile+1))
	if err != nil {
		return nil, fmt.Errorf("brand: tenants file: %w", err)
	}
	if len(raw) > maxTenantsFile {
		return nil, errors.New("brand: tenants file has more than 1 MiB")
	}
	var tenants []Config
	if err := decodeStrict(raw, &tenants); err != nil {
		return nil, fmt.Errorf("brand: tenants file: %w", err)
	}
	if len(tenants) == 0 {
		return nil, Faults{{Field: "", Code: CodeRequired, Detail: "needs at least one tenant"}}
	}
	faults := validateAll(tenants)
	for i := range tenants {
		t := &tenants[i]
		if t.LogoFile == "" {
			continue
		}
		if t.Logo, err = readLogo(files, t.LogoFile); err != nil {
			faults = append(faults, Fault{Field: fmt.Sprintf("/%d/logo", i), Code: logoCode(err), Detail: err.Error()})
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return tenants, nil
}

// readLogo reads no more of the file than a logo may have.
func readLogo(files fs.FS, name string) (*Logo, error) {
	if files == nil {
		return nil, fs.ErrNotExist
	}
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, MaxLogoBytes+1))
	if err != nil {
		return nil, err
	}
	return DecodeLogo(raw)
}

func logoCode(err error) string {
	switch {
	case errors.Is(err, ErrLogoFormat):
		return CodeLogoFormat
	case errors.Is(err, ErrLogoBytes):
		return CodeLogoBytes
	case errors.Is(err, ErrLogoSide):
		return CodeLogoSide
	default:
		return CodeLogoMissing
	}
}

// decodeStrict reads one JSON value. encoding/json by itself lets the last of two members with the same name win, silently.
func decodeStrict(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the list")
	}
	return refuseDuplicates(json.NewDecoder(bytes.NewReader(raw)))
}

// refuseDuplicates walks one value that is known to be well-formed. Names are compared without case, as encoding/json matches them.
func refuseDuplicates(d *json.Decoder) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	open, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if open == '{' {
			name, err := d.Token()
			if err != nil {
				return err
			}
			key := strings.ToLower(fmt.Sprint(name))
			if seen[key] {
				return fmt.Errorf("member %q is given twice", name)
			}
			seen[key] = true
		}
		if err := refuseDuplicates(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
