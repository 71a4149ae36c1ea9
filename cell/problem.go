package cell

import (
	"errors"
	"fmt"

	"netsim/sonata/config"
)

// problemLog collects problems, each text once: a thousand edges of one type give one warning.
type problemLog struct {
	list []config.Problem
	seen map[string]bool
}

func (l *problemLog) add(p config.Problem) {
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	key := p.String()
	if l.seen[key] {
		return
	}
	l.seen[key] = true
	l.list = append(l.list, p)
}

// addError adds an error; a config.Problem keeps its parts, other errors get the file and the place.
func (l *problemLog) addError(err error, file, place string) {
	var p config.Problem
	if !errors.As(err, &p) {
		p = config.Problem{Severity: config.Error, Place: config.Place{File: file, Path: place}, Msg: err.Error()}
	}
	l.add(p)
}

// failure is an error that names file, place in the file and remedy; place and remedy may be "".
func failure(file, place, remedy, format string, args ...any) error {
	return config.Problem{Severity: config.Error, Place: config.Place{File: file, Path: place}, Msg: fmt.Sprintf(format, args...), Hint: remedy}
}

// warning is a problem that does not stop the simulation.
func warning(file, place, remedy, format string, args ...any) config.Problem {
	return config.Problem{Severity: config.Warning, Place: config.Place{File: file, Path: place}, Msg: fmt.Sprintf(format, args...), Hint: remedy}
}
