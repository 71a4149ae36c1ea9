package simulation

import (
	"bytes"
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"
)

// logFile is the run's log file. The output folder is not touched before the run gets that far, so what is logged
// until then is kept.
type logFile struct {
	early bytes.Buffer
	file  *os.File
}

// Write implements io.Writer.
func (l *logFile) Write(p []byte) (int, error) {
	if l.file != nil {
		return l.file.Write(p)
	}
	return l.early.Write(p)
}

// open starts the file with what was kept; with more, it is written on.
func (l *logFile) open(path string, more bool) error {
	how := os.O_TRUNC
	if more {
		how = os.O_APPEND
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|how, 0o666)
	if err != nil {
		return err
	}
	if _, err := l.early.WriteTo(f); err != nil {
		f.Close()
		return err
	}
	l.file = f
	return nil
}

func (l *logFile) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// logger writes to the user's stream and to the log file.
func logger(stream io.Writer, level zerolog.Level, file *logFile) zerolog.Logger {
	text := zerolog.ConsoleWriter{Out: file, NoColor: true, TimeFormat: time.DateTime}
	return zerolog.New(zerolog.MultiLevelWriter(
		&zerolog.FilteredLevelWriter{Writer: zerolog.LevelWriterAdapter{Writer: stream}, Level: level},
		text,
	)).With().Timestamp().Logger()
}
